"""Benchmarks: ours, peers and the limit, interleaved in one run. `python -m bench --help`."""
