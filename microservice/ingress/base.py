"""The interface of a service's endpoint, and of its configuration."""

from abc import abstractmethod
from typing import Protocol

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_servicediscovery as servicediscovery
from aws_cdk import aws_sns as sns
from constructs import Construct


class Ingress(Construct):
    """The endpoint of a service, in front of a load balancer.

    A class of your own sets `listener`, `load_balancer` and `url`, and implements `error_rate_alarm`. The other methods
    have defaults for a listener with one service.

    Attributes:
        listener: The listener that receives the requests.
        load_balancer: The native load balancer.
        url: The URL, without a trailing slash: https and public, unless the endpoint is private.
        is_private: Whether only callers inside the VPC reach the URL.
        has_own_listener: Whether the listener forwards to this service only.
        discovery_url: URL of the service by its name in the VPC or cluster, without the load balancer; "" without one.
        namespace: Cloud Map namespace in which ECS tasks get a name. Default: none.
    """

    listener: elb.ApplicationListener
    load_balancer: elb.ApplicationLoadBalancer
    url: str
    is_private: bool = False
    has_own_listener: bool = True
    discovery_url: str = ""
    namespace: servicediscovery.INamespace | None = None

    @property
    def vpc(self) -> ec2.IVpc | None:
        """The VPC of the target groups."""
        return self.load_balancer.vpc

    @property
    def target_scope(self) -> Construct:
        """The parent construct of the service's target group."""
        return self.listener

    def forward(self, construct_id: str, group: elb.ApplicationTargetGroup) -> None:
        """Forward the service's requests to a target group.

        Args:
            construct_id: ID of what forwards.
            group: The target group.
        """
        self.listener.add_target_groups(construct_id, target_groups=[group])

    def forward_blue_green(
        self, construct_id: str, blue: elb.ApplicationTargetGroup, green: elb.ApplicationTargetGroup
    ) -> elb.ApplicationListenerRule:
        """Forward the service's requests to the first of two target groups, and return the rule with their weights.

        Args:
            construct_id: ID of what forwards.
            blue: Target group of the running tasks.
            green: Target group of the next deployment.
        """
        self.forward(construct_id, blue)
        return elb.ApplicationListenerRule(
            self,
            "Switch",
            listener=self.listener,
            priority=1,
            conditions=[elb.ListenerCondition.path_patterns(["*"])],
            action=weighted(blue, green),
        )

    def allow_to(self, group: ec2.ISecurityGroup, port: int, description: str) -> None:
        """Allow traffic from the load balancer to a security group that other stacks may own.

        Args:
            group: Security group of the service.
            port: The service's port.
            description: Description of the rules.
        """
        self.load_balancer.connections.allow_to(group, ec2.Port.tcp(port), description)

    def add_security_group(self, group: ec2.ISecurityGroup) -> None:
        """Add a security group to the load balancer.

        Args:
            group: The security group.
        """
        self.load_balancer.add_security_group(group)

    def allow_callers(self, to: ec2.IConnectable, port: ec2.Port) -> None:
        """Allow the callers of a private endpoint to connect to the service itself; by default, none.

        Args:
            to: The tasks of the service.
            port: The port.
        """

    @abstractmethod
    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """Create an alarm on more than 5 % of 5xx responses.

        Args:
            topic: SNS topic that the alarm notifies. Default: no notification.
        """


class IngressConfig(Protocol):
    """The configuration of an endpoint.

    `HttpApiVpcLink` and `CustomDomain` are public and belong to one service, routes of a `SharedLoadBalancer` are
    public and share a load balancer, and `PrivateIngress` is for callers inside the VPC. A class of your own returns a
    subclass of `Ingress`.
    """

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:
        """Create the endpoint of one service.

        Args:
            scope: The parent construct.
            name: Name of the service.
            vpc: The VPC of the load balancer.
        """
        ...


def weighted(blue: elb.ApplicationTargetGroup, green: elb.ApplicationTargetGroup) -> elb.ListenerAction:
    """Return the action that forwards all requests to the first of two target groups."""
    return elb.ListenerAction.weighted_forward(
        [
            elb.WeightedTargetGroup(target_group=blue, weight=100),
            elb.WeightedTargetGroup(target_group=green, weight=0),
        ]
    )


def require_own_listener(ingress: Ingress, platform: str) -> Ingress:
    """Return an endpoint whose listener forwards to one service: the platform manages rules of the listener itself.

    Args:
        ingress: The endpoint.
        platform: The platform, as AWS writes it.

    Raises:
        ValueError: Other services share the listener.
    """
    if not ingress.has_own_listener:
        raise ValueError(
            f"{ingress.node.path}: a SharedLoadBalancer is not supported by {platform}, which manages rules and their "
            "priorities itself (allowed: HttpApiVpcLink, CustomDomain, PrivateIngress). Pass one of these."
        )
    return ingress
