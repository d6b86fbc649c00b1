"""Lambda handlers to measure; each module has its own cold start."""
