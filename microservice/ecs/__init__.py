"""Amazon ECS: Fargate, Express Mode, and Managed Instances."""
