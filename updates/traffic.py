"""Findings about requests: where an update sends them to no target, or to targets that count as unhealthy."""

from collections.abc import Iterator, Mapping
from typing import Any

from updates.change_set import Action, ChangeSet, Key, ResourceChange
from updates.findings import Finding, Kind
from updates.resources import finding, options
from updates.templates import references

_ELB = "AWS::ElasticLoadBalancingV2::"
_LISTENER, _RULE, _GROUP = f"{_ELB}Listener", f"{_ELB}ListenerRule", f"{_ELB}TargetGroup"
_SERVICE = "AWS::ECS::Service"
_PROCESS = "aws:elasticbeanstalk:environment:process:default"
# The status of a path that a replica does not serve.
_NOT_FOUND = 404


def traffic_findings(changes: ChangeSet) -> Iterator[Finding]:
    """Yield the findings about requests."""
    for change in changes.changes.values():
        yield from _empty_target_groups(changes, change)
        yield from _moved_services(changes, change)
        yield from _weights(changes, change)
        yield from _health_check(changes, change)
        yield from _closed_ports(changes, change)
        yield from _environment(changes, change)


def _empty_target_groups(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """A listener, or a rule of one, that serves already and forwards to a group that has no targets yet."""
    if change.type in (_LISTENER, _RULE):
        if change.action is Action.REMOVED or _belongs_to_new_listener(changes, change):
            return
        before, after = _target_groups(change.before), _target_groups(change.after)
        for group in sorted(after - before):
            if _is_new(changes, group[:2]):
                path = "DefaultActions" if change.type == _LISTENER else "Actions"
                text = "Requests get 503: the group has no targets until new replicas are healthy."
                yield finding(changes, Kind.EMPTY_TARGET_GROUP, change, path, text)
                return
    elif change.type == "AWS::ApiGatewayV2::Integration" and change.action is Action.MODIFIED:
        listeners = {one[:2] for one in references(change.after.get("IntegrationUri"))}
        if any(_is_new(changes, listener) for listener in listeners):
            text = "Requests get 503: the new load balancer has no targets until new replicas are healthy."
            yield finding(changes, Kind.EMPTY_TARGET_GROUP, change, "IntegrationUri", text)


def _moved_services(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """A running ECS service that moves to another target group, while listeners know one of the two only."""
    if change.type != _SERVICE or change.action is not Action.MODIFIED:
        return
    before, after = _groups_of_service(change.before), _groups_of_service(change.after)
    if before and after - before:
        text = "Requests get 503: old tasks leave their target group before the listener forwards to the new one."
        yield finding(changes, Kind.EMPTY_TARGET_GROUP, change, "LoadBalancers", text)


def _weights(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """A rule whose weights ECS sets, and whose change in the template sets them again.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
    """
    if change.type != _RULE or change.action is not Action.MODIFIED or change.key not in _switched(changes):
        return
    text = "CloudFormation sets the weights of the template again: requests go to the group that ECS has emptied."
    yield finding(changes, Kind.WEIGHTS_RESET, change, change.properties[0].path, text)


def _health_check(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    if change.type != _GROUP or change.action is not Action.MODIFIED or not change.changes("HealthCheckPath"):
        return
    if not _accepts(change.after.get("Matcher", {}).get("HttpCode", "200"), _NOT_FOUND):
        text = "Old replicas do not serve the new path, and count as unhealthy before new ones are."
        yield finding(changes, Kind.HEALTH_CHECK, change, "HealthCheckPath", text)


def _closed_ports(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """A security group that loses a rule of its own at once; rules that are resources are deleted at the end."""
    if change.type != "AWS::EC2::SecurityGroup" or change.action is not Action.MODIFIED:
        return
    for path in ("SecurityGroupIngress", "SecurityGroupEgress"):
        before, after = change.before.get(path) or [], change.after.get(path) or []
        kept = [_rule(rule) for rule in after]
        if any(_rule(rule) not in kept for rule in before):
            text = "The group closes a port at once, while old replicas serve on it."
            yield finding(changes, Kind.CLOSED_PORT, change, path, text)


def _environment(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """Elastic Beanstalk changes the target group before the instances, like CloudFormation."""
    if change.type != "AWS::ElasticBeanstalk::Environment" or change.action is not Action.MODIFIED:
        return
    before, after = options(change.before), options(change.after)
    if before.get((_PROCESS, "Port")) != after.get((_PROCESS, "Port")):
        text = "Requests get 502: instances with the old version do not listen on the new port of the target group."
        yield finding(changes, Kind.CLOSED_PORT, change, "OptionSettings/Port", text)
    path = (_PROCESS, "HealthCheckPath")
    if before.get(path) != after.get(path) and not _accepts(
        after.get((_PROCESS, "MatcherHTTPCode"), "200"), _NOT_FOUND
    ):
        text = "Old instances do not serve the new path, and count as unhealthy before new ones are."
        yield finding(changes, Kind.HEALTH_CHECK, change, "OptionSettings/HealthCheckPath", text)


def _target_groups(properties: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """The target groups that a listener or a rule forwards requests to."""
    found: set[tuple[str, str, str]] = set()
    for action in [*properties.get("DefaultActions", []), *properties.get("Actions", [])]:
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        weighted = [group["TargetGroupArn"] for group in groups if int(group.get("Weight", 1)) > 0]
        found |= {_marked(arn) for arn in [*weighted, action.get("TargetGroupArn")] if arn}
    return found


def _groups_of_service(properties: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {_marked(one["TargetGroupArn"]) for one in properties.get("LoadBalancers", []) if "TargetGroupArn" in one}


def _marked(arn: str) -> tuple[str, str, str]:
    """Stack and logical ID of a target group, and the text, which differs if the group is replaced."""
    found = references(arn)
    return (*found[0][:2], arn) if found else ("", "", arn)


def _is_new(changes: ChangeSet, key: tuple[str, ...]) -> bool:
    change = changes.changes.get((key[0], key[1]))
    return change is not None and change.is_new


def _belongs_to_new_listener(changes: ChangeSet, change: ResourceChange) -> bool:
    if change.type == _LISTENER:
        return change.is_new
    return any(_is_new(changes, one[:2]) for one in references(change.after.get("ListenerArn")))


def _switched(changes: ChangeSet) -> set[Key]:
    """The rules that ECS changes with each blue/green deployment of a service that stays."""
    found: set[Key] = set()
    for key, (type_, properties) in changes.existing.items():
        change = changes.changes.get(key)
        if type_ != _SERVICE or (change and change.action is not Action.MODIFIED):
            continue
        for balancer in properties.get("LoadBalancers", []):
            found |= {one[:2] for one in references(balancer.get("AdvancedConfiguration", {}))}
    return found


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "Description"}


def _accepts(matcher: str, status: int) -> bool:
    """Return whether a matcher such as `200,300-399` includes a status."""
    ranges = (part.partition("-") for part in str(matcher).split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)
