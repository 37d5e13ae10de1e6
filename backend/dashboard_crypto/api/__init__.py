"""HTTP only: parse, one service call, serialise."""
