"""The network without a route to the internet: subnets, endpoints, targets, and what they cost."""

import json

import pytest

from deployment.assembly import Assembly
from pricing.prices import PriceList
from pricing.report import cost_report
from pricing.usage import HOURS_PER_MONTH, Usage
from tests.conftest import Synthesise, Synthesised, resources

SERVICES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "states", "xray"]


@pytest.fixture(scope="module")
def isolated(variant: Synthesise) -> Synthesised:
    return variant(context={"network": "isolated"})


def test_there_is_no_route_to_the_internet(isolated: Synthesised) -> None:
    network = isolated.templates["OrdersNetwork"]
    for kind in ("NatGateway", "InternetGateway", "Route", "EIP"):
        assert not resources(network, f"AWS::EC2::{kind}"), kind


def test_each_service_that_tasks_call_has_an_endpoint_with_a_private_name(isolated: Synthesised) -> None:
    endpoints = resources(isolated.templates["OrdersNetwork"], "AWS::EC2::VPCEndpoint")
    interfaces = [each for each in endpoints if each["VpcEndpointType"] == "Interface"]
    names = sorted(json.dumps(each["ServiceName"]).rpartition('"com.')[2] or "" for each in interfaces)
    assert len(names) == len(SERVICES)
    for service in SERVICES:
        assert any(f".{service}" in json.dumps(each["ServiceName"]) for each in interfaces), service
    assert all(each["PrivateDnsEnabled"] is True for each in interfaces)
    gateways = json.dumps([each["ServiceName"] for each in endpoints if each["VpcEndpointType"] == "Gateway"])
    assert ".s3" in gateways
    assert ".dynamodb" in gateways


def test_endpoints_accept_https_from_the_vpc_only(isolated: Synthesised) -> None:
    [rules] = [
        group["SecurityGroupIngress"]
        for group in resources(isolated.templates["OrdersNetwork"], "AWS::EC2::SecurityGroup")
        if "Interface endpoints" in group["GroupDescription"]
    ]
    [rule] = rules
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    assert "CidrBlock" in json.dumps(rule["CidrIp"])


def test_tasks_and_load_balancers_are_in_isolated_subnets(isolated: Synthesised) -> None:
    fargate, workflow = isolated.templates["OrdersOnEcsFargate"], isolated.templates["OrdersWorkflow"]
    [service] = resources(fargate, "AWS::ECS::Service")
    [balancer] = resources(fargate, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert "IsolatedSubnet" in json.dumps(service["NetworkConfiguration"])
    assert "IsolatedSubnet" in json.dumps(balancer["Subnets"])
    assert "IsolatedSubnet" in json.dumps(resources(workflow, "AWS::StepFunctions::StateMachine"))


def test_targets_with_instances_or_a_cluster_in_the_network_are_left_out(isolated: Synthesised) -> None:
    found = {target.TARGET_ID for target in isolated.targets}
    assert {"ecs-fargate", "ecs-express", "lambda"} <= found
    assert found.isdisjoint({"ecs-managed-instances", "eks-auto", "eks-fargate", "beanstalk", "ec2-podman"})
    assert "OrdersEksCluster" not in isolated.templates


def test_endpoints_are_priced_by_zone_and_by_data(isolated: Synthesised) -> None:
    report = cost_report(Assembly.load(isolated.directory), Usage(), PriceList.load())
    [fargate] = [each for each in report.cost_models if each.target == "ecs-fargate"]
    hours = [each for each in fargate.charges if each.item == "interface endpoint"]
    assert sum(each.quantity * each.unit_price_usd * HOURS_PER_MONTH for each in hours) == pytest.approx(87.60)
    data = {each.usage_metric: each for each in fargate.charges if each.item == "data through the interface endpoint"}
    assert set(data) == {"log_gb", "span_gb"}
    assert data["log_gb"].quantity == 1
    assert data["span_gb"].quantity == pytest.approx(0.05)
    assert "NAT gateway" not in {each.item for each in fargate.charges}


def test_another_network_is_rejected(variant: Synthesise) -> None:
    with pytest.raises(ValueError, match=r"network='none' is not valid .allowed: nat, isolated.*-c network=isolated"):
        variant(context={"network": "none"})
