"""Public HTTPS in front of a private load balancer: an HTTP API and a VPC Link."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from ..nag import acknowledge
from .error_rate_alarm import PERIOD, error_rate_alarm
from .base import Ingress
from ..logs import log_group

# An HTTP API gives up after 30 seconds whatever is configured.
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
    """The way from HTTP APIs into a VPC: free, and one is enough for all services of the VPC.

    AWS allows ten in a Region and puts one to sleep that nobody used for 60 days; the next requests fail for minutes,
    until it is awake again. It knows some zones of a Region only (of us-east-1 not use1-az3), and names of zones stand
    for other zones in each account: where it refuses a subnet, make the VPC with `availability_zones=[...]` of zones
    whose ids are on the list (`aws ec2 describe-availability-zones` says which is which).
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html

    Attributes:
        vpc_link: The native VPC Link.
        security_group: Where its traffic comes from: a load balancer admits this.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Requests from HTTP APIs to private load balancers"
        )
        self.vpc_link = apigateway.VpcLink(
            self,
            "Link",
            vpc=vpc,
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[self.security_group],
        )

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:
        """An HTTP API before a private load balancer; `name` is what lists of APIs show."""
        return HttpApiIngress(scope, "FrontDoor", name=name, vpc=vpc, link=self)


class HttpApiIngress(Ingress):
    """An HTTP API over a VPC Link: https without a domain or certificate of your own, billed by million requests.

    It makes a private load balancer with one listener that only the link may call, and an HTTP API that hands every
    request to it, throttled and logged.
    It leaves to you the link, the targets behind `listener`, and checking who calls: the service does that itself.
    Choose it where nobody owns a domain, requests end within 29 seconds and bodies stay below 10 MB.
    Do not choose it for WebSockets, streaming or longer requests: put CloudFront or a domain of your own there.

    Attributes:
        api: The native HTTP API.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, vpc: ec2.IVpc, link: HttpApiVpcLink) -> None:
        """Make the front door of the service `name`, which lists of APIs show."""
        super().__init__(scope, construct_id)
        self.load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            internet_facing=False,
            drop_invalid_header_fields=True,
            idle_timeout=cdk.Duration.seconds(TIMEOUT_SECONDS + 31),
        )
        # Plain HTTP: a certificate needs a domain, and this hop stays inside the VPC.
        self.listener = self.load_balancer.add_listener("Http", port=80, open=False)
        self.listener.connections.allow_default_port_from(link.security_group, "HTTP APIs of this VPC")
        self.api = self._api(name, link)
        self._stage()
        self._acknowledge()
        self.url = self.api.api_endpoint

    def error_rate_alarm(self) -> cloudwatch.Alarm:
        """See `FrontDoor`; https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html."""
        return error_rate_alarm(
            self,
            failed=self.api.metric_server_error(period=PERIOD),
            requests=self.api.metric_count(period=PERIOD),
        )

    def _api(self, name: str, link: HttpApiVpcLink) -> apigateway.HttpApi:
        integration = integrations.HttpAlbIntegration(
            "Listener", self.listener, vpc_link=link.vpc_link, timeout=cdk.Duration.seconds(TIMEOUT_SECONDS)
        )
        return apigateway.HttpApi(
            self, "Api", api_name=name, default_integration=integration, create_default_stage=False
        )

    def _stage(self) -> apigateway.CfnStage:
        """The stage without a name in the path; throttled, so that no caller runs up the bill."""
        return apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group(self, "AccessLog").log_group_arn, format=json.dumps(_ACCESS_LOG)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=1000, throttling_burst_limit=2000
            ),
        )

    def _acknowledge(self) -> None:
        logged = "the HTTP API is the only caller and logs each request, with the load balancer's answer and time"
        acknowledge(self.load_balancer, "AwsSolutions-ELB2", logged)
        acknowledge(self.api, "AwsSolutions-APIG4", "the service checks its callers itself, the same on every target")
