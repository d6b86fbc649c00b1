"""The one Lambda function that the Lambda target and workflow steps share."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import ILogGroup
from constructs import Construct

from ..image import Image
from ..logs import log_group
from ..spec import ServiceSpec
from ..tracing import grant_tracing, tracing_environment

_ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}
_MOST_MEMORY_MIB = 10240


def function_with_live_alias(
    scope: Construct,
    *,
    spec: ServiceSpec,
    image: Image,
    command: Sequence[str],
    timeout: cdk.Duration,
    reserved_concurrency: int | None = None,
) -> lambda_.Alias:
    """The image as a function, and the alias `live` on its newest version; callers use the alias.

    Raises:
        ValueError: if Lambda cannot give the memory.
    """
    if spec.memory_mib > _MOST_MEMORY_MIB:
        raise ValueError(
            f"service {spec.name!r} cannot run on Lambda: memory_mib is {spec.memory_mib}; allowed: 128 to "
            f"{_MOST_MEMORY_MIB}; fix: ask for less, or take a target that runs containers"
        )
    logs = log_group(scope)
    function = lambda_.DockerImageFunction(
        scope,
        "Function",
        code=image.for_lambda(scope, spec.architecture, list(command)),
        architecture=_ARCHITECTURES[spec.architecture],
        memory_size=spec.memory_mib,
        timeout=timeout,
        environment={**tracing_environment(spec), **spec.environment},
        reserved_concurrent_executions=reserved_concurrency,
        # ACTIVE would overrule the spec's share with Lambda's own, which cannot be set.
        tracing=lambda_.Tracing.PASS_THROUGH,
        log_group=logs,
        # Lambda's own lines as JSON, like the service's, and only when something is wrong: two for each request would
        # cost more than the service's. What the service logs is its own choice: nothing is filtered.
        logging_format=lambda_.LoggingFormat.JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
        application_log_level_v2=lambda_.ApplicationLogLevel.TRACE,
        role=_role(scope, spec, logs),
    )
    return lambda_.Alias(scope, "Live", alias_name="live", version=function.current_version)


def _role(scope: Construct, spec: ServiceSpec, logs: ILogGroup) -> iam.Role:
    """A role that may write these logs; Lambda's managed policy would let it make and write any."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    logs.grant_write(role)
    grant_tracing(role, spec)
    return role
