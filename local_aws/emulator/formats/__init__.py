"""Readers of generated files: a Compose file, a Quadlet unit or a pod, as an ECS task definition."""
