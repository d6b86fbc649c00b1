"""Handlers under measurement; each module is a cold start of its own."""
