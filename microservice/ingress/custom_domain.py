"""A public load balancer as the public endpoint, at your own domain."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..web_acl import associate_web_acl
from .base import Ingress
from .claims import require_free_domain
from .error_rate_alarm import load_balancer_alarm
from .public_load_balancer import https_listener, public_load_balancer


class CustomDomain:
    """A domain name in your hosted zone, with its certificate, for one service: several share a `SharedLoadBalancer`.

    Example:
        domain = CustomDomain(name="pay.example.com", zone=zone, certificate=certificate)
        service = FargateMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=cluster,
            ingress=domain,
        )
    """

    def __init__(
        self,
        *,
        name: str,
        zone: route53.IHostedZone,
        certificate: acm.ICertificate,
        subnets: ec2.SubnetSelection | None = None,
        web_acl_arn: str | None = None,
    ) -> None:
        """Specify the domain name.

        Args:
            name: The fully qualified domain name, such as `payments.example.com`, inside the zone and not in use.
            zone: The public hosted zone, in the same account.
            certificate: ACM certificate for `name`, in the Region of the stack.
            subnets: Public subnets of the load balancer. Default: all public subnets of the VPC.
            web_acl_arn: ARN of an AWS WAF web ACL (scope `REGIONAL`), in the Region of the stack, that filters the
                requests. WAF bills it by month, rule and request. Default: none.

        Raises:
            ValueError: `name` is not inside the zone.
        """
        if not cdk.Token.is_unresolved(zone.zone_name) and not f".{name}".endswith(f".{zone.zone_name}"):
            raise ValueError(
                f"domain name={name!r} is not inside the hosted zone (allowed: names that end with "
                f"{zone.zone_name!r}). Pass the hosted zone that contains {name!r}."
            )
        self.name = name
        self.zone = zone
        self.certificate = certificate
        self.subnets = subnets
        self.web_acl_arn = web_acl_arn

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:  # noqa: ARG002
        """See `IngressConfig`; the endpoint has the domain name, not `name`."""
        return AlbIngress(scope, "FrontDoor", vpc=vpc, domain=self)


class AlbIngress(Ingress):
    """A public load balancer at your own domain: billed by the hour and by usage, with streaming and WebSockets.

    It creates the load balancer, a listener with TLS 1.3 (and 1.2 for older clients), a redirect from HTTP to HTTPS,
    and the DNS record in your hosted zone.

    You provide the certificate, the targets of `listener`, access logs (`load_balancer.log_access_logs`, which
    requires a bucket in the Region), a web ACL (`web_acl_arn`), and authentication: the service authenticates callers.

    Choose it if you own a domain, for long-running or streaming requests, and above a few hundred million requests a
    month, where an HTTP API costs more.

    Do not choose it for a service that is idle for hours: the load balancer costs the same.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, domain: CustomDomain) -> None:
        """Create the endpoint.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            vpc: The VPC of the load balancer; it needs public subnets.
            domain: The domain name, hosted zone and certificate.

        Raises:
            ValueError: Another service of the app has the domain name, or `web_acl_arn` is not valid.
        """
        super().__init__(scope, construct_id)
        require_free_domain(self, domain.zone, domain.name)
        self.load_balancer = public_load_balancer(self, vpc, domain.subnets)
        self.listener = https_listener(self.load_balancer, [domain.certificate])
        if domain.web_acl_arn:
            associate_web_acl(self, self.load_balancer.load_balancer_arn, domain.web_acl_arn)
        self._dns_record(domain)
        self.url = f"https://{domain.name}"

    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """See `Ingress`; it counts the responses of the targets and of the load balancer itself."""
        return load_balancer_alarm(self, self.load_balancer, topic)

    def _dns_record(self, domain: CustomDomain) -> None:
        """Create the alias record; the trailing dot keeps the CDK from appending the zone name."""
        route53.ARecord(
            self,
            "Name",
            zone=domain.zone,
            record_name=f"{domain.name}.",
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
        )
