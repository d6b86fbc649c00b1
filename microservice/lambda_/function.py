"""A Lambda function from a container image, with an alias on its latest version."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import ILogGroup
from constructs import Construct

from ..container_environment import container_environment
from ..image import Image
from ..logs import log_group
from ..resource_attributes import resource_attributes
from ..spec import ServiceSpec
from ..tracing import grant_tracing
from .quotas import validate_function, validate_provisioned_concurrency

_ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}


def function_with_live_alias(
    scope: Construct,
    *,
    spec: ServiceSpec,
    image: Image,
    command: Sequence[str] = (),
    timeout: cdk.Duration,
    reserved_concurrency: int | None = None,
    provisioned_concurrency: int | None = None,
    snap_start: bool = False,
) -> lambda_.Alias:
    """Create a function and the alias `live` on its latest version; invoke the alias.

    Args:
        scope: The parent construct.
        spec: The service.
        image: The container image.
        command: Arguments of the image's entry point. Default: those of the image.
        timeout: Timeout of an invocation, up to 15 minutes.
        reserved_concurrency: Maximum number of concurrent invocations, reserved from the account's quota.
            Default: none.
        provisioned_concurrency: Number of initialized execution environments of the alias; see `LambdaMicroservice`.
            Default: none.
        snap_start: Whether new execution environments start from a snapshot; see `LambdaMicroservice`. Default: False.

    Raises:
        InvalidServiceSpecError: The command is not a list of words.
        UnsupportedSpecError: Lambda does not support a value of the spec, or `provisioned_concurrency`.

    Example:
        alias = function_with_live_alias(
            stack,
            spec=ServiceSpec(name="reports"),
            image=image,
            command=["reports.handler"],
            timeout=cdk.Duration.seconds(30),
        )
    """
    words = spec.with_command(command).command
    version = image.version(scope, spec.architecture)
    variables = container_environment(spec, resource_attributes(scope, platform="aws_lambda", version=version))
    validate_function(spec, variables)
    if provisioned_concurrency is not None:
        validate_provisioned_concurrency(
            spec, provisioned_concurrency, reserved=reserved_concurrency, snap_start=snap_start
        )
    logs = log_group(scope)
    function = lambda_.DockerImageFunction(
        scope,
        "Function",
        code=image.for_lambda(scope, spec.architecture, list(words)),
        architecture=_ARCHITECTURES[spec.architecture],
        memory_size=spec.memory_mib,
        timeout=timeout,
        environment=variables,
        reserved_concurrent_executions=reserved_concurrency,
        log_group=logs,
        # System logs as JSON, and warnings only: two lines for each request would cost more than the service's own.
        # The service chooses its own log level: nothing is filtered.
        logging_format=lambda_.LoggingFormat.JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
        application_log_level_v2=lambda_.ApplicationLogLevel.TRACE,
        role=_role(scope, spec, logs),
    )
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    # Active would replace the spec's sampling rate by Lambda's own, which cannot be configured. The CDK's own argument
    # would grant the permissions of Lambda's daemon, which this mode does not use.
    resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="PassThrough")
    if snap_start:
        resource.snap_start = lambda_.CfnFunction.SnapStartProperty(apply_on="PublishedVersions")
    return lambda_.Alias(
        scope,
        "Live",
        alias_name="live",
        version=function.current_version,
        provisioned_concurrent_executions=provisioned_concurrency,
    )


def _role(scope: Construct, spec: ServiceSpec, logs: ILogGroup) -> iam.Role:
    """Create a role that may write to one log group; Lambda's managed policy would allow all log groups."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    logs.grant_write(role)
    grant_tracing(role, spec)
    return role


def role_of(alias: lambda_.Alias) -> iam.IRole:
    """Return the execution role of an alias's function.

    Raises:
        ValueError: The function is imported, and its role is unknown.
    """
    if alias.role is None:
        raise ValueError("an imported function has no role")
    return alias.role
