"""A stand-in Binance on loopback: real recorded prices, a scripted account, the wire contract. Imports nothing of ours."""
