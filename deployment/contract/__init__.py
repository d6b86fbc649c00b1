"""Calls of targets: what is asked, what came back, how fast, and what runs behind."""
