"""Benchmark of the sample service and its alternatives: CPU per request, start-up time, memory and size."""
