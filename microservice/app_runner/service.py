"""AWS App Runner."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_apprunner as apprunner
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..defaults import HEALTH_CHECK_TIMEOUT_SECONDS
from ..image import Image, require_same_region
from ..ingress.error_rate_alarm import PERIOD, error_rate_alarm
from ..nag import acknowledge_image_pull
from ..resource_attributes import resource_attributes
from ..secrets import grant_read_secrets
from ..spec import ServiceSpec
from ..target import add_target_metadata
from ..tracing import grant_tracing
from ..web_acl import associate_web_acl
from .limits import health_check_times, validate_app_runner_spec
from .source import RepositorySource, image_source, repository_source

# App Runner's default, unlike the `HEALTHY_THRESHOLD` of load balancers.
_HEALTHY_THRESHOLD = 1


class AppRunnerMicroservice(Construct):
    """App Runner, closed to new customers since 2026-04-30: memory always billed, CPU while requests are processed.

    It creates the service, its auto scaling configuration, the role that pulls the image, and the instance role. AWS
    provides the HTTPS name, certificate and load balancer. A new version receives requests once its health check
    passes; AWS does not document how long App Runner tries. When App Runner rolls back, CloudFormation still reports
    success (https://github.com/aws/apprunner-roadmap/issues/272): see `aws apprunner list-operations`. A request may
    take 120 seconds.

    You provide permissions and `alarm_topic`. The service has no tags: AWS replaces it, with a new URL, if one changes.
    This includes the `--tags` of the CDK CLI: set them with the first deployment. App Runner does not support a
    read-only root file system, dropped capabilities, or a stop timeout: the image sets the user. App Runner creates the
    log groups, named after the service's ID, which is not known before deployment: delete those that start with
    `/aws/apprunner/` after `cdk destroy`.

    Choose it only if you use App Runner already. AWS recommends ECS Express Mode, the target `ecs-express`
    (https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html).

    Do not choose it for a new service, for arm64, for more than 25 instances, or for scaling on CPU utilization.

    Attributes:
        service: The native service.
        scaling: The native auto scaling configuration.
        alarm: With `alarm_topic`, the alarm on more than 5 % of 5xx responses. Otherwise None.
        url: The public URL, without a trailing slash.
        role: The instance role.

    Example:
        service = AppRunnerMicroservice(stack, "Service", spec=ServiceSpec(name="payments"), image=image)
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "app-runner"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "target_cpu_percent": "App Runner scales on concurrent requests: `max_concurrency` for each instance",
        "health_command": "App Runner requests `health_path`, and runs no command in the container",
        "health_codes": "App Runner's health check has no status codes to choose",
        "writable_paths": "the whole file system of an instance is writable, up to 3 GB",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image | RepositorySource,
        max_concurrency: int = 100,
        web_acl_arn: str | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service: x86_64, a size that App Runner supports, 1 to 25 instances, up to 400 `start_seconds`,
                and a `command` without spaces and quotes in its words. App Runner reads `secrets` at deployment:
                deploy after a change (`aws apprunner start-deployment`). A parameter is of the same account.
            image: The container image, or a repository that App Runner builds.
            max_concurrency: Concurrent requests for each instance, 1 to 200, above which App Runner starts another
                one. Default: 100.
            web_acl_arn: ARN of an AWS WAF web ACL (scope `REGIONAL`), in the Region of the stack, that filters the
                requests. WAF bills it by month, rule and request. Default: none.
            alarm_topic: SNS topic that an alarm on the error rate notifies. Default: no alarm.

        Raises:
            UnsupportedSpecError: App Runner does not support a value of the spec.
            ValueError: `web_acl_arn` is not that of a regional web ACL, or has another Region.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        validate_app_runner_spec(spec)
        interval, unhealthy_threshold = health_check_times(spec)
        role = self._instance_role(spec)
        source = self._source(spec, image)
        self.scaling = self._scaling(spec, max_concurrency)
        self.service = apprunner.CfnService(
            self,
            "Service",
            source_configuration=source,
            instance_configuration=apprunner.CfnService.InstanceConfigurationProperty(
                cpu=str(spec.cpu), memory=str(spec.memory_mib), instance_role_arn=role.role_arn
            ),
            auto_scaling_configuration_arn=self.scaling.attr_auto_scaling_configuration_arn,
            health_check_configuration=apprunner.CfnService.HealthCheckConfigurationProperty(
                protocol="HTTP",
                path=spec.health_path,
                interval=interval,
                timeout=HEALTH_CHECK_TIMEOUT_SECONDS,
                healthy_threshold=_HEALTHY_THRESHOLD,
                unhealthy_threshold=unhealthy_threshold,
            ),
        )
        # Tags are create-only.
        self.service.add_property_deletion_override("Tags")
        # An L1 construct has no dependency on the policies of its roles.
        self.service.node.add_dependency(*(child for child in self.node.children if isinstance(child, iam.Role)))
        if web_acl_arn:
            associate_web_acl(self, self.service.attr_service_arn, web_acl_arn)
        self.alarm = self._alarm(alarm_topic) if alarm_topic else None
        self.url = f"https://{self.service.attr_service_url}"
        self.role: iam.IRole = role

    def _source(
        self, spec: ServiceSpec, image: Image | RepositorySource
    ) -> apprunner.CfnService.SourceConfigurationProperty:
        if isinstance(image, RepositorySource):
            # App Runner builds the head of a branch, which is not known at synthesis.
            return repository_source(spec, image, self._attributes(None))
        access = self._access_role()
        # https://docs.aws.amazon.com/apprunner/latest/dg/service-source-image.html
        require_same_region(image, self, "App Runner")
        # App Runner describes the image before it pulls it, as AWS's managed policy for this role allows.
        image_uri = image.image_uri(self, spec.architecture, puller=access, extra_actions=["ecr:DescribeImages"])
        attributes = self._attributes(image.version(self, spec.architecture))
        return image_source(spec, image_uri, access, attributes)

    def _attributes(self, version: str | None) -> dict[str, str]:
        return resource_attributes(self, platform="aws_app_runner", version=version)

    def _access_role(self) -> iam.Role:
        role = iam.Role(self, "AccessRole", assumed_by=iam.ServicePrincipal("build.apprunner.amazonaws.com"))
        acknowledge_image_pull(role)
        return role

    def _instance_role(self, spec: ServiceSpec) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("tasks.apprunner.amazonaws.com"))
        grant_tracing(role, spec)
        grant_read_secrets(role, spec)
        return role

    def _scaling(self, spec: ServiceSpec, max_concurrency: int) -> apprunner.CfnAutoScalingConfiguration:
        """Create a configuration without a fixed name: CloudFormation replaces it when it changes."""
        scaling = apprunner.CfnAutoScalingConfiguration(
            self,
            "Scaling",
            min_size=spec.min_instances,
            max_size=spec.max_instances,
            max_concurrency=max_concurrency,
        )
        scaling.add_property_deletion_override("Tags")
        return scaling

    def _alarm(self, topic: sns.ITopic) -> cloudwatch.Alarm:
        """Create an alarm: https://docs.aws.amazon.com/apprunner/latest/dg/monitor-cw.html."""
        name = cdk.Fn.select(1, cdk.Fn.split("/", self.service.attr_service_arn))
        dimensions = {"ServiceName": name, "ServiceID": self.service.attr_service_id}
        failed, requests = (
            cloudwatch.Metric(
                namespace="AWS/AppRunner", metric_name=metric, dimensions_map=dimensions, statistic="Sum", period=PERIOD
            )
            for metric in ("5xxStatusResponses", "Requests")
        )
        return error_rate_alarm(self, failed=failed, requests=requests, topic=topic)
