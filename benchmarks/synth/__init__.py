"""Benchmark of synthesis."""
