"""The interface of a public endpoint, and of its configuration."""

from abc import abstractmethod
from typing import Protocol

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from constructs import Construct


class Ingress(Construct):
    """A public HTTPS endpoint in front of a load balancer.

    Attributes:
        listener: The listener that receives the requests; add target groups to it.
        load_balancer: The native load balancer.
        url: The public URL, without a trailing slash.
    """

    listener: elb.ApplicationListener
    load_balancer: elb.ApplicationLoadBalancer
    url: str

    @abstractmethod
    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """Create an alarm on more than 5 % of 5xx responses.

        Args:
            topic: SNS topic that the alarm notifies. Default: no notification.
        """


class IngressConfig(Protocol):
    """The public endpoint of a service: an `HttpApiVpcLink`, or a `CustomDomain`."""

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:
        """Create the endpoint of one service.

        Args:
            scope: The parent construct.
            name: Name of the service.
            vpc: The VPC of the load balancer.
        """
        ...
