"""What stands behind a front door: how it is asked whether it is well, and how it gets its last requests."""

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..defaults import STOP_SECONDS
from .base import Ingress
from ..spec import ServiceSpec


def target_group(
    scope: Construct, construct_id: str, ingress: Ingress, spec: ServiceSpec, target_type: elb.TargetType
) -> elb.ApplicationTargetGroup:
    """Targets that are asked every ten seconds, and get requests after two good answers and none after three bad ones.

    What stops gets no new requests first, and time for those it has: more than the front door waits.
    """
    return elb.ApplicationTargetGroup(
        scope,
        construct_id,
        vpc=ingress.load_balancer.vpc,
        target_type=target_type,
        port=spec.port,
        protocol=elb.ApplicationProtocol.HTTP,
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
