"""The image as a Lambda function."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .function import live_function
from .image import Image
from .spec import ServiceSpec

TIMEOUT_SECONDS = 29


class LambdaMicroservice(Construct):
    """The image as a Lambda function behind its own https address: pay per request, nothing when idle."""

    TARGET_ID: ClassVar[str] = "lambda"
    FIXED_BY_PLATFORM: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: ServiceSpec, image: Image, command: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.node.add_metadata("microservice:target", {"id": self.TARGET_ID, "construct": type(self).__name__})
        self.alias = live_function(
            self,
            spec=spec,
            image=image,
            command=command,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            reserved_concurrency=spec.max_instances,
        )
        self.url = self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE).url
        self.role: iam.IRole = self.alias.role
