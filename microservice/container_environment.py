"""The environment variables of a container, including those that configure OpenTelemetry."""

from .spec import ServiceSpec


def container_environment(spec: ServiceSpec, *, region: str | None = None) -> dict[str, str]:
    """Return the variables of a container that serves HTTP: tracing, `PORT`, and those of the spec.

    Args:
        spec: The service.
        region: Value of `AWS_REGION`, on platforms that do not set it. Default: not set.
    """
    platform = {} if region is None else {"AWS_REGION": region}
    return {**tracing_environment(spec), **platform, "PORT": str(spec.port), **spec.environment}


def tracing_environment(spec: ServiceSpec) -> dict[str, str]:
    """Return the environment variables that configure the OpenTelemetry SDK in the image.

    The sampling rate applies to new traces only: a request that arrives with a sampling decision keeps it. The service
    sends spans to X-Ray's OTLP endpoint without a collector, which requires Transaction Search in the account
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html).
    """
    if spec.trace_sampling_rate == 0:
        return {"OTEL_SDK_DISABLED": "true", "OTEL_SERVICE_NAME": spec.name}
    return {
        "OTEL_PROPAGATORS": "xray",
        "OTEL_SERVICE_NAME": spec.name,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{spec.trace_sampling_rate:g}",
    }
