"""The capacity of Fargate tasks: on demand, or Spot above the minimum."""

from aws_cdk import aws_ecs as ecs

from ..spec import ServiceSpec


def spot_above_minimum(spec: ServiceSpec) -> list[ecs.CapacityProviderStrategy]:
    """Return a strategy that starts `min_instances` tasks on demand, and all others on Fargate Spot.

    Spot costs about 70 % less. AWS stops its tasks with a warning of two minutes, and may have no capacity: then fewer
    tasks run than the scaling asks for. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html

    Args:
        spec: The service.
    """
    return [
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE", base=spec.min_instances, weight=0),
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=1),
    ]
