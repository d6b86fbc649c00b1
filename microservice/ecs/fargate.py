"""ECS on Fargate."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..target import add_target_metadata
from .service import ecs_service, attach_to_load_balancer, scale
from ..ingress.config import IngressConfig
from ..image import Image
from ..spec import ServiceSpec
from .task_definition import service_task_definition


class FargateMicroservice(Construct):
    """ECS on Fargate behind an HTTP API: always on, billed by the second.

    It makes an ECS service in private subnets, a front door (HTTP API, private load balancer), scaling on the load of
    the processors, and an alarm on failing answers. A deployment adds the new tasks before it ends the old ones; it
    goes back by itself when three new tasks fail, each within minutes, or the alarm goes off. Where Fargate has no
    capacity no task fails, and CloudFormation waits up to 36 hours: read the service's events and cancel.
    It leaves to you the VPC, the cluster, the VPC Link, permissions, and telling somebody about the alarm.
    Choose it for steady traffic and for processes that must stay up, without machines of your own to patch.
    Do not choose it for a service that mostly waits: two small tasks, their load balancer and a NAT gateway cost the
    same by night.

    Attributes:
        service: The native ECS service.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the containers run as.
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
        health_command: Sequence[str],
        blue_green_bake_time: cdk.Duration | None = None,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more.
            image: The image that every target runs.
            cluster: Where the tasks run; its VPC needs private subnets with a way out.
            entrance: How requests come into that VPC: a `FrontDoorLink` of it, or an `OwnDomain`.
            health_command: What ECS runs inside the container to see whether the process is well; 0 means it is.
            blue_green_bake_time: Deploy all new tasks beside the old ones, move all requests at once, and keep the old ones for
                so long, whole minutes, to take the requests back when the alarm goes off. Twice the tasks run
                meanwhile. None replaces them one after the other.

        Raises:
            ValueError: if Fargate cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        task_definition = service_task_definition(self, spec=spec, image=image, health_command=health_command)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        self.service = ecs_service(self, cluster=cluster, task_definition=task_definition, blue_green_bake_time=blue_green_bake_time)
        self.alarm = attach_to_load_balancer(self.ingress, self.service, spec, blue_green=blue_green_bake_time is not None)
        scale(self.service, spec)
        self.url = self.ingress.url
        self.role: iam.IRole = task_definition.task_role
