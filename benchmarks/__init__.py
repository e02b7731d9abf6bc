"""Measurements of speed and memory, beside those of other pipelines: ``python -m benchmarks --help``."""
