"""App Runner."""

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import aws_apprunner as apprunner
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge
from .limits import validate_app_runner_spec
from .source import RepositorySource, image_source, repository_source
from ..target import add_target_metadata
from ..image import Image
from ..spec import ServiceSpec
from ..tracing import grant_tracing


class AppRunnerMicroservice(Construct):
    """App Runner, closed to new customers since 2026-04-30: memory billed always, processors while requests run.

    It makes the service, what it scales by, the role that pulls the image and the role that the code runs as, and with
    tracing App Runner's own collector beside the code (it listens at `http://localhost:4317`; this service's spans go
    straight to X-Ray). https name, certificate and load balancer are AWS's. A new version gets requests once it answers
    at `health_path`; AWS's pages do not say how long one may try that does not. A request may take 120 seconds.
    It leaves to you permissions. It cannot express a read-only root, dropped capabilities or how long a stopping
    instance may take: the image's own user is all there is. Log groups are App Runner's own, named after the service's
    id, which no template knows beforehand: look for `/aws/apprunner/` after `cdk destroy`.
    Choose it only where App Runner is in use already; AWS points everybody else to ECS Express Mode, which is the
    target `ecs-express` (https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html).
    Do not choose it for anything new, for arm64, for more than 25 instances, or for scaling by load of processors.

    Attributes:
        service: The native service.
        url: Where the service answers, without a slash at the end.
        role: What the containers run as.
    """

    TARGET_ID: ClassVar[str] = "app-runner"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "target_cpu_percent": "App Runner scales by requests in flight: `max_concurrency` for each instance",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image | RepositorySource,
        max_concurrency: int = 100,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; x86_64, one of App Runner's pairs of cpu and memory, 1 to 25 instances.
            image: The image that every target runs; or a repository that App Runner builds.
            max_concurrency: Requests in flight, 1 to 200, above which another instance is started.

        Raises:
            ValueError: if App Runner cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        validate_app_runner_spec(spec)
        role = self._instance_role(spec)
        self.service = apprunner.CfnService(
            self,
            "Service",
            source_configuration=self._source(spec, image),
            instance_configuration=apprunner.CfnService.InstanceConfigurationProperty(
                cpu=str(spec.cpu), memory=str(spec.memory_mib), instance_role_arn=role.role_arn
            ),
            auto_scaling_configuration_arn=self._scaling(spec, max_concurrency),
            health_check_configuration=apprunner.CfnService.HealthCheckConfigurationProperty(
                protocol="HTTP",
                path=spec.health_path,
                interval=10,
                timeout=5,
                healthy_threshold=1,
                unhealthy_threshold=3,
            ),
            observability_configuration=self._observability(spec),
        )
        # There is no stable construct above CloudFormation's own: it waits for no policy that it does not name.
        self.service.node.add_dependency(*(made for made in self.node.children if isinstance(made, iam.Role)))
        self.url = f"https://{self.service.attr_service_url}"
        self.role: iam.IRole = role

    def _source(
        self, spec: ServiceSpec, image: Image | RepositorySource
    ) -> apprunner.CfnService.SourceConfigurationProperty:
        if isinstance(image, RepositorySource):
            return repository_source(spec, image)
        access = self._access_role()
        # App Runner looks at the image before it pulls it, as AWS's own policy for that role says.
        address = image.image_uri(self, spec.architecture, puller=access, extra_actions=["ecr:DescribeImages"])
        return image_source(spec, address, access)

    def _access_role(self) -> iam.Role:
        role = iam.Role(self, "AccessRole", assumed_by=iam.ServicePrincipal("build.apprunner.amazonaws.com"))
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "ecr:GetAuthorizationToken knows no resources; pulling is limited to the one repository",
        )
        return role

    def _instance_role(self, spec: ServiceSpec) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("tasks.apprunner.amazonaws.com"))
        grant_tracing(role, spec)
        return role

    def _scaling(self, spec: ServiceSpec, max_concurrency: int) -> str:
        """Without a name of ours, which could be taken: a changed configuration replaces the old one."""
        return apprunner.CfnAutoScalingConfiguration(
            self,
            "Scaling",
            min_size=spec.min_instances,
            max_size=spec.max_instances,
            max_concurrency=max_concurrency,
        ).attr_auto_scaling_configuration_arn

    def _observability(
        self, spec: ServiceSpec
    ) -> apprunner.CfnService.ServiceObservabilityConfigurationProperty | None:
        if spec.trace_sampling_rate == 0:
            return None
        traces = apprunner.CfnObservabilityConfiguration.TraceConfigurationProperty(vendor="AWSXRAY")
        configuration = apprunner.CfnObservabilityConfiguration(self, "Observability", trace_configuration=traces)
        return apprunner.CfnService.ServiceObservabilityConfigurationProperty(
            observability_enabled=True,
            observability_configuration_arn=configuration.attr_observability_configuration_arn,
        )
