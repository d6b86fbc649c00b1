"""What stands before a stand-in's service where the template has no target group of its own."""

from __future__ import annotations

from collections.abc import Iterable

from ministack.services import alb
from ministack.services.cloudformation import provisioners


def front(logical_id: str, stack: str, group: str, listener: str, hosts: Iterable[str]) -> tuple[str, str, str]:
    """ARNs of load balancer, rule and target group, made where the template has none; "" where none is needed."""
    balancer = "" if group or listener else load_balancer(logical_id, stack)
    group = group or target_group(logical_id, stack, balancer)
    return balancer, rule(logical_id, stack, listener, hosts, group) if listener else "", group


def load_balancer(logical_id: str, stack: str) -> str:
    """ARN of a load balancer for one service."""
    arn, _ = provisioners._elbv2_load_balancer_create(logical_id, {}, stack)
    return str(arn)


def target_group(logical_id: str, stack: str, balancer: str) -> str:
    """ARN of a group; all that comes to `balancer` goes there, if there is one."""
    arn, _ = provisioners._elbv2_target_group_create(logical_id, {"TargetType": "ip"}, stack)
    if balancer:
        forward = {"LoadBalancerArn": balancer, "DefaultActions": [{"Type": "forward", "TargetGroupArn": arn}]}
        provisioners._elbv2_listener_create(logical_id, forward, stack)
    return str(arn)


def rule(logical_id: str, stack: str, listener: str, hosts: Iterable[str], group: str) -> str:
    """ARN of a rule that sends what comes to `listener` for `hosts` to the group."""
    rule = {
        "ListenerArn": listener,
        "Priority": 1,
        "Conditions": [{"Field": "host-header", "Values": list(hosts)}],
        "Actions": [{"Type": "forward", "TargetGroupArn": group}],
    }
    arn, _ = provisioners._elbv2_listener_rule_create(logical_id, rule, stack)
    return str(arn)


def name(balancer: str) -> str:
    """The name under which the load balancer answers; "" where there is none."""
    return str(alb._lbs[balancer]["DNSName"]) if balancer else ""


def remove(balancer: str, rule: str, group: str) -> None:
    """Take away what was made; "" is nothing."""
    if balancer:
        provisioners._elbv2_load_balancer_delete(balancer, {})
    if rule:
        provisioners._elbv2_listener_rule_delete(rule, {})
    provisioners._elbv2_target_group_delete(group, {})
