"""Permission to send spans to X-Ray."""

from aws_cdk import aws_iam as iam

from .nag import acknowledge
from .spec import ServiceSpec


def grant_tracing(role: iam.IRole, spec: ServiceSpec) -> None:
    """Allow a role to send spans, unless tracing is off or the service traces by itself."""
    if spec.trace_sampling_rate:
        statement = iam.PolicyStatement(
            actions=["xray:PutSpans", "xray:PutSpansForIndexing", "xray:PutTraceSegments"], resources=["*"]
        )
        role.add_to_principal_policy(statement)
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray's actions that send spans support no resource ARNs")
