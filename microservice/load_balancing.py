"""What stands behind a front door: how it is asked whether it is well, and how it gets its last requests."""

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elb

from .container import STOP_SECONDS
from .front_door import FrontDoor
from .spec import ServiceSpec


def send_requests(
    front_door: FrontDoor, construct_id: str, target: elb.IApplicationLoadBalancerTarget, spec: ServiceSpec
) -> None:
    """Send the front door's requests to `target`.

    It is asked every ten seconds, gets requests after two good answers, and none after three bad ones. What stops gets
    no new requests first, and time for those it has: more than the front door waits.
    """
    front_door.listener.add_targets(
        construct_id,
        port=spec.port,
        protocol=elb.ApplicationProtocol.HTTP,
        targets=[target],
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
