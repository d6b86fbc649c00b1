"""Checks of a service specification that several platforms share."""

from .defaults import MAX_INSTANCES
from .errors import UnsupportedSpecError
from .spec import ServiceSpec


def require_min_instances(spec: ServiceSpec, platform: str, *, max_instances: int = MAX_INSTANCES) -> None:
    """Require at least one replica, on platforms that do not start one when a request arrives.

    Args:
        spec: The service.
        platform: The platform, as AWS writes it.
        max_instances: The platform's maximum of `min_instances`. Default: 1000.

    Raises:
        UnsupportedSpecError: `min_instances` is 0.
    """
    if spec.min_instances == 0:
        raise UnsupportedSpecError(
            service=spec.name,
            platform=platform,
            field="min_instances",
            value=0,
            allowed=f"1 to {max_instances}",
            fix="Set min_instances to at least 1, or use LambdaMicroservice, which scales to zero.",
        )
