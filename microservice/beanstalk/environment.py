"""Elastic Beanstalk."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge
from .option_settings import Options, network_options, option_settings, service_options
from .iam import identity_options, instance_role
from .source_bundle import Bundle, source_bundle
from ..target import add_target_metadata
from ..ingress.config import IngressConfig
from ..image import Image
from ..ec2.instance_types import InstanceType, validate_instance_type, default_instance_type
from ..spec import ServiceSpec


class BeanstalkMicroservice(Construct):
    """Elastic Beanstalk with Docker Compose: one copy on each EC2 instance, always on, billed by the instance.

    It makes an application, a version of it (a bundle with the compose file), an environment in private subnets behind
    the front door, and an alarm on failing answers. A deployment first adds half as many instances with the new
    version, then takes the others in two batches; a batch has 14 minutes to become healthy, or CloudFormation deploys
    the version before, in the same way. CloudFormation waits 120 minutes at most. An instance whose service stops
    answering is replaced, a stopping one gets no requests first and 30 seconds for those it has. AWS updates the
    platform every Tuesday.
    It leaves to you the VPC, the VPC Link, permissions, telling somebody about the alarm, and encrypting the instances'
    disks: Beanstalk has no option for it, the account has (`aws ec2 enable-ebs-encryption-by-default`). Deleting takes
    the log groups along; the bucket `elasticbeanstalk-<region>-<account>`, which Beanstalk makes once for all
    applications of a Region, and service-linked roles stay.
    Choose it where a team runs Beanstalk already, or wants EC2 instances without looking after them.
    Do not choose it for quick deployments (they take ten minutes and more), for many services (each has instances of
    its own), or where a deployment must go back by an alarm.

    Attributes:
        environment: The native environment.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the containers run as: the instance's role.
    """

    TARGET_ID: ClassVar[str] = "beanstalk"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}
    # The newest seen in 2026-11. AWS offers the newest only to accounts that did not use an older one: it may be gone.
    PLATFORM_VERSION: ClassVar[str] = "4.13.9"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        vpc: ec2.IVpc,
        ingress: IngressConfig,
        health_command: Sequence[str],
        platform_version: str = PLATFORM_VERSION,
        machine: InstanceType | None = None,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more, cpu and memory go in any pair.
            image: The image that every target runs.
            vpc: Where the instances run; it needs private subnets with a way out.
            entrance: The way in from outside: a link for an HTTP API, or a domain of your own.
            health_command: What Docker runs inside the container to see whether the process is well; 0 means it is.
            platform_version: Of Beanstalk's Docker platform on Amazon Linux 2023, such as `4.13.9`; better a parameter
                of the stack, for versions are withdrawn. `aws elasticbeanstalk list-available-solution-stacks` lists
                them (https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html).
            machine: The instance type; without it the cheapest usual one that holds one copy.

        Raises:
            ValueError: if `min_instances` is 0, or `machine` cannot hold one copy.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        machine = machine or default_instance_type(spec)
        validate_instance_type(spec, machine)
        application = elasticbeanstalk.CfnApplication(self, "Application")
        role = instance_role(self, spec, application)
        bundle = source_bundle(self, spec=spec, image=image, puller=role, health_command=health_command)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=vpc)
        network = self._network(vpc, spec)
        options = [*service_options(spec, machine), network, identity_options(self, role), bundle.options]
        self.environment = self._environment(application, bundle, options, platform_version)
        # There is no construct above CloudFormation's own: the first boot needs policies, the way out and the way in.
        self.environment.node.add_dependency(role, vpc.internet_connectivity_established, self.ingress)
        acknowledge(self.environment, "AwsSolutions-EB4", "the instances' logs are streamed to CloudWatch")
        self.alarm = self.ingress.error_rate_alarm()
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _environment(
        self,
        application: elasticbeanstalk.CfnApplication,
        bundle: Bundle,
        options: Sequence[Options],
        platform_version: str,
    ) -> elasticbeanstalk.CfnEnvironment:
        """Another bundle is another version: CloudFormation replaces it, and the environment deploys it."""
        source = elasticbeanstalk.CfnApplicationVersion.SourceBundleProperty(
            s3_bucket=bundle.asset.s3_bucket_name, s3_key=bundle.asset.s3_object_key
        )
        version = elasticbeanstalk.CfnApplicationVersion(
            self, "Version", application_name=application.ref, source_bundle=source
        )
        return elasticbeanstalk.CfnEnvironment(
            self,
            "Environment",
            application_name=application.ref,
            version_label=version.ref,
            solution_stack_name=f"64bit Amazon Linux 2023 v{platform_version} running Docker",
            option_settings=option_settings(*options),
        )

    def _network(self, vpc: ec2.IVpc, spec: ServiceSpec) -> Options:
        """Only the load balancer reaches the instances, and there only the service's port."""
        instances = ec2.SecurityGroup(self, "Instances", vpc=vpc, description="Instances that run the service")
        instances.connections.allow_from(
            self.ingress.load_balancer, ec2.Port.tcp(spec.port), "Requests and health checks"
        )
        # What Beanstalk's rule does not match; nothing does before the environment stands.
        self.ingress.listener.add_action("Nobody", action=elb.ListenerAction.fixed_response(503))
        return network_options(vpc, self.ingress, instances)
