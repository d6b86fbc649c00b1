"""The environment variables of a container, including those that configure OpenTelemetry."""

from collections.abc import Mapping

from .resource_attributes import VARIABLE, merged
from .spec import ServiceSpec


def container_environment(
    spec: ServiceSpec, attributes: Mapping[str, str], *, region: str | None = None
) -> dict[str, str]:
    """Return the variables of a container: tracing, `PORT`, and those of the spec.

    On Lambda, a server behind an adapter needs `PORT`, too; a handler ignores it.

    Args:
        spec: The service.
        attributes: Resource attributes of its spans; see `resource_attributes`.
        region: Value of `AWS_REGION`, on platforms that do not set it. Default: not set.
    """
    platform = {} if region is None else {"AWS_REGION": region}
    return {**platform, "PORT": str(spec.port), **spec.environment, **_tracing(spec, attributes)}


def _tracing(spec: ServiceSpec, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that configure the OpenTelemetry SDK in the image; the spec may contain all others.

    The service sends spans to X-Ray's OTLP endpoint without a collector, which requires Transaction Search in the
    account (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html). There is no
    `OTEL_PROPAGATORS`: an SDK without the package of a propagator fails to start with it.
    """
    if spec.trace_sampling_rate is None:
        return {}
    if spec.trace_sampling_rate == 0:
        return {"OTEL_SDK_DISABLED": "true", "OTEL_SERVICE_NAME": spec.name}
    return {
        VARIABLE: merged(attributes, spec.environment.get(VARIABLE, "")),
        "OTEL_SERVICE_NAME": spec.name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{spec.trace_sampling_rate:g}",
    }
