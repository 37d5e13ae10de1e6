"""Binance Portfolio Manager: what a whole Binance account is worth and how it has really performed."""

__version__ = "0.1.0"
