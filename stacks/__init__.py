"""Surroundings: one stack per target, and the stacks they share."""
