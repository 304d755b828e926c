"""Benchmarks: product and floor measured in the same run, interleaved (`make bench`)."""
