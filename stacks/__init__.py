"""The stacks: one for each target, and the shared infrastructure."""
