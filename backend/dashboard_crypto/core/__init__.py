"""The pure core: records in, records out. No I/O, no clock, no framework."""
