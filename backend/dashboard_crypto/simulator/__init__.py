"""A stand-in Binance on loopback. An island: it imports nothing else of this product."""
