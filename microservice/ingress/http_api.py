"""An HTTP API as the public endpoint: HTTPS without a domain or certificate of your own."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..logs import delivery_log_group
from ..nag import acknowledge
from ..subnets import private_subnets
from .base import Ingress
from .error_rate_alarm import PERIOD, error_rate_alarm

# The maximum integration timeout of an HTTP API is 30 seconds.
TIMEOUT_SECONDS = 29
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationLatencyMs": "$context.integrationLatency",
    "error": "$context.integrationErrorMessage",
}


class HttpApiVpcLink(Construct):
    """A VPC Link from HTTP APIs to a VPC: no hourly charge, and one link serves all services of the VPC.

    The quota is 10 VPC Links in a Region. A link without traffic for 60 days becomes inactive; the next requests fail
    for minutes, until it is active again. HTTP APIs do not support VPC Links in every Availability Zone (in us-east-1
    not in use1-az3), and zone names map to different zones in each account. If AWS rejects a subnet, create the VPC
    with `availability_zones=[...]` of supported zones; `aws ec2 describe-availability-zones` lists their IDs.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html

    Attributes:
        vpc_link: The native VPC Link.
        security_group: Source of the link's traffic; load balancers allow it.

    Example:
        link = HttpApiVpcLink(stack, "VpcLink", vpc=vpc)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None = None
    ) -> None:
        """Create the link.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            vpc: The VPC; it needs private subnets.
            subnets: Subnets of the link and of the load balancers behind it, private or isolated; they need no egress.
                Default: all private subnets with egress.
        """
        super().__init__(scope, construct_id)
        self.subnets = subnets
        found = private_subnets(vpc, "VPC Links", subnets)
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Requests from HTTP APIs to private load balancers"
        )
        self.vpc_link = apigateway.VpcLink(
            self,
            "Link",
            vpc=vpc,
            subnets=ec2.SubnetSelection(subnets=found.subnets),
            security_groups=[self.security_group],
        )

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:
        """See `IngressConfig`; the HTTP API is called `name`."""
        return HttpApiIngress(scope, "FrontDoor", name=name, vpc=vpc, link=self)


class HttpApiIngress(Ingress):
    """An HTTP API in front of a private load balancer: HTTPS without a domain, billed by million requests.

    It creates a private load balancer with one listener that accepts traffic from the VPC Link only, and an HTTP API
    that forwards every request to it, with throttling and an access log.

    You provide the VPC Link, the targets of `listener`, and authentication: the service authenticates callers.

    Choose it if you own no domain, requests end within 29 seconds, and payloads stay below 10 MB.

    Do not choose it for WebSockets, streaming, or longer requests: use `CustomDomain`, or CloudFront.

    Attributes:
        api: The native HTTP API.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, vpc: ec2.IVpc, link: HttpApiVpcLink) -> None:
        """Create the endpoint.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            name: Name of the HTTP API.
            vpc: The VPC of the load balancer.
            link: The VPC Link of that VPC.
        """
        super().__init__(scope, construct_id)
        subnets = private_subnets(vpc, "a private load balancer", link.subnets)
        self.load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets.subnets),
            internet_facing=False,
            drop_invalid_header_fields=True,
            idle_timeout=cdk.Duration.seconds(TIMEOUT_SECONDS + 31),
        )
        # Plain HTTP: a certificate requires a domain, and this hop stays inside the VPC.
        self.listener = self.load_balancer.add_listener("Http", port=80, open=False)
        self.listener.connections.allow_default_port_from(link.security_group, "HTTP APIs of this VPC")
        self.api = self._api(name, link)
        self._stage()
        self._acknowledge()
        self.url = self.api.api_endpoint

    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """See `Ingress`; https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html."""
        return error_rate_alarm(
            self,
            failed=self.api.metric_server_error(period=PERIOD),
            requests=self.api.metric_count(period=PERIOD),
            topic=topic,
        )

    def _api(self, name: str, link: HttpApiVpcLink) -> apigateway.HttpApi:
        integration = integrations.HttpAlbIntegration(
            "Listener", self.listener, vpc_link=link.vpc_link, timeout=cdk.Duration.seconds(TIMEOUT_SECONDS)
        )
        return apigateway.HttpApi(
            self, "Api", api_name=name, default_integration=integration, create_default_stage=False
        )

    def _stage(self) -> apigateway.CfnStage:
        """Create the default stage, with throttling, which limits the cost of excessive traffic."""
        return apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=delivery_log_group(self, "AccessLog", service="apigateway").log_group_arn,
                format=json.dumps(_ACCESS_LOG),
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=1000, throttling_burst_limit=2000
            ),
        )

    def _acknowledge(self) -> None:
        logged = "only the HTTP API calls the load balancer, and its access log has each request"
        acknowledge(self.load_balancer, "AwsSolutions-ELB2", logged)
        acknowledge(self.api, "AwsSolutions-APIG4", "the service authenticates callers itself, on every target")
