"""Tracing with OpenTelemetry: the SDK's environment variables, and permission to send spans to X-Ray."""

from aws_cdk import aws_iam as iam

from .nag import acknowledge
from .spec import ServiceSpec


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


def grant_tracing(role: iam.IRole, spec: ServiceSpec) -> None:
    """Allow a role to send spans, unless tracing is off."""
    if spec.trace_sampling_rate > 0:
        statement = iam.PolicyStatement(actions=["xray:PutSpans", "xray:PutTraceSegments"], resources=["*"])
        role.add_to_principal_policy(statement)
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray's actions that send spans support no resource ARNs")
