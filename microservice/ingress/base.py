"""What stands before a service: public https and a load balancer."""

from abc import abstractmethod

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct


class Ingress(Construct):
    """Public https with targets behind it; made by an entrance, of which `entrance.py` lists the kinds.

    Attributes:
        listener: Add targets to this.
        load_balancer: The native load balancer.
        url: Its https address, without a slash at the end.
    """

    listener: elb.ApplicationListener
    load_balancer: elb.ApplicationLoadBalancer
    url: str

    @abstractmethod
    def error_rate_alarm(self) -> cloudwatch.Alarm:
        """An alarm that goes off when more than one request in twenty is answered with a 5xx."""
