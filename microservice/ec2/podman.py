"""EC2 instances that run the image with Podman."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge
from .user_data import BootSignal, cloud_config
from ..target import add_target_metadata
from ..ingress.config import IngressConfig
from ..image import Image
from ..ingress.target_group import target_group
from ..logs import log_group
from .auto_scaling_group import launch_template, auto_scaling_group, scale
from .instance_types import InstanceType, validate_instance_type, default_instance_type
from .quadlet import environment_file, unit
from ..spec import ServiceSpec
from ..tracing import grant_tracing

# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html
_SESSION_MANAGER = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


class Ec2PodmanMicroservice(Construct):
    """EC2 instances of your own with one container each: billed by instance, disk and detailed metrics, always on.

    It makes an Auto Scaling group in private subnets over a launch template, a log group, the front door and its alarm.
    Amazon Linux starts the image by a Podman Quadlet unit: systemd starts it again when it ends or hangs, the load
    balancer's check replaces the machine when that does not help. A deployment replaces machines in batches of
    half `min_instances`, waits up to ten minutes for each batch to say that the service answers, and goes back by
    itself at the first that fails: a group that scaled out from 2 to 10 takes up to 100 minutes. Where `min_instances`
    is `max_instances`, one ends before the next starts. The alarm takes nothing back.
    It leaves to you the VPC, the VPC Link, permissions, telling somebody about the alarm, and patching: each deployment
    takes the newest Amazon Linux, nothing else does; Podman comes from its supplementary packages, which AWS supports
    less than the others. All that runs on a machine has `role`, in the container or not. `cdk destroy` leaves nothing.
    Choose it as the baseline that containers are compared to, where agents or kernels of your own must run beside the
    service, or where instances are paid in advance.
    Do not choose it for deployments within a minute, for small copies that would share a machine elsewhere, or where
    nobody wants an operating system.

    Attributes:
        group: The native Auto Scaling group.
        launch_template: The native launch template.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the machines, and so the containers on them, run as.
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
        health_command: Sequence[str],
        machine: InstanceType | None = None,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more, variables must have one line.
            image: The image that every target runs.
            vpc: Where the machines run; needs private subnets with a way out.
            entrance: How requests come into that VPC: a `FrontDoorLink` of it, or an `OwnDomain`.
            health_command: What Podman runs inside the container to see whether the process is well; 0 means it is.
            machine: What one copy runs on; without it the smallest general machine that carries it.

        Raises:
            ValueError: if virtual machines, or this one, cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        machine = machine or default_instance_type(spec)
        validate_instance_type(spec, machine)
        role, user_data = self._role(spec), ec2.UserData.custom("#cloud-config")
        self.launch_template = launch_template(self, spec, machine, vpc=vpc, role=role, user_data=user_data)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=vpc)
        self.group = auto_scaling_group(self, spec, vpc=vpc, launch_template=self.launch_template)
        # The first boot reports to the group, whose launch template holds this: it can only be added now.
        user_data.add_commands(self._cloud_config(spec, image, role, health_command))
        self._put_behind(spec)
        # The first boot needs what the role may do.
        self.group.node.add_dependency(role)
        scale(self.group, spec, machine)
        self.alarm = self.ingress.error_rate_alarm()
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _role(self, spec: ServiceSpec) -> iam.Role:
        """AWS's own policy for Session Manager also reads every parameter of the account: the service could, too."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=_SESSION_MANAGER, resources=["*"]))
        grant_tracing(role, spec)
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "Session Manager, ecr:GetAuthorizationToken and X-Ray know no resources; it pulls from one repository only",
        )
        return role

    def _put_behind(self, spec: ServiceSpec) -> None:
        listener, instances = self.ingress.listener, elb.TargetType.INSTANCE
        machines = target_group(listener, "MachinesGroup", self.ingress, spec, instances)
        listener.add_target_groups("Machines", target_groups=[machines])
        self.group.attach_to_application_target_group(machines)
        # Without a listener nothing asks the machines whether they are well.
        self.group.node.add_dependency(listener)

    def _cloud_config(self, spec: ServiceSpec, image: Image, role: iam.Role, health_command: Sequence[str]) -> str:
        stack, logs = cdk.Stack.of(self), log_group(self)
        logs.grant_write(role)
        boot = BootSignal(
            stack=stack.stack_name,
            resource=stack.get_logical_id(cast("cdk.CfnElement", self.group.node.default_child)),
            region=stack.region,
            log_group=logs.log_group_name,
        )
        address = image.image_uri(self, spec.architecture, puller=role)
        return cloud_config(
            spec,
            boot,
            unit=unit(spec, image=address, health_command=health_command),
            environment=environment_file(spec, region=stack.region),
        )
