"""Benchmarks: synthesis, and the sample service compared with alternatives."""
