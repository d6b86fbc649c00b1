"""The image as a Lambda function."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ..nag import acknowledge_managed_policy
from ..target import add_target_metadata
from ..ingress.error_rate_alarm import PERIOD, error_rate_alarm
from .function import function_with_live_alias
from ..image import Image
from ..spec import ServiceSpec

TIMEOUT_SECONDS = 29
_SHIFTING_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"


class LambdaMicroservice(Construct):
    """The image as a Lambda function with its own https address: pay per request, nothing while idle.

    It makes the function, a version of it for each change, the alias `live` on the newest version, a function URL on
    that alias and a log group. The URL is Lambda's own because it costs nothing and adds no hop and no time-out of its
    own; it is on the alias, so that it moves only when a version is ready, which takes minutes. It asks nobody to sign:
    the service checks its callers, the same on every target.
    It leaves to you the command that the image's entry point turns into a Lambda handler, permissions, and a domain of
    your own (CloudFront in front of the URL). Reserved concurrency comes out of the account's quota, which starts at
    10 in new accounts and refuses reservations until it is raised.
    Choose it for traffic that comes and goes, and for up to a few million requests a month.
    Do not choose it for steady load, for requests above 29 seconds or 6 MB, or where a cold start of a second hurts.

    Attributes:
        alias: The native alias; its function is `alias.lambda`.
        alarm: With `canary_interval`, what decides: more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the function runs as.
    """

    TARGET_ID: ClassVar[str] = "lambda"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "port": "Lambda hands over events; nothing listens",
        "health_path": "Lambda replaces what fails by itself and asks nobody",
        "cpu": "Lambda gives processors by memory: 1769 MiB are one vCPU",
        "min_instances": "Lambda starts copies when requests come, from none",
        "target_cpu_percent": "Lambda scales by requests in flight: one a copy",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        command: Sequence[str],
        canary_interval: cdk.Duration | None = None,
    ) -> None:
        """Make the function.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `max_instances` becomes reserved concurrency.
            image: The image that every target runs.
            command: What the image's entry point gets, for instance `["lambda", "orders.lambda_http.handler"]`.
            canary_interval: Give a new version one request in ten for so long, whole minutes up to two days, and then all of
                them, unless the alarm goes off: then the old version keeps them. None moves all at once.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        self.alias = function_with_live_alias(
            self,
            spec=spec,
            image=image,
            command=command,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            reserved_concurrency=spec.max_instances,
        )
        self.url = _without_slash(self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE).url)
        self.role: iam.IRole = _role(self.alias)
        self.alarm = self._shift(canary_interval) if canary_interval else None

    def _shift(self, watched: cdk.Duration) -> cloudwatch.Alarm:
        """Let CodeDeploy move the alias; https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html."""
        alarm = error_rate_alarm(
            self,
            failed=self.alias.metric("Url5xxCount", statistic="Sum", period=PERIOD),
            requests=self.alias.metric("UrlRequestCount", statistic="Sum", period=PERIOD),
        )
        role = iam.Role(
            self,
            "ShiftingRole",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_SHIFTING_POLICY)],
        )
        acknowledge_managed_policy(role, _SHIFTING_POLICY)
        routing = codedeploy.TrafficRouting.time_based_canary(interval=watched, percentage=10)
        codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=self.alias,
            role=role,
            deployment_config=codedeploy.LambdaDeploymentConfig(self, "Shift", traffic_routing=routing),
            alarms=[alarm],
        )
        return alarm


def _role(alias: lambda_.Alias) -> iam.IRole:
    if alias.role is None:
        raise ValueError("a function made here has a role; one that was imported has none")
    return alias.role


def _without_slash(url: str) -> str:
    """Function URLs end with a slash, other front doors do not: take the host, the third part between slashes."""
    return f"https://{cdk.Fn.select(2, cdk.Fn.split('/', url))}"
