"""Endpoints of services for tests."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53

from microservice import SharedLoadBalancer

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/team/0123456789abcdef"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/team/0123456789abcdef/fedcba9876543210"


def certificate(stack: cdk.Stack) -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)


def zone(stack: cdk.Stack, name: str = "example.com") -> route53.IHostedZone:
    return route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0000000000000", zone_name=name
    )


def shared_load_balancer(stack: cdk.Stack, vpc: ec2.IVpc, *, with_zone: bool = True) -> SharedLoadBalancer:
    return SharedLoadBalancer(
        stack,
        "Shared",
        vpc=vpc,
        certificates=[certificate(stack)],
        zone=zone(stack) if with_zone else None,
    )


def existing_load_balancer(stack: cdk.Stack, vpc: ec2.IVpc, name: str = "Shared") -> SharedLoadBalancer:
    """Import a load balancer with a listener, as another team's stack would create it."""
    group = ec2.SecurityGroup.from_security_group_id(stack, f"{name}Group", "sg-00000000", allow_all_outbound=False)
    balancer = elb.ApplicationLoadBalancer.from_application_load_balancer_attributes(
        stack,
        f"{name}Balancer",
        load_balancer_arn=BALANCER,
        security_group_id="sg-00000000",
        security_group_allows_all_outbound=False,
        load_balancer_dns_name="team.us-east-1.elb.amazonaws.com",
        load_balancer_canonical_hosted_zone_id="Z35SXDOTRQ7X7K",
    )
    listener = elb.ApplicationListener.from_application_listener_attributes(
        stack, f"{name}Listener", listener_arn=LISTENER, security_group=group
    )
    return SharedLoadBalancer(stack, name, vpc=vpc, load_balancer=balancer, listener=listener)
