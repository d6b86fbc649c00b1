"""A public load balancer that several services share, by host name and path."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..web_acl import associate_web_acl
from .base import Ingress, weighted
from .claims import claim, require_free_domain
from .error_rate_alarm import target_group_alarm
from .listener_rules import condition_faults, derived_priority
from .public_load_balancer import https_listener, public_load_balancer


class SharedLoadBalancer(Construct):
    """A public load balancer for several services: one hourly price, and one listener rule for each service.

    It creates a load balancer with TLS 1.3 (and 1.2 for older clients), a redirect from HTTP to HTTPS, a response of
    404 to requests that no service takes, and with `zone` a DNS record for each host. Pass `listener` and
    `load_balancer` to use existing ones instead.

    You provide the certificates, access logs, and authentication: each service authenticates its callers. The quota is
    100 rules for a load balancer. A service that moves to another host or path keeps its targets; during a blue/green
    deployment, ECS owns the weights in the rule, so change host, paths and priority while no deployment is in progress,
    and deploy the service afterwards.

    Choose it for several services of one team, each of which would pay for a mostly idle load balancer of its own.

    Do not choose it for services that must not share the quotas and the failures of one load balancer. Elastic
    Beanstalk manages rules of its own and is rejected.

    Attributes:
        load_balancer: The native load balancer.
        listener: The native HTTPS listener.

    Example:
        shared = SharedLoadBalancer(stack, "Balancer", vpc=vpc, certificates=[certificate], zone=zone)
        service = FargateMicroservice(
            stack,
            "Payments",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=cluster,
            ingress=shared.route(host="shop.example.com", paths=["/payments", "/payments/*"]),
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        certificates: Sequence[acm.ICertificate] = (),
        zone: route53.IHostedZone | None = None,
        load_balancer: elb.IApplicationLoadBalancer | None = None,
        listener: elb.IApplicationListener | None = None,
        subnets: ec2.SubnetSelection | None = None,
        web_acl_arn: str | None = None,
    ) -> None:
        """Create the load balancer, or use an existing one.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            vpc: The VPC of the load balancer and of the services.
            certificates: ACM certificates for all hosts, in the Region of the stack. Default: none, `listener` has
                them.
            zone: Public hosted zone in which each host gets a record. Default: no records, you create them.
            load_balancer: An existing load balancer, with its security group and DNS name. Default: a new one.
            listener: An existing HTTPS listener of `load_balancer`. Default: a new one.
            subnets: Public subnets of a new load balancer. Default: all public subnets.
            web_acl_arn: ARN of an AWS WAF web ACL (scope `REGIONAL`), in the Region of the stack, that filters the
                requests of all services of a new load balancer. WAF bills it by month, rule and request. Default: none.

        Raises:
            ValueError: Neither `certificates`, nor both `load_balancer` and `listener` are set, or both are; or
                `web_acl_arn` is not valid.
            UnsupportedVpcError: The VPC has no public subnets in two Availability Zones.
        """
        super().__init__(scope, construct_id)
        _validate(construct_id, certificates, load_balancer, listener, subnets=subnets, web_acl_arn=web_acl_arn)
        self.vpc = vpc
        self._zone = zone
        if load_balancer and listener:
            self.load_balancer, self.listener = load_balancer, listener
        else:
            owned = public_load_balancer(self, vpc, subnets)
            self.load_balancer = owned
            self.listener = https_listener(owned, certificates, default=_no_service())
            if web_acl_arn:
                associate_web_acl(self, owned.load_balancer_arn, web_acl_arn)

    def route(self, *, host: str, paths: Sequence[str] = (), priority: int | None = None) -> "SharedRoute":
        """Return the endpoint of one service: pass it as `ingress`.

        Args:
            host: The host name of the service's URL, which several services may share with different paths.
            paths: Up to four path patterns, in which `*` and `?` are wildcards. The service receives the whole path.
                Default: all paths that no other service of the host takes.
            priority: Priority of the rule, 1 to 1000; the load balancer evaluates lower numbers first. Default: derived
                from host and paths, so that another service never changes it; more path segments come first.

        Raises:
            ValueError: A value is not valid.
        """
        if faults := condition_faults(host, paths, priority):
            raise ValueError(" ".join(faults))
        if self._zone and not cdk.Token.is_unresolved(self._zone.zone_name):
            _require_host_in_zone(host, self._zone.zone_name)
        return SharedRoute(self, host=host, paths=tuple(paths), priority=priority)

    def add_record(self, host: str) -> None:
        """Create the DNS record of a host, once, in the stack of the load balancer.

        Raises:
            ValueError: Another endpoint of the app has the name.
        """
        if self._zone and not self.node.try_find_child(host):
            require_free_domain(self, self._zone, host)
            route53.ARecord(
                self,
                host,
                zone=self._zone,
                record_name=f"{host}.",
                target=route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.load_balancer)),
            )


class SharedRoute:
    """The host and paths of one service on a shared load balancer; see `SharedLoadBalancer.route`."""

    def __init__(self, shared: SharedLoadBalancer, *, host: str, paths: Sequence[str], priority: int | None) -> None:
        self.shared = shared
        self.host = host
        self.paths = paths
        self.priority = derived_priority(host, paths) if priority is None else priority

    def create_ingress(self, scope: Construct, *, name: str, vpc: ec2.IVpc) -> Ingress:  # noqa: ARG002
        """See `IngressConfig`; the endpoint has the host of the route."""
        return SharedIngress(scope, "FrontDoor", route=self)


class SharedIngress(Ingress):
    """The endpoint of one service on a shared load balancer: a listener rule, and nothing that is billed.

    Attributes:
        rule: The native listener rule, once the service is attached.
    """

    has_own_listener = False

    def __init__(self, scope: Construct, construct_id: str, *, route: SharedRoute) -> None:
        """Create the endpoint.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            route: Host, paths and priority.

        Raises:
            ValueError: Another service of the app has the same host and paths, or the same priority.
        """
        super().__init__(scope, construct_id)
        self._route = route
        self._groups: list[elb.ApplicationTargetGroup] = []
        self._claim()
        route.shared.add_record(route.host)
        self.load_balancer = cast("elb.ApplicationLoadBalancer", route.shared.load_balancer)
        self.listener = cast("elb.ApplicationListener", self._local_listener())
        self.url = f"https://{route.host}"

    @property
    def vpc(self) -> ec2.IVpc | None:
        """See `Ingress`; an imported load balancer may not know its VPC."""
        return self._route.shared.vpc

    @property
    def target_scope(self) -> Construct:
        """See `Ingress`; the target group belongs to the stack of the service, not of the listener."""
        return self

    def forward(self, construct_id: str, group: elb.ApplicationTargetGroup) -> None:  # noqa: ARG002
        """See `Ingress`; a rule with the conditions of the route."""
        self._groups = [group]
        self.rule = self._rule(elb.ListenerAction.forward([group]))

    def forward_blue_green(
        self,
        construct_id: str,  # noqa: ARG002
        blue: elb.ApplicationTargetGroup,
        green: elb.ApplicationTargetGroup,
    ) -> elb.ApplicationListenerRule:
        """See `Ingress`; the same rule as in rolling deployments."""
        self._groups = [blue, green]
        self.rule = self._rule(weighted(blue, green))
        return self.rule

    def allow_to(self, group: ec2.ISecurityGroup, port: int, description: str) -> None:
        """See `Ingress`; the rules belong to the stack of the service, which knows both security groups."""
        for number, balancer in enumerate(self.load_balancer.connections.security_groups):
            from_balancer, to_targets = f"FromBalancer{number}", f"ToTargets{number}"
            ec2.CfnSecurityGroupIngress(
                self,
                from_balancer,
                group_id=group.security_group_id,
                source_security_group_id=balancer.security_group_id,
                description=description,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
            if not balancer.allow_all_outbound:
                ec2.CfnSecurityGroupEgress(
                    self,
                    to_targets,
                    group_id=balancer.security_group_id,
                    destination_security_group_id=group.security_group_id,
                    description=description,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                )

    def add_security_group(self, group: ec2.ISecurityGroup) -> None:
        """See `Ingress`; once for all services of the load balancer.

        Raises:
            ValueError: The load balancer is an existing one, which CloudFormation cannot change.
        """
        if not isinstance(self.load_balancer, elb.ApplicationLoadBalancer):
            raise ValueError(
                f"{self.node.path}: load_balancer_security_group is not supported with an existing load balancer "
                "(allowed: none). Remove it: the cluster's security group then gets a rule for this service."
            )
        known = [each.security_group_id for each in self.load_balancer.connections.security_groups]
        if group.security_group_id not in known:
            self.load_balancer.add_security_group(group)

    def error_rate_alarm(self, topic: sns.ITopic | None = None) -> cloudwatch.Alarm:
        """See `Ingress`; it counts the requests of this service's target groups only."""
        return target_group_alarm(self, self._groups, topic)

    def _rule(self, action: elb.ListenerAction) -> elb.ApplicationListenerRule:
        route = self._route
        conditions = [elb.ListenerCondition.host_headers([route.host])]
        if route.paths:
            conditions.append(elb.ListenerCondition.path_patterns(list(route.paths)))
        return elb.ApplicationListenerRule(
            self, "Rule", listener=self.listener, priority=route.priority, conditions=conditions, action=action
        )

    def _local_listener(self) -> elb.IApplicationListener:
        """Import an existing listener into this stack: the stack of the import would depend on the service's group."""
        listener, balancer = self._route.shared.listener, self.load_balancer
        if isinstance(listener, elb.ApplicationListener):
            return listener
        [group, *_] = balancer.connections.security_groups
        return elb.ApplicationListener.from_application_listener_attributes(
            self,
            "Listener",
            listener_arn=listener.listener_arn,
            security_group=ec2.SecurityGroup.from_security_group_id(
                self, "BalancerGroup", group.security_group_id, allow_all_outbound=group.allow_all_outbound
            ),
        )

    def _claim(self) -> None:
        route, listener = self._route, self._route.shared.listener
        arn = listener.listener_arn
        identity = listener.node.path if cdk.Token.is_unresolved(arn) else arn
        if other := claim(self, "conditions", identity, route.host, frozenset(route.paths)):
            where = f"host={route.host!r} with paths={list(route.paths)!r}" if route.paths else f"host={route.host!r}"
            raise ValueError(
                f"{self.node.path}: {where} is not valid (allowed: conditions that no other service of the listener "
                f"has; {other} has these). Set other paths, or another host."
            )
        if other := claim(self, "priority", identity, route.priority):
            raise ValueError(
                f"{self.node.path}: priority={route.priority} is not valid (allowed: a priority that no other rule of "
                f"the listener has; {other} has this one). Set another priority, from 1 to 1000."
            )


def _no_service() -> elb.ListenerAction:
    return elb.ListenerAction.fixed_response(
        404, content_type="text/plain", message_body="No service has this host and path."
    )


def _validate(
    name: str,
    certificates: Sequence[acm.ICertificate],
    load_balancer: elb.IApplicationLoadBalancer | None,
    listener: elb.IApplicationListener | None,
    **of_a_new_one: object,
) -> None:
    is_new = bool(certificates) and load_balancer is None and listener is None
    is_existing = not certificates and load_balancer is not None and listener is not None
    if not is_new and not is_existing:
        given = {"certificates": bool(certificates), "load_balancer": bool(load_balancer), "listener": bool(listener)}
        found = ", ".join(each for each, is_given in given.items() if is_given) or "none of them"
        raise ValueError(
            f"SharedLoadBalancer {name!r}: {found} is not valid (allowed: certificates, for a new load balancer; or "
            "load_balancer and listener, for an existing one). Set one of the two."
        )
    if is_existing and (wrong := [option for option, value in of_a_new_one.items() if value is not None]):
        raise ValueError(
            f"SharedLoadBalancer {name!r}: {', '.join(wrong)} is not supported with an existing load balancer "
            "(allowed: none). Configure the load balancer where it is created."
        )


def _require_host_in_zone(host: str, zone_name: str) -> None:
    if not f".{host}".endswith(f".{zone_name}"):
        raise ValueError(
            f"host={host!r} is not inside the hosted zone (allowed: names that end with {zone_name!r}). "
            f"Pass the hosted zone that contains {host!r}."
        )
