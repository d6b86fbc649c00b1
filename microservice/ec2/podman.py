"""EC2 instances with Podman."""

from collections.abc import Mapping
from typing import ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.base import IngressConfig
from ..ingress.target_group import target_group
from ..instance_types import InstanceType, default_instance_type, validate_instance_type
from ..logs import log_group
from ..nag import acknowledge
from ..resource_attributes import resource_attributes
from ..roles import grant_session_manager
from ..secrets import grant_read_secrets
from ..spec import ServiceSpec
from ..target import add_target_metadata
from ..tracing import grant_tracing
from .auto_scaling_group import add_auto_scaling, auto_scaling_group, launch_template
from .quadlet import container_unit, environment_file
from .user_data import BootSignal, cloud_config


class Ec2PodmanMicroservice(Construct):
    """EC2 instances with one container each: billed by instance, volume and detailed metrics, always on.

    It creates an Auto Scaling group in private subnets with a launch template, a log group, the same endpoint as
    `FargateMicroservice`, and an alarm on the error rate. On Amazon Linux, a Podman Quadlet unit runs the image:
    systemd restarts a container that exits or hangs, and the group replaces an instance that stays unhealthy. A
    deployment replaces instances in batches of half `min_instances`, waits up to nine minutes and `start_seconds` for
    the success signals of each batch, and rolls back at the first batch that fails: a group that has scaled out from 2
    to 10 takes up to 100 minutes. If `min_instances` equals `max_instances`, an instance terminates before its
    replacement starts. The alarm rolls nothing back.

    You provide the VPC, the VPC Link, permissions and `alarm_topic`. New instances start from the latest Amazon Linux,
    and each is replaced after 30 days. Podman comes from the supplementary packages, which AWS supports less. All
    processes on an instance can use `role`, inside and outside the container. `cdk destroy` leaves nothing behind.

    Choose it as the baseline that containers are compared with, for agents or kernels of your own beside the service,
    or for instances with a Savings Plan.

    Do not choose it for deployments within a minute, for small replicas that could share an instance, or if you do not
    want to operate an operating system.

    Attributes:
        group: The native Auto Scaling group.
        launch_template: The native launch template.
        scaling_policy: The native scaling policy; None if `min_instances` equals `max_instances`.
        target_group: The native target group.
        ingress: The public endpoint.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The instance role, which the containers use, too.

    Example:
        service = Ec2PodmanMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            vpc=vpc,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
            instance_type=InstanceType(name="m7i.large", cpus=2, memory_mib=8192),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "ec2-podman"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        vpc: ec2.IVpc,
        ingress: IngressConfig,
        instance_type: InstanceType | None = None,
        alarm_topic: sns.ITopic | None = None,
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; the values of `environment` and `secrets` have one line
                each. The instance reads `secrets` at each start of the container: into a file in memory, which only
                root can read, and which the container gets as environment variables.
            image: The container image.
            vpc: The VPC of the instances; it needs private subnets with egress.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, a route of a
                `SharedLoadBalancer`, or a `PrivateIngress`.
            instance_type: The instance type. Default: the smallest common one that fits a replica.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.
            subnets: Private subnets with egress, through which the instances install packages. Default: all of them.

        Raises:
            UnsupportedSpecError: EC2, or the instance type, does not support a value of the spec.
            UnsupportedVpcError: The VPC has no private subnets with egress.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        instance_type = instance_type or default_instance_type(spec)
        validate_instance_type(spec, instance_type)
        role, user_data = self._role(spec), ec2.UserData.custom("#cloud-config")
        self.launch_template = launch_template(self, spec, instance_type, vpc=vpc, role=role, user_data=user_data)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=vpc)
        self.group = auto_scaling_group(self, spec, vpc=vpc, launch_template=self.launch_template, subnets=subnets)
        # The user data names the group, which needs the launch template first.
        user_data.add_commands(self._cloud_config(spec, image, role))
        self.target_group = self._attach_to_load_balancer(spec)
        # The first boot needs the role's policies.
        self.group.node.add_dependency(role)
        self.scaling_policy = add_auto_scaling(self.group, spec, instance_type)
        self.alarm = self.ingress.error_rate_alarm(alarm_topic)
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _role(self, spec: ServiceSpec) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        grant_session_manager(role)
        grant_tracing(role, spec)
        grant_read_secrets(role, spec, parameter_action="ssm:GetParameter")
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "Session Manager, ecr:GetAuthorizationToken and X-Ray support no resource ARNs; pulling is limited to one "
            "repository",
        )
        return role

    def _attach_to_load_balancer(self, spec: ServiceSpec) -> elb.ApplicationTargetGroup:
        instances = target_group(
            self.ingress.target_scope, "MachinesGroup", self.ingress, spec, elb.TargetType.INSTANCE
        )
        self.ingress.forward("Machines", instances)
        self.group.attach_to_application_target_group(instances)
        # A target group without a listener runs no health checks.
        self.group.node.add_dependency(self.ingress.listener, instances.load_balancer_attached)
        return instances

    def _cloud_config(self, spec: ServiceSpec, image: Image, role: iam.Role) -> str:
        stack, logs = cdk.Stack.of(self), log_group(self)
        logs.grant_write(role)
        signal = BootSignal(
            stack=stack.stack_name,
            resource=stack.get_logical_id(cast("cdk.CfnElement", self.group.node.default_child)),
            region=stack.region,
        )
        image_uri = image.image_uri(self, spec.architecture, puller=role)
        version = image.version(self, spec.architecture)
        attributes = resource_attributes(self, platform="aws_ec2", version=version)
        return cloud_config(
            spec,
            signal,
            log_group=logs.log_group_name,
            unit=container_unit(spec, image=image_uri),
            environment=environment_file(spec, attributes, region=stack.region),
        )
