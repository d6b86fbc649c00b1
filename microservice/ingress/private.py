"""An internal load balancer as the endpoint, for callers inside the VPC."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_servicediscovery as servicediscovery
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..nag import acknowledge
from ..subnets import load_balancer_subnets
from ..web_acl import associate_web_acl
from .base import Ingress
from .claims import require_free_domain
from .error_rate_alarm import load_balancer_alarm

IDLE_SECONDS = 60


class PrivateIngress:
    """An endpoint for callers inside the VPC only: https with a certificate, http without one.

    Example:
        private = PrivateIngress()
        service = FargateMicroservice(
            stack, "Service", spec=ServiceSpec(name="payments"), image=image, cluster=cluster, ingress=private
        )
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        zone: route53.IHostedZone | None = None,
        certificate: acm.ICertificate | None = None,
        callers: Sequence[ec2.IConnectable] = (),
        namespace: servicediscovery.IPrivateDnsNamespace | None = None,
        subnets: ec2.SubnetSelection | None = None,
        web_acl_arn: str | None = None,
    ) -> None:
        """Specify the endpoint.

        Args:
            name: The fully qualified domain name of one service, inside `zone` and not in use. Default: the DNS name of
                the load balancer.
            zone: Private hosted zone of the VPC. Default: none, `name` is not set either.
            certificate: ACM certificate for `name`, in the Region of the stack: callers use https. ACM issues one for a
                name whose public domain you own, AWS Private CA for any name. Default: http, unencrypted inside the
                VPC.
            callers: Services, functions or security groups that may call. Default: everything in the VPC.
            namespace: Cloud Map namespace of the VPC. Tasks of ECS targets get the name `<service>.<namespace>`, with
                which callers reach them on the container's port, without the load balancer; other targets reject it.
                Default: none.
            subnets: Subnets of the load balancer. Default: the private subnets, or else the isolated ones.
            web_acl_arn: ARN of an AWS WAF web ACL (scope `REGIONAL`), in the Region of the stack, that filters the
                requests. WAF bills it by month, rule and request. Default: none.

        Raises:
            ValueError: `name`, `zone` and `certificate` do not belong together.
        """
        _validate(name, zone, certificate)
        self.name = name
        self.zone = zone
        self.certificate = certificate
        self.callers = tuple(callers)
        self.namespace = namespace
        self.subnets = subnets
        self.web_acl_arn = web_acl_arn

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:  # noqa: ARG002
        """See `IngressConfig`; the endpoint has the domain name, if there is one, not `name`."""
        return InternalAlbIngress(scope, "FrontDoor", vpc=vpc, config=self)


class InternalAlbIngress(Ingress):
    """An internal load balancer: billed by the hour and by usage, reached from the VPC and networks connected to it.

    It creates the load balancer, one listener (HTTPS with a certificate, otherwise HTTP), and with a name its record in
    the private hosted zone.

    You provide the zone, the certificate, access logs, a web ACL (`web_acl_arn`), and authentication: the service
    authenticates callers.

    Choose it for a service that only your own services call.

    Do not choose it if a browser or a partner calls the service: use `HttpApiVpcLink` or `CustomDomain`.
    """

    is_private = True

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, config: PrivateIngress) -> None:
        """Create the endpoint.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            vpc: The VPC of the load balancer.
            config: Name, certificate and callers.

        Raises:
            UnsupportedVpcError: The VPC has no private or isolated subnets in two Availability Zones.
            ValueError: Another service of the app has the domain name, or `web_acl_arn` is not valid.
        """
        super().__init__(scope, construct_id)
        self.namespace = config.namespace
        self._callers = config.callers
        self._vpc = vpc
        if config.name and config.zone:
            require_free_domain(self, config.zone, config.name)
        self.load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=load_balancer_subnets(vpc, config.subnets).subnets),
            internet_facing=False,
            drop_invalid_header_fields=True,
            idle_timeout=cdk.Duration.seconds(IDLE_SECONDS),
        )
        self.listener = self._listener(config.certificate)
        self.allow_callers(self.load_balancer, ec2.Port.tcp(443 if config.certificate else 80))
        if config.web_acl_arn:
            associate_web_acl(self, self.load_balancer.load_balancer_arn, config.web_acl_arn)
        acknowledge(self.load_balancer, "AwsSolutions-ELB2", "the service logs each request; you choose the bucket")
        self.url = self._url(config)

    def allow_callers(self, to: ec2.IConnectable, port: ec2.Port) -> None:
        """Allow the callers to connect.

        Args:
            to: The load balancer, or the tasks of the service.
            port: The port.
        """
        for caller in self._callers:
            to.connections.allow_from(caller, port, "Requests of a caller")
        if not self._callers:
            to.connections.allow_from(ec2.Peer.ipv4(self._vpc.vpc_cidr_block), port, "Requests from the VPC")
            for group in to.connections.security_groups:
                acknowledge(group, "AwsSolutions-EC23", "open to the CIDR block of the VPC, which cdk-nag cannot read")

    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """See `Ingress`; it counts the responses of the targets and of the load balancer itself.

        Raises:
            ValueError: The target has no tasks that the namespace could name.
        """
        if self.namespace and not self.discovery_url:
            raise ValueError(
                f"{self.node.path}: namespace={self.namespace.namespace_name!r} is supported by ECS targets only "
                "(allowed: none). Remove it: callers use the URL of the load balancer, or the DNS name of the "
                "Kubernetes Service."
            )
        return load_balancer_alarm(self, self.load_balancer, topic)

    def _listener(self, certificate: acm.ICertificate | None) -> elb.ApplicationListener:
        if certificate is None:
            return self.load_balancer.add_listener("Http", port=80, open=False)
        return self.load_balancer.add_listener(
            "Https", port=443, open=False, certificates=[certificate], ssl_policy=elb.SslPolicy.TLS13_12_RES_PQ
        )

    def _url(self, config: PrivateIngress) -> str:
        scheme = "https" if config.certificate else "http"
        if not config.name or not config.zone:
            return f"{scheme}://{self.load_balancer.load_balancer_dns_name}"
        route53.ARecord(
            self,
            "Name",
            zone=config.zone,
            record_name=f"{config.name}.",
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
        )
        return f"{scheme}://{config.name}"


def _validate(name: str | None, zone: route53.IHostedZone | None, certificate: acm.ICertificate | None) -> None:
    if bool(name) != bool(zone):
        given, missing = ("name", "zone") if name else ("zone", "name")
        raise ValueError(
            f"PrivateIngress: {given} without {missing} is not valid (allowed: both, or none). Set {missing}, too."
        )
    if certificate and not name:
        raise ValueError(
            "PrivateIngress: certificate without name is not valid (allowed: a certificate with name and zone). Set "
            "the name that the certificate is for, and its private hosted zone."
        )
    if name and zone and not cdk.Token.is_unresolved(zone.zone_name) and not f".{name}".endswith(f".{zone.zone_name}"):
        raise ValueError(
            f"PrivateIngress: name={name!r} is not inside the hosted zone (allowed: names that end with "
            f"{zone.zone_name!r}). Pass the hosted zone that contains {name!r}."
        )
