"""ECS on Fargate."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.base import IngressConfig
from ..spec import ServiceSpec
from ..target import add_target_metadata
from .service import add_auto_scaling, attach_to_load_balancer, ecs_service
from .task_definition import service_task_definition


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
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; `cpu` and `memory_mib` are a task size of Fargate.
            image: The container image.
            cluster: The cluster of the tasks. Its VPC needs private subnets with egress.
            ingress: The public endpoint: an `HttpApiVpcLink` of the VPC, or a `CustomDomain`.
            blue_green_bake_time: Deploy blue/green: start all new tasks, switch all requests at once, and keep the old
                tasks for this duration, in whole minutes, to switch back when the alarm fires. Twice the tasks run
                meanwhile. Default: rolling deployments.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec.
            UnsupportedVpcError: The VPC has no private subnets with egress.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        self.task_definition = service_task_definition(self, spec=spec, image=image)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        self.service = ecs_service(
            self,
            cluster=cluster,
            task_definition=self.task_definition,
            start_seconds=spec.start_seconds,
            blue_green_bake_time=blue_green_bake_time,
        )
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
        self.scaling = add_auto_scaling(self.service, spec)
        self.url = self.ingress.url
        self.role: iam.IRole = self.task_definition.task_role
