"""A public load balancer with HTTPS, a redirect from HTTP, and a web ACL if you have one."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_wafv2 as wafv2
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


def associate_web_acl(scope: Construct, load_balancer: elb.ApplicationLoadBalancer, web_acl_arn: str) -> None:
    """Associate an AWS WAF web ACL with a load balancer.

    Args:
        scope: The parent construct.
        load_balancer: The load balancer.
        web_acl_arn: ARN of the web ACL.

    Raises:
        ValueError: The ARN is not that of a web ACL of a Region.
    """
    if not cdk.Token.is_unresolved(web_acl_arn) and ":regional/webacl/" not in web_acl_arn:
        raise ValueError(
            f"web_acl_arn={web_acl_arn!r} is not valid (allowed: the ARN of a web ACL with scope REGIONAL). Set an ARN "
            "of `aws wafv2 list-web-acls --scope REGIONAL`."
        )
    wafv2.CfnWebACLAssociation(scope, "WebAcl", resource_arn=load_balancer.load_balancer_arn, web_acl_arn=web_acl_arn)
