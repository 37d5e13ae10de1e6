"""Use-cases and loops: transactions, order, clock, retries. Knows the exchange only by its Protocol."""
