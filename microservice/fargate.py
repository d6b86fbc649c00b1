"""ECS on Fargate."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from .front_door import FrontDoor
from .image import Image
from .spec import ServiceSpec
from .task_definition import STOP_SECONDS, service_task_definition


class FargateMicroservice(Construct):
    """Fargate behind an HTTP API: always on, billed by the second."""

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
        vpc_link: apigateway.IVpcLink,
        health_command: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.node.add_metadata("microservice:target", {"id": self.TARGET_ID, "construct": type(self).__name__})
        task_definition = service_task_definition(self, spec=spec, image=image, health_command=health_command)
        self.service = self._service(spec, cluster, task_definition)
        listener = self._listener(spec, cluster, vpc_link)
        self._scaling(spec)
        self.url = FrontDoor(self, "FrontDoor", listener=listener, vpc_link=vpc_link).url
        self.role: iam.IRole = task_definition.task_role

    def _service(self, spec: ServiceSpec, cluster: ecs.ICluster, task_definition: ecs.TaskDefinition):
        return ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=task_definition,
            desired_count=spec.min_instances,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
        )

    def _listener(self, spec, cluster, vpc_link):
        balancer = elb.ApplicationLoadBalancer(self, "LoadBalancer", vpc=cluster.vpc, internet_facing=False)
        listener = balancer.add_listener("Http", port=80, protocol=elb.ApplicationProtocol.HTTP, open=False)
        listener.add_targets(
            "Tasks",
            port=spec.port,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service],
            deregistration_delay=cdk.Duration.seconds(STOP_SECONDS),
            health_check=elb.HealthCheck(path=spec.health_path, interval=cdk.Duration.seconds(10)),
        )
        return listener

    def _scaling(self, spec: ServiceSpec) -> None:
        scaling = self.service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
        scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=spec.target_cpu_percent)
