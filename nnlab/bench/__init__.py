"""Benchmarks: what nnlab takes and what it reaches, measured beside what one would do without it."""
