"""Several services on one load balancer: rules, priorities, alarms, and what is rejected."""

import json
from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb

from microservice import FargateMicroservice, ServiceSpec, SharedLoadBalancer
from microservice.ingress.listener_rules import MAX_EXPLICIT_PRIORITY, MAX_PRIORITY, derived_priority
from tests.conftest import Template, resources
from tests.unit.microservice.endpoints import LISTENER, certificate, existing_load_balancer, shared_load_balancer
from tests.unit.microservice.targets import IMAGE, TARGETS, stack_with

WITH_INGRESS = sorted({*TARGETS} - {"AppRunnerMicroservice", "ExpressMicroservice", "LambdaMicroservice"})
HOST = "shop.example.com"


class App:
    """A stack with the network and the load balancer, and a stack for each service."""

    def __init__(self, make: Callable[[cdk.Stack, ec2.Vpc], SharedLoadBalancer] = shared_load_balancer) -> None:
        self.app = cdk.App()
        self.network = cdk.Stack(self.app, "Network")
        self.vpc = ec2.Vpc(self.network, "Vpc", max_azs=2)
        self.cluster = ecs.Cluster(self.network, "Cluster", vpc=self.vpc)
        self.shared = make(self.network, self.vpc)

    def add(
        self, name: str, *, blue_green: bool = False, shared: SharedLoadBalancer | None = None, **route: Any
    ) -> FargateMicroservice:
        stack = cdk.Stack(self.app, name.capitalize())
        return FargateMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name=name),
            image=IMAGE,
            cluster=self.cluster,
            ingress=(shared or self.shared).route(**{"host": HOST, **route}),
            blue_green_bake_time=cdk.Duration.minutes(10) if blue_green else None,
        )

    def template(self, stack: str) -> Template:
        return cast(
            "Template", assertions.Template.from_stack(cast("cdk.Stack", self.app.node.find_child(stack))).to_json()
        )


def rule_of(template: Template) -> dict[str, Any]:
    [rule] = resources(template, "AWS::ElasticLoadBalancingV2::ListenerRule")
    return rule


def values(rule: dict[str, Any], field: str, key: str) -> list[str]:
    [found] = [each[key]["Values"] for each in rule["Conditions"] if each["Field"] == field]
    return cast("list[str]", found)


def test_two_services_share_one_load_balancer_by_path() -> None:
    app = App()
    app.add("bills", paths=["/bills", "/bills/*"])
    app.add("carts")
    bills, carts = rule_of(app.template("Bills")), rule_of(app.template("Carts"))
    assert values(bills, "host-header", "HostHeaderConfig") == [HOST]
    assert values(bills, "path-pattern", "PathPatternConfig") == ["/bills", "/bills/*"]
    assert [each["Field"] for each in carts["Conditions"]] == ["host-header"]
    assert bills["Priority"] < carts["Priority"]
    for stack in ("Bills", "Carts"):
        assert not resources(app.template(stack), "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert len(resources(app.template("Network"), "AWS::ElasticLoadBalancingV2::LoadBalancer")) == 1


def test_the_url_is_https_at_the_host() -> None:
    service = App().add("bills", paths=["/bills/*"])
    assert service.url == f"https://{HOST}"
    assert not service.ingress.is_private


def test_requests_without_a_service_get_404_and_http_is_redirected() -> None:
    app = App()
    app.add("bills")
    found = {each["Port"]: each for each in resources(app.template("Network"), "AWS::ElasticLoadBalancingV2::Listener")}
    [action] = found[443]["DefaultActions"]
    assert (action["Type"], action["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "404")
    assert found[80]["DefaultActions"][0]["Type"] == "redirect"


def test_services_of_one_host_share_its_record() -> None:
    app = App()
    app.add("bills", paths=["/bills/*"])
    app.add("carts")
    app.add("stock", host="stock.example.com")
    names = [each["Name"] for each in resources(app.template("Network"), "AWS::Route53::RecordSet")]
    assert names == [f"{HOST}.", "stock.example.com."]


def test_another_service_changes_neither_the_rule_nor_the_priority_of_a_service() -> None:
    alone, among = App(), App()
    alone.add("bills", paths=["/bills/*"])
    among.add("aaa", host="a.example.com")
    among.add("bills", paths=["/bills/*"])
    among.add("zzz", host="z.example.com", priority=1)
    assert alone.template("Bills") == among.template("Bills")


def test_derived_priorities_prefer_specific_paths_and_leave_room_for_explicit_ones() -> None:
    ranks = [derived_priority(HOST, paths) for paths in (["/a/b/c/*"], ["/a/b/*"], ["/a", "/a/*"], ["/*"], [])]
    assert ranks[:4] == sorted(ranks[:4])
    assert ranks[4] > ranks[2]
    assert all(MAX_EXPLICIT_PRIORITY < each <= MAX_PRIORITY for each in ranks)
    assert derived_priority(HOST, ["/a", "/b"]) == derived_priority(HOST, ["/b", "/a"])
    assert derived_priority(HOST, ["/a/" * 40]) > MAX_EXPLICIT_PRIORITY


@pytest.mark.parametrize("make", [shared_load_balancer, existing_load_balancer])
def test_the_same_host_and_paths_are_rejected(make: Callable[[cdk.Stack, ec2.Vpc], SharedLoadBalancer]) -> None:
    app = App(make)
    app.add("bills", paths=["/bills", "/bills/*"])
    with pytest.raises(ValueError, match=r"Carts/.*host='shop.example.com' with paths=.*Bills/Service.*other paths"):
        app.add("carts", paths=["/bills/*", "/bills"])


def test_the_same_explicit_priority_is_rejected() -> None:
    app = App()
    app.add("bills", paths=["/bills/*"], priority=7)
    with pytest.raises(ValueError, match=r"Carts/.*priority=7 is not valid.*Bills/Service.*from 1 to 1000"):
        app.add("carts", priority=7)


def test_one_existing_listener_that_is_imported_twice_is_still_one() -> None:
    app = App(existing_load_balancer)
    app.add("bills", priority=7)
    again = existing_load_balancer(app.network, app.vpc, "Again")
    with pytest.raises(ValueError, match="priority=7"):
        app.add("carts", shared=again, host="carts.example.com", priority=7)


def test_an_existing_load_balancer_gets_a_rule_and_no_dependency_on_its_stack() -> None:
    app = App(existing_load_balancer)
    app.add("bills", paths=["/bills/*"])
    template = app.template("Bills")
    assert rule_of(template)["ListenerArn"] == LISTENER
    [ingress] = resources(template, "AWS::EC2::SecurityGroupIngress")
    assert ingress["SourceSecurityGroupId"] == "sg-00000000"
    [egress] = resources(template, "AWS::EC2::SecurityGroupEgress")
    assert egress["GroupId"] == "sg-00000000"
    assert not resources(app.template("Network"), "AWS::ElasticLoadBalancingV2::LoadBalancer")


def test_the_alarm_counts_the_target_group_of_the_service_only() -> None:
    app = App()
    app.add("bills", paths=["/bills/*"])
    [alarm] = resources(app.template("Bills"), "AWS::CloudWatch::Alarm")
    metrics = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]
    assert {each["MetricName"] for each in metrics} == {
        "HTTPCode_Target_5XX_Count",
        "RequestCount",
        "TargetConnectionErrorCount",
    }
    for each in metrics:
        assert "TargetGroup" in {dimension["Name"] for dimension in each["Dimensions"]}


def test_blue_green_switches_the_rule_of_the_service_and_its_alarm_counts_both_groups() -> None:
    app = App()
    app.add("bills", blue_green=True, paths=["/bills/*"])
    template = app.template("Bills")
    rule = rule_of(template)
    weights = [each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]
    assert weights == [100, 0]
    assert values(rule, "path-pattern", "PathPatternConfig") == ["/bills/*"]
    [alarm] = resources(template, "AWS::CloudWatch::Alarm")
    assert len([each for each in alarm["Metrics"] if "MetricStat" in each]) == 6
    [service] = [each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::Service"]
    switched = service["Properties"]["LoadBalancers"][0]["AdvancedConfiguration"]["ProductionListenerRule"]["Ref"]
    assert template["Resources"][switched]["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
    assert switched in service["DependsOn"]


def test_a_service_keeps_its_rule_when_it_changes_to_blue_green() -> None:
    rules = []
    for blue_green in (False, True):
        app = App()
        app.add("bills", blue_green=blue_green)
        template = app.template("Bills")
        [name] = [
            each
            for each, found in template["Resources"].items()
            if found["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
        ]
        rules.append((name, {**template["Resources"][name]["Properties"], "Actions": None}))
    assert rules[0] == rules[1]


@pytest.mark.parametrize("target", sorted({*WITH_INGRESS} - {"BeanstalkMicroservice"}))
def test_replicas_start_after_the_rule_and_the_load_balancer_may_reach_them(target: str) -> None:
    def route(stack: cdk.Stack) -> Any:
        return shared_load_balancer(stack, cast("ec2.Vpc", stack.node.find_child("Vpc"))).route(host=HOST)

    template = assertions.Template.from_stack(stack_with(target, app=cdk.App(), ingress=route)).to_json()
    [rule] = [
        name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
    ]
    kinds = (
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::ECS::Service",
        "Custom::AWSCDK-EKS-HelmChart",
    )
    [replicas] = [found for found in template["Resources"].values() if found["Type"] in kinds]
    assert rule in replicas["DependsOn"]
    [balancer] = [
        name
        for name, found in template["Resources"].items()
        if name.startswith("SharedLoadBalancerSecurityGroup") and found["Type"] == "AWS::EC2::SecurityGroup"
    ]
    opened = [
        found
        for found in resources(template, "AWS::EC2::SecurityGroupIngress")
        if balancer in json.dumps(found.get("SourceSecurityGroupId"))
    ]
    assert len(opened) == 1


def test_beanstalk_rejects_a_shared_load_balancer() -> None:
    def route(stack: cdk.Stack) -> Any:
        return shared_load_balancer(stack, cast("ec2.Vpc", stack.node.find_child("Vpc"))).route(host=HOST)

    with pytest.raises(ValueError, match=r"not supported by Elastic Beanstalk.*allowed: HttpApiVpcLink, CustomDomain"):
        stack_with("BeanstalkMicroservice", app=cdk.App(), ingress=route)


def test_a_web_acl_is_associated() -> None:
    acl = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/team/1"
    app = App(
        lambda stack, vpc: SharedLoadBalancer(
            stack, "Shared", vpc=vpc, certificates=[certificate(stack)], web_acl_arn=acl
        )
    )
    [found] = resources(app.template("Network"), "AWS::WAFv2::WebACLAssociation")
    assert found["WebACLArn"] == acl


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ({"host": "*.example.com"}, r"host='\*.example.com' is not valid .allowed: a lower-case domain name"),
        ({"host": "https://shop.example.com"}, "host="),
        ({"host": "shop.example.org"}, "not inside the hosted zone"),
        ({"host": HOST, "paths": ["bills"]}, r"paths=\['bills'\] is not valid"),
        ({"host": HOST, "paths": "/bills"}, "a list of different patterns"),
        ({"host": HOST, "paths": ["/a", "/a"]}, "a list of different patterns"),
        ({"host": HOST, "paths": ["/a", "/b", "/c", "/d", "/e"]}, "are 5 patterns .allowed: up to 4"),
        ({"host": HOST, "priority": 0}, "priority=0 is not valid .allowed: 1 to 1000"),
        ({"host": HOST, "priority": 1001}, "priority=1001"),
    ],
)
def test_a_route_that_is_not_valid_is_rejected(route: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        App().shared.route(**route)


def test_a_load_balancer_is_either_new_or_existing() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    with pytest.raises(ValueError, match=r"none of them is not valid .allowed: certificates, .* Set one of the two"):
        SharedLoadBalancer(stack, "One", vpc=vpc)
    existing = existing_load_balancer(stack, vpc)
    with pytest.raises(ValueError, match="web_acl_arn is not supported with an existing load balancer"):
        SharedLoadBalancer(
            stack,
            "Two",
            vpc=vpc,
            load_balancer=existing.load_balancer,
            listener=cast("elb.IApplicationListener", existing.listener),
            web_acl_arn="arn:aws:wafv2:us-east-1:000000000000:regional/webacl/team/1",
        )
