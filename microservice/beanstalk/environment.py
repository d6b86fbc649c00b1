"""Elastic Beanstalk."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..defaults import HOST_PORT
from ..image import Image
from ..ingress.base import IngressConfig, require_own_listener
from ..instance_types import InstanceType, default_instance_type, validate_instance_type
from ..logs import log_group
from ..nag import acknowledge
from ..spec import ServiceSpec
from ..subnets import private_subnets
from ..target import add_target_metadata
from .iam import identity_options, instance_role
from .option_settings import Options, network_options, option_settings, service_options
from .source_bundle import Bundle, source_bundle


class BeanstalkMicroservice(Construct):
    """Elastic Beanstalk with Docker Compose: one replica on each EC2 instance, always on, billed by instance.

    It creates an application, an application version (a source bundle with the compose file), an environment in private
    subnets with the same endpoint as `FargateMicroservice`, a log group, and an alarm on the error rate. A deployment
    starts a second set of instances with the new version, and terminates the first when the second is healthy. It has
    19 minutes and `start_seconds` for that; otherwise Beanstalk keeps the first set, and the stack rolls back.
    CloudFormation waits at most 120 minutes. An instance that fails its health check is replaced. A stopping instance
    is deregistered first, and has 30 seconds for requests in flight. Managed updates patch the platform every Tuesday.

    You provide the VPC, the VPC Link, permissions, `alarm_topic`, and the encryption of the instances' volumes.
    Beanstalk has no option for it: turn it on for the account with `aws ec2 enable-ebs-encryption-by-default`.
    Deletion removes the log groups. The bucket `elasticbeanstalk-<region>-<account>`, which Beanstalk creates once for
    each Region, and service-linked roles remain.

    Choose it if your team uses Beanstalk already, or needs EC2 instances without operating them.

    Do not choose it for quick deployments (they take ten minutes and more), for many services (each has instances of
    its own), or if an alarm must roll deployments back.

    Attributes:
        application: The native application.
        version: The native application version.
        environment: The native environment.
        ingress: The public endpoint.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The instance role, which the containers use, too.

    Example:
        service = BeanstalkMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            vpc=vpc,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "beanstalk"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}
    # The latest in November 2026. AWS retires versions: new accounts get the latest one only.
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
        platform_version: str = PLATFORM_VERSION,
        instance_type: InstanceType | None = None,
        alarm_topic: sns.ITopic | None = None,
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; any `cpu` goes with any `memory_mib`. Beanstalk reads
                `secrets` when an instance boots, with a platform version of April 2025 or later, and keys of JSON
                secrets with one of February 2026 or later: update or restart the environment after a change.
            image: The container image.
            vpc: The VPC of the instances; it needs private subnets with egress.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, or a `PrivateIngress`.
            platform_version: Version of the platform "Docker running on 64bit Amazon Linux 2023", such as `4.13.9`.
                Pass a stack parameter, because AWS retires versions;
                `aws elasticbeanstalk list-available-solution-stacks` lists them
                (https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html).
                Default: `PLATFORM_VERSION`.
            instance_type: The instance type. Default: the smallest common one that fits a replica.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.
            subnets: Private subnets with egress, through which the instances install packages. Default: all of them.

        Raises:
            UnsupportedSpecError: `min_instances` is 0, a replica does not fit on the instance type, a variable has a
                reserved name, or a secret is of a fixed version.
            UnsupportedVpcError: The VPC has no private subnets with egress.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        instance_type = instance_type or default_instance_type(spec)
        validate_instance_type(spec, instance_type)
        self.application = elasticbeanstalk.CfnApplication(self, "Application")
        role = instance_role(self, spec, self.application)
        logs = log_group(self)
        logs.grant_write(role)
        bundle = source_bundle(self, spec=spec, image=image, puller=role, logs=logs)
        self.ingress = require_own_listener(ingress.create_ingress(self, name=spec.name, vpc=vpc), "Elastic Beanstalk")
        found = private_subnets(vpc, "Elastic Beanstalk", subnets, isolated=False)
        network = self._network(vpc if subnets is None else _view(self, vpc, found))
        options = [*service_options(spec, instance_type), network, identity_options(self, role), bundle.options]
        self.version = self._version(bundle)
        self.environment = self._environment(spec, options, platform_version)
        # An L1 construct has no dependencies of its own: the first boot needs policies, egress, and the listener.
        self.environment.node.add_dependency(role, found.internet_connectivity_established, self.ingress)
        acknowledge(self.environment, "AwsSolutions-EB4", "the environment streams the instances' logs to CloudWatch")
        self.alarm = self.ingress.error_rate_alarm(alarm_topic)
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _version(self, bundle: Bundle) -> elasticbeanstalk.CfnApplicationVersion:
        """Create the application version; a changed bundle is a new one, which the environment deploys."""
        source = elasticbeanstalk.CfnApplicationVersion.SourceBundleProperty(
            s3_bucket=bundle.asset.s3_bucket_name, s3_key=bundle.asset.s3_object_key
        )
        return elasticbeanstalk.CfnApplicationVersion(
            self, "Version", application_name=self.application.ref, source_bundle=source
        )

    def _environment(
        self, spec: ServiceSpec, options: Sequence[Options], platform_version: str
    ) -> elasticbeanstalk.CfnEnvironment:
        """Create the environment.

        Beanstalk cannot change the architecture of an environment. Another one is another environment here, which
        starts beside the old one. The platform's ARN can change, unlike the name of its solution stack
        (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/226).
        """
        platform = f"platform/Docker running on 64bit Amazon Linux 2023/{platform_version}"
        return elasticbeanstalk.CfnEnvironment(
            self,
            "Environment" if spec.architecture == "x86_64" else f"Environment-{spec.architecture}",
            application_name=self.application.ref,
            version_label=self.version.ref,
            platform_arn=f"arn:{cdk.Aws.PARTITION}:elasticbeanstalk:{cdk.Aws.REGION}::{platform}",
            option_settings=option_settings(*options),
        )

    def _network(self, vpc: ec2.IVpc) -> Options:
        """Return the network options; the instances accept traffic from the load balancer, on one host port."""
        instances = ec2.SecurityGroup(self, "Instances", vpc=vpc, description="Instances that run the service")
        instances.connections.allow_from(
            self.ingress.load_balancer, ec2.Port.tcp(HOST_PORT), "Requests and health checks"
        )
        # The default action, until Beanstalk adds its rule.
        self.ingress.listener.add_action("Nobody", action=elb.ListenerAction.fixed_response(503))
        return network_options(vpc, self.ingress, instances)


def _view(scope: Construct, vpc: ec2.IVpc, found: ec2.SelectedSubnets) -> ec2.IVpc:
    """Return the VPC with the selected subnets as its private ones."""
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "SelectedVpc",
        vpc_id=vpc.vpc_id,
        availability_zones=[subnet.availability_zone for subnet in found.subnets],
        private_subnet_ids=found.subnet_ids,
    )
