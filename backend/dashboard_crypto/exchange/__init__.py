"""The fence around python-binance: the only package that imports it."""
