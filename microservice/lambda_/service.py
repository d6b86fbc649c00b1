"""AWS Lambda with a container image and a function URL."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.error_rate_alarm import PERIOD, error_rate_alarm
from ..roles import managed_policy_role, restrict_trust
from ..spec import ServiceSpec
from ..target import add_target_metadata
from .function import function_with_live_alias, role_of
from .quotas import validate_canary_interval

# The same for every target; an HTTP API allows at most 30 seconds.
TIMEOUT_SECONDS = 29


class LambdaMicroservice(Construct):
    """A Lambda function from the container image, with a function URL: billed by request, nothing while idle.

    It creates the function, a version for each change, the alias `live` on the latest version, a function URL of the
    alias, and a log group. A function URL costs nothing and adds no timeout. It belongs to the alias, so that requests
    move only when a version is ready, which takes minutes. It requires no IAM authentication: the service
    authenticates callers, the same on every target.

    You provide an image that responds to Lambda's events: with a handler, which `command` starts, or with a server
    behind the Lambda Web Adapter, which gets `PORT`. You also provide permissions, `alarm_topic`, and a domain of your
    own (CloudFront in front of the URL). Without `reserved_concurrency`, the function scales up to the account's quota,
    which all functions share.

    Choose it for intermittent traffic, and up to a few million requests a month.

    Do not choose it for steady load, for requests above 29 seconds or 6 MB, or if a cold start of 1 s is too slow.

    Attributes:
        alias: The native alias `live`.
        function: The native function.
        function_url: The native function URL, which belongs to the alias.
        deployment_group: With `canary_interval`, the native CodeDeploy deployment group. Otherwise None.
        alarm: With `alarm_topic`, the alarm on more than 5 % of 5xx responses. Otherwise None.
        canary_alarm: With `canary_interval`, the same alarm on the new version alone. Otherwise None.
        url: The public URL, without a trailing slash.
        role: The execution role.

    Example:
        service = LambdaMicroservice(
            stack, "Service", spec=ServiceSpec(name="payments"), image=image, command=["payments.handler"]
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "lambda"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "command": "the construct has a `command` of its own: the one that starts the Lambda handler",
        "health_path": "Lambda replaces failed execution environments without a health check",
        "health_command": "Lambda replaces failed execution environments without a health check",
        "health_codes": "Lambda replaces failed execution environments without a health check",
        "start_seconds": "an initialization longer than 10 seconds starts again with the request, within its timeout",
        "cpu": "Lambda allocates CPU in proportion to memory: 1769 MiB are one vCPU",
        "min_instances": "Lambda starts execution environments when requests arrive, and scales to zero",
        "max_instances": "Lambda scales to the account's quota: `reserved_concurrency` limits one function",
        "target_cpu_percent": "Lambda scales on concurrent requests: one for each execution environment",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        command: Sequence[str] = (),
        reserved_concurrency: int | None = None,
        provisioned_concurrency: int | None = None,
        snap_start: bool = False,
        canary_interval: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the function.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service; `memory_mib` is at most 10240. Names and values of `environment` are at most 4 KB. There
                are no `secrets`; `writable_paths` are `/tmp` and directories in it, which the service creates.
            image: The container image.
            command: Arguments of the image's entry point that start the Lambda handler, such as
                `["payments.handler"]`. Default: those of the image.
            reserved_concurrency: Maximum number of concurrent requests, reserved from the account's quota. AWS rejects
                a reservation that leaves less than 100 unreserved. A new account has a quota of 10: request an
                increase first. Default: no reservation; the account's quota limits the function.
            provisioned_concurrency: Number of execution environments that are always initialized, for which there are
                no cold starts; further requests start others. AWS bills them also while idle: in us-east-1, on x86_64,
                $0.0000041667 for each GB-second, which is about $5.50 a month for 0.5 GB
                (https://aws.amazon.com/lambda/pricing/, November 2026). Not with `snap_start`. Default: none.
            snap_start: Start execution environments from a snapshot of the initialized function, which shortens cold
                starts. The image must have the label `com.amazonaws.lambda.feature.snapstart="Allow"`, and must create
                no identifier and no random seed before the first request: all environments would share them. Lambda
                bills the storage of snapshots and each restoration
                (https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html). Default: False.
            canary_interval: Shift traffic with CodeDeploy: a new version gets 10 % of the requests for this duration,
                in whole minutes from five to two days, and then all of them, unless its alarm fires and rolls back.
                Default: all requests at once.
            alarm_topic: SNS topic that the alarms notify. Default: no notification, and no `alarm`.

        Raises:
            UnsupportedSpecError: Lambda does not support a value of the spec, `provisioned_concurrency`, or
                `canary_interval`.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        self.alias = function_with_live_alias(
            self,
            spec=spec,
            image=image,
            command=command,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            reserved_concurrency=reserved_concurrency,
            provisioned_concurrency=provisioned_concurrency,
            snap_start=snap_start,
        )
        self.function = self.alias.lambda_
        self.function_url = self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
        self.url = _without_slash(self.function_url.url)
        self.role: iam.IRole = role_of(self.alias)
        self.alarm = self._alarm(self, alarm_topic) if alarm_topic else None
        self.deployment_group: codedeploy.LambdaDeploymentGroup | None = None
        self.canary_alarm: cloudwatch.Alarm | None = None
        if canary_interval:
            self.deployment_group, self.canary_alarm = self._canary_deployment(spec, canary_interval, alarm_topic)

    def _alarm(self, scope: Construct, topic: sns.ITopic | None, **dimensions: str) -> cloudwatch.Alarm:
        """Create an alarm on the URL's responses and on failed invocations, whichever are more.

        AWS documents `ExecutedVersion` for both, but for invocations also the combination with an alias.
        https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        function = self.alias.lambda_.function_name
        # Not `alias.metric`: CodeDeploy moves the alias, so the alarm must not depend on it.
        dimensions = {"FunctionName": function, "Resource": f"{function}:live", **dimensions}
        responses, errors, requests = (
            cloudwatch.Metric(
                namespace="AWS/Lambda", metric_name=name, dimensions_map=dimensions, statistic="Sum", period=PERIOD
            )
            for name in ("Url5xxCount", "Errors", "Invocations")
        )
        failed = cloudwatch.MathExpression(
            expression="MAX([FILL(responses, 0), FILL(errors, 0)])",
            using_metrics={"responses": responses, "errors": errors},
            period=PERIOD,
        )
        return error_rate_alarm(scope, failed=failed, requests=requests, topic=topic)

    def _canary_deployment(
        self, spec: ServiceSpec, interval: cdk.Duration, topic: sns.ITopic | None
    ) -> tuple[codedeploy.LambdaDeploymentGroup, cloudwatch.Alarm]:
        """Let CodeDeploy shift the alias, and judge the new version alone: its errors are few among all requests."""
        validate_canary_interval(spec, interval)
        alarm = self._alarm(Construct(self, "Canary"), topic, ExecutedVersion=self.alias.version.version)
        role = managed_policy_role(
            self,
            "ShiftingRole",
            service="codedeploy.amazonaws.com",
            policies=["service-role/AWSCodeDeployRoleForLambdaLimited"],
        )
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/security_confused_deputy.html
        restrict_trust(role, service="codedeploy", resource="deploymentgroup:*")
        routing = codedeploy.TrafficRouting.time_based_canary(interval=interval, percentage=10)
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=self.alias,
            role=role,
            deployment_config=codedeploy.LambdaDeploymentConfig(self, "Shift", traffic_routing=routing),
            alarms=[alarm],
        )
        return group, alarm


def _without_slash(url: str) -> str:
    """Return the URL without the trailing slash of a function URL: its third part is the host name."""
    return f"https://{cdk.Fn.select(2, cdk.Fn.split('/', url))}"
