"""The target group that targets with a load balancer share."""

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from .front_door import FrontDoor
from .spec import ServiceSpec


def target_group(
    scope: Construct, construct_id: str, front_door: FrontDoor, spec: ServiceSpec, *, stop_seconds: int
) -> elb.ApplicationTargetGroup:
    """Addresses that are asked at `spec.health_path`; one that leaves keeps the requests it has for `stop_seconds`."""
    return elb.ApplicationTargetGroup(
        scope,
        construct_id,
        vpc=front_door.load_balancer.vpc,
        target_type=elb.TargetType.IP,
        port=spec.port,
        protocol=elb.ApplicationProtocol.HTTP,
        deregistration_delay=cdk.Duration.seconds(stop_seconds),
        health_check=elb.HealthCheck(
            path=spec.health_path,
            healthy_http_codes="200",
            interval=cdk.Duration.seconds(10),
            timeout=cdk.Duration.seconds(5),
            healthy_threshold_count=2,
            unhealthy_threshold_count=3,
        ),
    )
