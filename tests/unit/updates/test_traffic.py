"""Findings about requests: empty target groups, reset weights, health checks and closed ports."""

from typing import Any

import pytest

from tests.unit.updates.samples import ELB, behind_load_balancer, blue_green, findings, kinds, template
from updates.findings import Kind
from updates.traffic import _accepts

LISTENER, GROUP, RULE = f"{ELB}Listener", f"{ELB}TargetGroup", f"{ELB}ListenerRule"
SERVICE, BEANSTALK = "AWS::ECS::Service", "AWS::ElasticBeanstalk::Environment"


def test_another_image_is_no_finding() -> None:
    assert kinds(behind_load_balancer(task="1"), behind_load_balancer(task="2")) == []
    assert kinds(blue_green(), blue_green()) == []


def test_a_listener_that_forwards_to_a_replaced_target_group_finds_no_targets() -> None:
    found = findings(behind_load_balancer(port=8080), behind_load_balancer(port=9090))
    assert [(one.kind, one.type, one.property) for one in found] == [
        (Kind.EMPTY_TARGET_GROUP, SERVICE, "LoadBalancers"),
        (Kind.EMPTY_TARGET_GROUP, LISTENER, "DefaultActions"),
        (Kind.REPLACEMENT, GROUP, "Port"),
    ]
    assert found[1].cascade == (
        f"Service/Group {GROUP}: Port",
        f"Service/Listener {LISTENER}: DefaultActions/*/TargetGroupArn",
    )


def test_a_new_load_balancer_has_no_targets_that_could_be_missed() -> None:
    assert kinds(template(), behind_load_balancer()) == []


def test_blue_green_with_a_rule_to_new_groups_finds_no_targets() -> None:
    after = blue_green()
    resources = after["Resources"]
    resources["Blue"] = resources.pop("Group")
    text = resources["Rule"]["Properties"]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    text[0]["TargetGroupArn"] = {"Ref": "Blue"}
    resources["Service"]["Properties"]["LoadBalancers"][0]["TargetGroupArn"] = {"Ref": "Blue"}
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    resources["Listener"]["Properties"]["DefaultActions"] = [fixed]
    found = kinds(behind_load_balancer(), after)
    assert (Kind.EMPTY_TARGET_GROUP, RULE, "Actions") in found
    assert (Kind.EMPTY_TARGET_GROUP, SERVICE, "LoadBalancers") in found


def test_blue_green_that_keeps_the_group_of_the_running_tasks_is_no_finding() -> None:
    assert kinds(behind_load_balancer(), blue_green()) == []


@pytest.mark.parametrize("change", [{"priority": 2}, {"tags": [{"Key": "team", "Value": "orders"}]}], ids=str)
def test_a_changed_rule_that_ecs_switches_resets_the_weights(change: dict[str, Any]) -> None:
    assert [(kind, type_) for kind, type_, _ in kinds(blue_green(), blue_green(**change))] == [
        (Kind.WEIGHTS_RESET, RULE)
    ]


def test_a_changed_rule_that_ecs_does_not_switch_resets_nothing() -> None:
    before, after = blue_green(), blue_green(priority=2)
    for one in (before, after):
        del one["Resources"]["Service"]["Properties"]["LoadBalancers"][0]["AdvancedConfiguration"]
    assert kinds(before, after) == []


@pytest.mark.parametrize(("codes", "is_finding"), [("200", True), ("200,300-399", True), ("200-499", False)])
def test_old_replicas_do_not_serve_a_new_health_check_path(codes: str, is_finding: bool) -> None:
    before, after = (behind_load_balancer(path=path, codes=codes) for path in ("/livez", "/healthz"))
    assert kinds(before, after) == ([(Kind.HEALTH_CHECK, GROUP, "HealthCheckPath")] if is_finding else [])


def test_a_matcher_is_a_list_of_codes_and_ranges() -> None:
    assert _accepts("404", 404)
    assert _accepts("200,400-410", 404)
    assert not _accepts("200-403", 404)


def test_an_http_api_that_moves_to_a_new_load_balancer_finds_no_targets() -> None:
    def stack(listener: str) -> dict[str, Any]:
        integration = {"ApiId": "api", "IntegrationUri": {"Ref": listener}}
        old = (LISTENER, {"LoadBalancerArn": "old", "Port": 80})
        new = {"New": (LISTENER, {"LoadBalancerArn": "new", "Port": 80})} if listener == "New" else {}
        return template(Old=old, Integration=("AWS::ApiGatewayV2::Integration", integration), **new)

    expected = (Kind.EMPTY_TARGET_GROUP, "AWS::ApiGatewayV2::Integration", "IntegrationUri")
    assert kinds(stack("Old"), stack("New")) == [expected]


@pytest.mark.parametrize("direction", ["SecurityGroupIngress", "SecurityGroupEgress"])
def test_a_security_group_that_closes_a_port_is_found(direction: str) -> None:
    def group(*ports: int) -> dict[str, Any]:
        rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/16"} for port in ports]
        return template(Group=("AWS::EC2::SecurityGroup", {direction: rules}))

    assert kinds(group(8080), group(9090)) == [(Kind.CLOSED_PORT, "AWS::EC2::SecurityGroup", direction)]
    assert kinds(group(8080), group(8080, 9090)) == []


def environment(**options: str) -> dict[str, Any]:
    namespace = "aws:elasticbeanstalk:environment:process:default"
    settings = [{"Namespace": namespace, "OptionName": name, "Value": value} for name, value in options.items()]
    return template(Environment=(BEANSTALK, {"OptionSettings": settings}))


def test_an_environment_changes_its_target_group_before_its_instances() -> None:
    before = environment(Port="8080", HealthCheckPath="/livez")
    assert kinds(before, environment(Port="9090", HealthCheckPath="/livez")) == [
        (Kind.CLOSED_PORT, BEANSTALK, "OptionSettings/Port")
    ]
    assert kinds(before, environment(Port="8080", HealthCheckPath="/healthz")) == [
        (Kind.HEALTH_CHECK, BEANSTALK, "OptionSettings/HealthCheckPath")
    ]
    any_response = {"Port": "80", "MatcherHTTPCode": "200-499"}
    assert (
        kinds(environment(HealthCheckPath="/a", **any_response), environment(HealthCheckPath="/b", **any_response))
        == []
    )
