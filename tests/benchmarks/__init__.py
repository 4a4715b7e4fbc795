"""Benchmarks: ratios measured in one run, printed by ``just bench``; each module has ``measure()``."""
