"""The target group of a service: health check and deregistration delay."""

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    HEALTHY_THRESHOLD,
    STOP_SECONDS,
    UNHEALTHY_THRESHOLD,
)
from ..spec import ServiceSpec
from .base import Ingress


def target_group(
    scope: Construct, construct_id: str, ingress: Ingress, spec: ServiceSpec, target_type: elb.TargetType
) -> elb.ApplicationTargetGroup:
    """Create a target group that checks `health_path`.

    A target that deregisters receives no new requests and has 30 seconds for those in flight: longer than an HTTP API
    waits for a response.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        ingress: The endpoint whose load balancer forwards to the group.
        spec: The service.
        target_type: `IP` for tasks and pods, `INSTANCE` for instances.
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
            interval=cdk.Duration.seconds(HEALTH_CHECK_INTERVAL_SECONDS),
            timeout=cdk.Duration.seconds(HEALTH_CHECK_TIMEOUT_SECONDS),
            healthy_threshold_count=HEALTHY_THRESHOLD,
            unhealthy_threshold_count=UNHEALTHY_THRESHOLD,
        ),
    )
