"""The environment variables of a container."""

from .spec import ServiceSpec
from .tracing import tracing_environment


def container_environment(spec: ServiceSpec, *, region: str | None = None) -> dict[str, str]:
    """Return the variables of a container that serves HTTP: tracing, `PORT`, and those of the spec.

    Args:
        spec: The service.
        region: Value of `AWS_REGION`, on platforms that do not set it. Default: not set.
    """
    platform = {} if region is None else {"AWS_REGION": region}
    return {**tracing_environment(spec), **platform, "PORT": str(spec.port), **spec.environment}
