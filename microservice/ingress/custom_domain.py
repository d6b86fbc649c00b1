"""Public HTTPS at a domain of your own: a public load balancer with your certificate."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from constructs import Construct

from ..nag import acknowledge
from .error_rate_alarm import PERIOD, error_rate_alarm
from .base import Ingress

IDLE_SECONDS = 60


class CustomDomain:
    """A name in a zone that you own, with a certificate for it."""

    def __init__(self, *, name: str, zone: route53.IHostedZone, certificate: acm.ICertificate) -> None:
        """Say where the service is to answer.

        Args:
            name: The whole name, such as `orders.example.com`; it must lie in the zone, and nothing else may use it.
            zone: The public hosted zone, of this account.
            certificate: Of AWS Certificate Manager, in the Region of the stack; it must cover `name`.

        Raises:
            ValueError: if `name` does not lie in the zone.
        """
        if not cdk.Token.is_unresolved(zone.zone_name) and not f".{name}".endswith(f".{zone.zone_name}"):
            raise ValueError(
                f"domain {name!r} cannot be used: it does not lie in the zone; allowed: names that end with "
                f"{zone.zone_name!r}; fix: pass the zone that {name!r} belongs to"
            )
        self.name = name
        self.zone = zone
        self.certificate = certificate

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:  # noqa: ARG002
        """A public load balancer at this domain; it shows the domain, not `name`."""
        return AlbIngress(scope, "FrontDoor", vpc=vpc, domain=self)


class AlbIngress(Ingress):
    """A public load balancer at your own domain: billed by the hour, streaming and WebSockets included.

    It makes the load balancer, a listener that speaks TLS 1.3 (and 1.2 to older callers), one that sends plain http
    there, and the name in your zone.
    It leaves to you the certificate, the targets behind `listener`, access logs (`load_balancer.log_access_logs`, which
    needs a bucket of the Region), a web application firewall, and checking who calls: the service does that itself.
    Choose it where a domain is at hand, for requests that last or stream, and above some hundred million requests a
    month, where an HTTP API costs more.
    Do not choose it for a service that nobody calls for hours: the load balancer costs the same.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, domain: CustomDomain) -> None:
        """Make the front door at `domain`, in public subnets of `vpc`."""
        super().__init__(scope, construct_id)
        self.load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            internet_facing=True,
            drop_invalid_header_fields=True,
            idle_timeout=cdk.Duration.seconds(IDLE_SECONDS),
        )
        self.listener = self.load_balancer.add_listener(
            "Https", port=443, certificates=[domain.certificate], ssl_policy=elb.SslPolicy.TLS13_12_RES_PQ
        )
        self.load_balancer.add_redirect()
        self._name(domain)
        self._acknowledge()
        self.url = f"https://{domain.name}"

    def error_rate_alarm(self) -> cloudwatch.Alarm:
        """See `FrontDoor`; it counts answers of the targets and of the load balancer itself.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        metrics = self.load_balancer.metrics
        failed = cloudwatch.MathExpression(
            expression="FILL(behind, 0) + FILL(itself, 0)",
            using_metrics={
                "behind": metrics.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, period=PERIOD),
                "itself": metrics.http_code_elb(elb.HttpCodeElb.ELB_5XX_COUNT, period=PERIOD),
            },
            period=PERIOD,
        )
        return error_rate_alarm(self, failed=failed, requests=metrics.request_count(period=PERIOD))

    def _name(self, domain: CustomDomain) -> None:
        """A trailing dot keeps Route 53 from adding the zone to a name that has it."""
        route53.ARecord(
            self,
            "Name",
            zone=domain.zone,
            record_name=f"{domain.name}.",
            target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
        )

    def _acknowledge(self) -> None:
        acknowledge(
            self.load_balancer, "AwsSolutions-ELB2", "the service logs each request itself; a bucket is yours to choose"
        )
        for group in self.load_balancer.connections.security_groups:
            acknowledge(group, "AwsSolutions-EC23", "a public service: anybody may call, by https or to be sent there")
