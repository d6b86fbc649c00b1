"""Where spans go, and who may send them."""

from aws_cdk import aws_iam as iam

from .nag import acknowledge
from .spec import ServiceSpec


def tracing_environment(spec: ServiceSpec) -> dict[str, str]:
    """OpenTelemetry's own variables for what the spec says; the SDK in the image reads them.

    The share counts for new traces only: a request that arrives with a decision keeps it. Spans go straight to X-Ray's
    OTLP endpoint, so no collector runs beside the service; the account needs Transaction Search for it
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
    """Let `role` send spans, unless tracing is off."""
    if spec.trace_sampling_rate > 0:
        statement = iam.PolicyStatement(actions=["xray:PutSpans", "xray:PutTraceSegments"], resources=["*"])
        role.add_to_principal_policy(statement)
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray has no resources to name for sending spans")
