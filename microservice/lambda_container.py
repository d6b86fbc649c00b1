"""The image as a Lambda function."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .image import Image
from .spec import ServiceSpec
from .tracing import grant_tracing, tracing_environment

_ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}


class LambdaMicroservice(Construct):
    """The image as a Lambda function behind its own https address: pay per request, nothing when idle."""

    TARGET_ID: ClassVar[str] = "lambda"
    FIXED_BY_PLATFORM: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, scope: Construct, id: str, *, spec: ServiceSpec, image: Image, command: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        self.node.add_metadata("microservice:target", {"id": self.TARGET_ID, "construct": type(self).__name__})
        self.function = self._function(spec, image, command)
        grant_tracing(self.function.role, spec)
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)
        self.url = self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE).url
        self.role: iam.IRole = self.function.role

    def _function(self, spec, image, command):
        return lambda_.DockerImageFunction(
            self,
            "Function",
            code=image.for_lambda(self, spec.architecture, list(command)),
            architecture=_ARCHITECTURES[spec.architecture],
            memory_size=spec.memory_mib,
            timeout=cdk.Duration.seconds(29),
            environment={**tracing_environment(spec), **spec.environment},
            reserved_concurrent_executions=spec.max_instances,
            tracing=lambda_.Tracing.PASS_THROUGH,
            log_group=logs.LogGroup(
                self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=cdk.RemovalPolicy.DESTROY
            ),
        )
