"""The stages of a run: up, deploy, call."""
