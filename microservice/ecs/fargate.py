"""ECS on Fargate."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.base import IngressConfig
from ..sidecars import Sidecar
from ..spec import ServiceSpec
from ..target import add_target_metadata
from .capacity import spot_above_minimum
from .file_systems import mount_file_systems
from .scaling import ScheduledCapacity, add_auto_scaling
from .service import attach_to_load_balancer, ecs_service
from .task_definition import service_task_definition
from .task_sidecars import add_sidecars


class FargateMicroservice(Construct):
    """ECS on Fargate behind an HTTP API: always on, billed by the second.

    It creates an ECS service in private subnets, a public endpoint (HTTP API and private load balancer), Auto Scaling
    on CPU utilization, and an alarm on the error rate. A deployment starts the new tasks before it stops the old ones.
    ECS rolls it back when three new tasks fail, each within minutes, or when the alarm fires. If Fargate has no
    capacity, no task fails, and CloudFormation waits up to three hours, or 36 with `blue_green_bake_time`: read the
    service events and cancel the update.

    You provide the VPC, the cluster, the VPC Link, permissions, and `alarm_topic`. A change of the cluster replaces the
    service.

    Choose it for steady traffic and long-lived processes, without instances to patch.

    Do not choose it for a service that is mostly idle: two small tasks, the load balancer and a NAT gateway cost the
    same at night.

    Attributes:
        service: The native ECS service.
        task_definition: The native task definition.
        scaling: The native scaling of the service's tasks.
        ingress: The public endpoint.
        target_group: The native target group of the tasks.
        green_target_group: With `blue_green_bake_time`, the second target group. Otherwise None.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The task role.

    Example:
        service = FargateMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=cluster,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "ecs-fargate"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        ingress: IngressConfig,
        blue_green_bake_time: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
        target_requests_per_minute: int | None = None,
        scheduled_capacity: Sequence[ScheduledCapacity] = (),
        execute_command: bool = False,
        file_systems: Mapping[str, efs.IAccessPoint] = MappingProxyType({}),
        sidecars: Sequence[Sidecar] = (),
        fargate_spot: bool = False,
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; `cpu` and `memory_mib` are a task size of Fargate.
            image: The container image.
            cluster: The cluster of the tasks. Its VPC needs private subnets with egress.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, a route of a
                `SharedLoadBalancer`, or a `PrivateIngress`.
            blue_green_bake_time: Deploy blue/green: start all new tasks, switch all requests at once, and keep the old
                tasks for this duration, in whole minutes, to switch back when the alarm fires. Twice the tasks run
                meanwhile. Default: rolling deployments.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.
            target_requests_per_minute: Requests of one task in a minute that scaling aims at, beside the CPU
                utilization. Not with `blue_green_bake_time`. Default: CPU utilization alone.
            scheduled_capacity: Other limits of the number of tasks at certain times, instead of `min_instances` and
                `max_instances`. Default: none.
            execute_command: Open shells in the containers with ECS Exec. Its agent requires a writable root file
                system, and the permissions of Session Manager: turn it on to examine a task, not for good. Each change
                is a deployment
                (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html). Default: False.
            file_systems: Path in the container -> EFS access point, for files that outlive tasks and that all tasks
                share. Encrypted in transit. The tasks run as user and group 10001; an access point may set another
                (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html). Default: none.
            sidecars: Containers beside that of the service in each task. They share the size in the spec, so that
                tasks cost the same. They start before the service and stop after it. Default: none.
            fargate_spot: Start `min_instances` tasks on demand, and those that scaling adds on Fargate Spot, for about
                70 % less. AWS stops a Spot task with a warning of two minutes, and may have no capacity to start one.
                The cluster needs the capacity providers of Fargate. Set it with the first deployment: ECS replaces a
                running service. Default: False.
            subnets: Subnets of the tasks: private, or isolated ones with VPC endpoints for everything that the tasks
                call. Default: all private subnets with egress.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec, or `file_systems` has a wrong path, or
                `sidecars` do not fit into a task.
            UnsupportedVpcError: The VPC has no private subnets with egress.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        self.task_definition = service_task_definition(self, spec=spec, image=image, execute_command=execute_command)
        add_sidecars(self.task_definition, spec, sidecars)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        self.service = ecs_service(
            self,
            cluster=cluster,
            task_definition=self.task_definition,
            start_seconds=spec.start_seconds,
            capacity=spot_above_minimum(spec) if fargate_spot else None,
            blue_green_bake_time=blue_green_bake_time,
            execute_command=execute_command,
            subnets=subnets,
        )
        mount_file_systems(self.service, spec, file_systems)
        attachment = attach_to_load_balancer(
            self.ingress,
            self.service,
            spec,
            blue_green=blue_green_bake_time is not None,
            alarm_topic=alarm_topic,
        )
        self.target_group = attachment.target_group
        self.green_target_group = attachment.green_target_group
        self.alarm = attachment.alarm
        self.scaling = add_auto_scaling(
            self.service,
            spec,
            target_requests_per_minute=target_requests_per_minute,
            target_group=None if self.green_target_group else self.target_group,
            scheduled_capacity=scheduled_capacity,
        )
        self.url = self.ingress.url
        self.role: iam.IRole = self.task_definition.task_role
