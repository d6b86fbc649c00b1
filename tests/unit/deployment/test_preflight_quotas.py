"""Quotas that one deployment can exceed, and the capacity that its services start with."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from deployment.preflight import capacity
from deployment.preflight.account import DeployedStack
from deployment.preflight.checks import quotas
from deployment.preflight.finding import Finding, Outcome
from tests.unit.deployment.aws_responses import account, error, moto_account, plan_of, stub

CHECKS = {check.name.removeprefix("quota: "): check for check in quotas.CHECKS}
QUOTAS = {quota.name: quota for quota in quotas.QUOTAS}
VPC = {"Vpc": {"Type": "AWS::EC2::VPC"}}
FARGATE = {
    "Definition": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": "256"}},
    "Service": {
        "Type": "AWS::ECS::Service",
        "Properties": {"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "Definition"}},
    },
    "Target": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {"MinCapacity": 2, "ResourceId": {"Fn::Join": ["", ["service/", {"Ref": "Service"}]]}},
    },
}
USAGE = {
    "MetricNamespace": "AWS/Usage",
    "MetricName": "ResourceCount",
    "MetricDimensions": {"Service": "Fargate", "Resource": "vCPU"},
}


def only(findings: Any) -> Finding:
    [found] = findings
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(("used", "outcome"), [(4, Outcome.PASSED), (5, Outcome.FAILED)])
def test_a_quota_has_room_up_to_its_value(used: int, outcome: Outcome) -> None:
    found = quotas.judge(QUOTAS["VPCs"], 1, used, 5)
    assert (found.outcome, found.summary) == (outcome, f"{used} of 5 in use, 1 more needed")


def test_the_command_requests_what_the_deployment_needs() -> None:
    fix = quotas.judge(QUOTAS["Elastic IP addresses"], 2, 5, 5).fix[0]
    assert fix == (
        "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 7"
    )


def test_a_quota_without_a_code_is_requested_on_its_page() -> None:
    assert "servicequotas/home/services/apigateway" in quotas.judge(QUOTAS["VPC Links"], 1, 10, 10).fix[0]


@mock_aws
def test_vpcs_of_the_account_are_counted() -> None:
    aws = moto_account()
    plan = plan_of({"OrdersNetwork": VPC, "OrdersPublicNetwork": VPC})
    existing = len(aws.client("ec2").describe_vpcs()["Vpcs"])
    for _ in range(5 - existing):
        aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    found = only(CHECKS["VPCs"].findings(plan, aws))
    assert (found.outcome, found.summary) == (Outcome.FAILED, "5 of 5 in use, 2 more needed")


@mock_aws
def test_vpc_links_of_an_empty_account_pass() -> None:
    plan = plan_of({"OrdersNetwork": {"L": {"Type": "AWS::ApiGatewayV2::VpcLink"}}})
    aws = moto_account()
    assert only(CHECKS["VPC Links"].findings(plan, aws)).summary == "0 of 10 in use, 1 more needed"


def test_addresses_and_load_balancers_are_counted() -> None:
    resources = {"A": {"Type": "AWS::EC2::EIP"}, "B": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}}
    aws = account(
        ec2=stub("ec2", ("describe_addresses", {"Addresses": [{"PublicIp": "192.0.2.1"}]})),
        elbv2=stub(
            "elbv2", ("describe_load_balancers", {"LoadBalancers": [{"Type": "application"}, {"Type": "network"}]})
        ),
        service_quotas=stub("service-quotas", *[("get_service_quota", {"Quota": {"Value": 5.0}})] * 2),
    )
    for name in ("Elastic IP addresses", "Application Load Balancers"):
        found = only(CHECKS[name].findings(plan_of({"S": resources}), aws))
        assert found.summary == "1 of 5 in use, 1 more needed"


def test_deployed_resources_need_nothing_more_and_ask_nothing() -> None:
    deployed = {"OrdersNetwork": DeployedStack(name="OrdersNetwork", status="CREATE_COMPLETE", resources={"Vpc": "v"})}
    assert only(CHECKS["VPCs"].findings(plan_of({"OrdersNetwork": VPC}), account(deployed))).outcome is Outcome.PASSED


@mock_aws
def test_nat_gateways_are_counted_in_the_zone_of_the_new_one() -> None:
    aws = moto_account()
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for zone, cidr, gateways in (("us-east-1a", "10.0.0.0/24", 5), ("us-east-1b", "10.0.1.0/24", 1)):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for _ in range(gateways):
            ec2.create_nat_gateway(SubnetId=subnet)
    for zone, outcome in (("us-east-1a", Outcome.FAILED), ("us-east-1b", Outcome.PASSED)):
        subnet_resource = {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}
        gateway = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "S"}}}
        plan = plan_of({"OrdersNetwork": {"S": subnet_resource, "G": gateway}})
        assert only(CHECKS["NAT gateways in a zone"].findings(plan, aws)).outcome is outcome


def test_the_usage_is_the_latest_value_of_the_usage_metric() -> None:
    points = [
        {"Timestamp": datetime(2026, 11, 28, 12, 5, tzinfo=UTC), "Maximum": 5.75},
        {"Timestamp": datetime(2026, 11, 28, 12, 0, tzinfo=UTC), "Maximum": 1.0},
    ]
    aws = account(
        service_quotas=stub("service-quotas", ("get_service_quota", {"Quota": {"Value": 6.0, "UsageMetric": USAGE}})),
        cloudwatch=stub("cloudwatch", ("get_metric_statistics", {"Datapoints": points})),
    )
    found = only(CHECKS["Fargate vCPUs"].findings(plan_of({"S": FARGATE}), aws))
    assert (found.outcome, found.summary) == (Outcome.FAILED, "5.75 of 6 in use, 0.5 more needed")


def test_a_quota_that_was_never_changed_has_the_default_of_aws() -> None:
    aws = account(
        service_quotas=stub(
            "service-quotas",
            error("get_service_quota", "NoSuchResourceException"),
            ("get_aws_default_service_quota", {"Quota": {"Value": 4000.0}}),
        )
    )
    assert "0 of 4000" in only(CHECKS["Fargate vCPUs"].findings(plan_of({"S": FARGATE}), aws)).summary


def test_a_missing_permission_is_not_checked() -> None:
    aws = account(service_quotas=stub("service-quotas", error("get_service_quota", "AccessDeniedException")))
    found = only(CHECKS["Fargate vCPUs"].findings(plan_of({"S": FARGATE}), aws))
    assert found.outcome is Outcome.NOT_CHECKED
    assert found.summary == "the permission servicequotas:GetServiceQuota is missing"


def test_fargate_tasks_count_with_the_minimum_of_their_scaling() -> None:
    express = {
        "Definition": FARGATE["Definition"],
        "Service": {
            "Type": "AWS::ECS::ExpressGatewayService",
            "Properties": {"TaskDefinitionArn": {"Ref": "Definition"}, "ScalingTarget": {"MinTaskCount": 3}},
        },
    }
    plan = plan_of({"OrdersOnEcsFargate": FARGATE, "OrdersOnEcsExpress": express})
    assert capacity.fargate_vcpus(plan, account()) == 2 * 0.25 + 3 * 0.25


def test_tasks_on_instances_are_no_fargate_tasks() -> None:
    strategy = [{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]
    service = {"Type": "AWS::ECS::Service", "Properties": {"CapacityProviderStrategy": strategy, "DesiredCount": 2}}
    assert capacity.fargate_vcpus(plan_of({"S": {"Service": service}}), account()) == 0


def test_instances_of_groups_environments_providers_and_clusters_are_counted() -> None:
    launch_template = {"LaunchTemplateData": {"InstanceType": "t3.small"}}
    options = [
        {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": "3"},
        {"Namespace": "aws:ec2:instances", "OptionName": "InstanceTypes", "Value": "m5.xlarge, m5.large"},
    ]
    instances = {"InstanceRequirements": {"VCpuCount": {"Min": 8}}}
    resources = {
        "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": launch_template},
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {"MinSize": "2", "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}}},
        },
        "Environment": {"Type": "AWS::ElasticBeanstalk::Environment", "Properties": {"OptionSettings": options}},
        "Provider": {
            "Type": "AWS::ECS::CapacityProvider",
            "Properties": {"ManagedInstancesProvider": {"InstanceLaunchTemplate": instances}},
        },
        "Cluster": {"Type": "AWS::EKS::Cluster", "Properties": {"ComputeConfig": {"Enabled": True}}},
    }
    described = [("describe_instance_types", {"InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": n}}]}) for n in (2, 4)]
    assert capacity.ec2_vcpus(plan_of({"S": resources}), account(ec2=stub("ec2", *described))) == 2 * 2 + 3 * 4 + 8 + 2
