"""The target group of a service: health check and deregistration delay.

The port does not depend on the version that runs, because CloudFormation changes a target group
before it changes the replicas behind it: to an old replica, a new `health_path` may be unknown. By default, a 404
therefore proves that its server responds (`health_codes`); the health check of the container or pod requires success.
"""

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    HEALTHY_THRESHOLD,
    HOST_PORT,
    STOP_SECONDS,
    UNHEALTHY_THRESHOLD,
)
from ..spec import ServiceSpec
from .base import Ingress

# Tasks and pods register with their own port. CloudFormation would replace a group whose port changes, and forward
# requests to the new, empty group until the new replicas are healthy.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
_ADDRESS_PORT = 80


def target_group(
    scope: Construct, construct_id: str, ingress: Ingress, spec: ServiceSpec, target_type: elb.TargetType
) -> elb.ApplicationTargetGroup:
    """Create a target group that checks `health_path`.

    A target that deregisters receives no new requests and has 30 seconds for those in flight: longer than an HTTP API
    waits for a response. No field of the spec replaces the group.

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
        vpc=ingress.vpc,
        target_type=target_type,
        port=HOST_PORT if target_type == elb.TargetType.INSTANCE else _ADDRESS_PORT,
        protocol=elb.ApplicationProtocol.HTTP,
        deregistration_delay=cdk.Duration.seconds(STOP_SECONDS),
        health_check=elb.HealthCheck(
            path=spec.health_path,
            healthy_http_codes=spec.health_codes,
            interval=cdk.Duration.seconds(HEALTH_CHECK_INTERVAL_SECONDS),
            timeout=cdk.Duration.seconds(HEALTH_CHECK_TIMEOUT_SECONDS),
            healthy_threshold_count=HEALTHY_THRESHOLD,
            unhealthy_threshold_count=UNHEALTHY_THRESHOLD,
        ),
    )
