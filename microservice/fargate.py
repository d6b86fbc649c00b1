"""ECS on Fargate."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from .contract import record_target
from .ecs_service import ecs_service, put_behind, scale
from .front_door import FrontDoor, FrontDoorLink
from .image import Image
from .spec import ServiceSpec
from .task_definition import service_task_definition


class FargateMicroservice(Construct):
    """ECS on Fargate behind an HTTP API: always on, billed by the second.

    It makes an ECS service in private subnets, a front door (HTTP API, private load balancer), scaling on the load of
    the processors, and an alarm on failing answers. A deployment adds the new tasks before it ends the old ones; it
    goes back by itself when the new ones do not become healthy or the alarm goes off.
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
    FIXED_BY_PLATFORM: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        link: FrontDoorLink,
        health_command: Sequence[str],
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more.
            image: The image that every target runs.
            cluster: Where the tasks run; its VPC needs private subnets with a way out.
            link: The way from the HTTP API into that VPC.
            health_command: What ECS runs inside the container to see whether the process is well; 0 means it is.

        Raises:
            ValueError: if Fargate cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        record_target(self, self.TARGET_ID, self.FIXED_BY_PLATFORM)
        task_definition = service_task_definition(self, spec=spec, image=image, health_command=health_command)
        self.front_door = FrontDoor(self, "FrontDoor", name=spec.name, vpc=cluster.vpc, link=link)
        self.service = ecs_service(self, cluster=cluster, task_definition=task_definition)
        self.alarm = put_behind(self.front_door, self.service, spec)
        scale(self.service, spec)
        self.url = self.front_door.url
        self.role: iam.IRole = task_definition.task_role
