"""A stand-in Binance on loopback: recorded prices, a scripted account, the wire contract. An island."""
