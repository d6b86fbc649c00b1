"""A public load balancer with HTTPS, and a redirect from HTTP."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..nag import acknowledge
from ..subnets import public_subnets

IDLE_SECONDS = 60


def public_load_balancer(
    scope: Construct, vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None = None
) -> elb.ApplicationLoadBalancer:
    """Create an internet-facing load balancer.

    Args:
        scope: The parent construct.
        vpc: The VPC.
        subnets: Public subnets. Default: all public subnets.
    """
    return elb.ApplicationLoadBalancer(
        scope,
        "LoadBalancer",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=public_subnets(vpc, "a public load balancer", subnets).subnets),
        internet_facing=True,
        drop_invalid_header_fields=True,
        idle_timeout=cdk.Duration.seconds(IDLE_SECONDS),
    )


def https_listener(
    load_balancer: elb.ApplicationLoadBalancer,
    certificates: Sequence[acm.ICertificate],
    *,
    default: elb.ListenerAction | None = None,
) -> elb.ApplicationListener:
    """Add a listener with TLS 1.3 (and 1.2 for older clients), and a redirect from HTTP to HTTPS.

    Args:
        load_balancer: The load balancer.
        certificates: ACM certificates.
        default: Default action. Default: the first target group that is added.
    """
    listener = load_balancer.add_listener(
        "Https",
        port=443,
        certificates=list(certificates),
        ssl_policy=elb.SslPolicy.TLS13_12_RES_PQ,
        default_action=default,
    )
    load_balancer.add_redirect()
    acknowledge(load_balancer, "AwsSolutions-ELB2", "the service logs each request; you choose the access log bucket")
    for group in load_balancer.connections.security_groups:
        acknowledge(group, "AwsSolutions-EC23", "a public endpoint: HTTPS, and HTTP for the redirect, are open")
    return listener
