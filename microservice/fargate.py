"""ECS on Fargate."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from .contract import record_target
from .front_door import FrontDoor, FrontDoorLink
from .image import Image
from .spec import ServiceSpec
from .task_definition import STOP_SECONDS, service_task_definition


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
        _refuse_zero(spec)
        record_target(self, self.TARGET_ID)
        task_definition = service_task_definition(self, spec=spec, image=image, health_command=health_command)
        self.front_door = FrontDoor(self, "FrontDoor", name=spec.name, vpc=cluster.vpc, link=link)
        self.service = self._service(cluster, task_definition)
        self._put_behind(self.front_door, spec)
        self.alarm = self.front_door.failing_answers()
        self.service.enable_deployment_alarms([self.alarm.alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM)
        self._scale(spec)
        self.url = self.front_door.url
        self.role: iam.IRole = task_definition.task_role

    def _service(self, cluster: ecs.ICluster, task_definition: ecs.FargateTaskDefinition) -> ecs.FargateService:
        """No desired count: a deployment would put back to it what scaling has made of the service since."""
        service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=task_definition,
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            health_check_grace_period=cdk.Duration.seconds(60),
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        # The CDK waits for the policy of the task's role only: the first tasks could not pull their image.
        service.node.add_dependency(task_definition.obtain_execution_role())
        return service

    def _put_behind(self, front_door: FrontDoor, spec: ServiceSpec) -> None:
        """A task that stops gets no new requests first, and time for those it has: more than the front door waits."""
        front_door.listener.add_targets(
            "Tasks",
            port=spec.port,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service],
            deregistration_delay=cdk.Duration.seconds(STOP_SECONDS),
            health_check=elb.HealthCheck(
                path=spec.health_path,
                healthy_http_codes="200",
                interval=cdk.Duration.seconds(10),
                timeout=cdk.Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )

    def _scale(self, spec: ServiceSpec) -> None:
        """Out within a minute, in after five: starting a task is slower than stopping one."""
        tasks = self.service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
        tasks.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=spec.target_cpu_percent,
            scale_out_cooldown=cdk.Duration.minutes(1),
            scale_in_cooldown=cdk.Duration.minutes(5),
        )


def _refuse_zero(spec: ServiceSpec) -> None:
    if spec.min_instances == 0:
        raise ValueError(
            f"service {spec.name!r} cannot run on Fargate: min_instances is 0; allowed: 1 to 1000; fix: keep one "
            "running, for nothing here starts a task when a request comes, or take Lambda"
        )
