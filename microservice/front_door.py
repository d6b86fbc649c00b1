"""Public HTTPS in front of a private load balancer: an HTTP API and a VPC Link."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_logs as logs
from constructs import Construct


class FrontDoor(Construct):
    """An HTTP API over a VPC Link: pay per million requests, with a https name and no domain or certificate of your own.

    It makes an HTTP API whose every route goes to one listener of a private load balancer, throttled and logged.
    It leaves to you the listener, the VPC Link (one serves a whole VPC; a link idle for 60 days goes inactive), and
    checking who calls: the service does that itself.
    Choose it where nobody owns a domain yet and requests end within 29 seconds with bodies below 10 MB.
    Do not choose it for WebSockets, streaming or longer requests: put CloudFront or a public load balancer there.

    Attributes:
        api: The HTTP API.
        url: Its https address, without a slash at the end.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, listener: elb.IApplicationListener, vpc_link: apigateway.IVpcLink
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(
            self,
            "Api",
            create_default_stage=False,
            default_integration=integrations.HttpAlbIntegration(
                "Listener", listener, vpc_link=vpc_link, timeout=cdk.Duration.seconds(29)
            ),
        )
        self._stage()
        self.url = self.api.api_endpoint

    def _stage(self) -> apigateway.HttpStage:
        log_group = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        return apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(rate_limit=1000, burst_limit=2000),
        )
