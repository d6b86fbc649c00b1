"""What constructs can be asked for beside what this app asks for."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from microservice import CustomDomain
from tests.conftest import Synthesise, Template, resources
from tests.snapshot.options import CERTIFICATE, add_options


@pytest.fixture(scope="module")
def asked(variant: Synthesise) -> dict[str, Template]:
    return variant(prepare=add_options).templates


def one(template: Template, kind: str) -> dict[str, Any]:
    [found] = resources(template, kind)
    return found


def listeners(template: Template) -> dict[int, dict[str, Any]]:
    return {found["Port"]: found for found in resources(template, "AWS::ElasticLoadBalancingV2::Listener")}


def test_own_domain_answers_by_tls_1_3_with_the_certificate(asked: dict[str, Template]) -> None:
    https = listeners(asked["OwnDomain"])[443]
    assert https["Protocol"] == "HTTPS"
    assert https["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert asked["OwnDomain"]["Outputs"]["Url"]["Value"] == "https://bills.example.com"


def test_own_domain_sends_plain_http_to_https_and_nowhere_else(asked: dict[str, Template]) -> None:
    [action] = listeners(asked["OwnDomain"])[80]["DefaultActions"]
    assert action["Type"] == "redirect"
    assert action["RedirectConfig"]["Protocol"] == "HTTPS"
    assert action["RedirectConfig"]["Port"] == "443"


def test_own_domain_is_a_public_load_balancer_and_no_http_api(asked: dict[str, Template]) -> None:
    template = asked["OwnDomain"]
    assert one(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    assert not resources(template, "AWS::ApiGatewayV2::Api")
    record = one(template, "AWS::Route53::RecordSet")
    assert (record["Type"], record["Name"], record["HostedZoneId"]) == ("A", "bills.example.com.", "Z0000000000000")


def test_own_domain_keeps_tasks_out_of_reach(asked: dict[str, Template]) -> None:
    network = one(asked["OwnDomain"], "AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    [rule] = resources(asked["OwnDomain"], "AWS::EC2::SecurityGroupIngress")
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert "SourceSecurityGroupId" in rule


def test_own_domain_counts_the_load_balancers_own_failures_too(asked: dict[str, Template]) -> None:
    counted = json.dumps(one(asked["OwnDomain"], "AWS::CloudWatch::Alarm")["Metrics"])
    assert "HTTPCode_Target_5XX_Count" in counted
    assert "HTTPCode_ELB_5XX_Count" in counted


def test_a_name_outside_the_zone_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0", zone_name="example.com")
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    with pytest.raises(ValueError, match=r"domain 'billsexample.com' cannot be used: .* end with 'example.com'; fix:"):
        CustomDomain(name="billsexample.com", zone=zone, certificate=certificate)
    assert CustomDomain(name="example.com", zone=zone, certificate=certificate).name == "example.com"


def test_blue_green_on_ecs_moves_all_requests_and_can_take_them_back(asked: dict[str, Template]) -> None:
    template = asked["BlueGreenFargate"]
    service = one(template, "AWS::ECS::Service")
    deployment = service["DeploymentConfiguration"]
    assert (deployment["Strategy"], deployment["BakeTimeInMinutes"]) == ("BLUE_GREEN", 10)
    assert deployment["Alarms"]["Rollback"] is True
    assert deployment["Alarms"]["Enable"] is True
    [balanced] = service["LoadBalancers"]
    switch = balanced["AdvancedConfiguration"]
    assert switch["AlternateTargetGroupArn"] != balanced["TargetGroupArn"]
    rule = template["Resources"][switch["ProductionListenerRule"]["Ref"]]
    weights = {
        group["TargetGroupArn"]["Ref"]: group["Weight"]
        for group in rule["Properties"]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    }
    assert weights == {balanced["TargetGroupArn"]["Ref"]: 100, switch["AlternateTargetGroupArn"]["Ref"]: 0}


def test_blue_green_on_ecs_checks_both_groups_and_outlives_the_service(asked: dict[str, Template]) -> None:
    template = asked["BlueGreenFargate"]
    groups = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert [group["HealthCheckPath"] for group in groups] == ["/livez", "/livez"]
    [service] = [found for found in template["Resources"].values() if found["Type"] == "AWS::ECS::Service"]
    switch = service["Properties"]["LoadBalancers"][0]["AdvancedConfiguration"]
    assert switch["ProductionListenerRule"]["Ref"] in service["DependsOn"]
    [policy] = template["Resources"][switch["RoleArn"]["Fn::GetAtt"][0]]["Properties"]["ManagedPolicyArns"]
    assert "AmazonECSInfrastructureRolePolicyForLoadBalancers" in json.dumps(policy)


def test_blue_green_on_lambda_gives_a_tenth_first_and_goes_back_by_alarm(asked: dict[str, Template]) -> None:
    template = asked["BlueGreenLambda"]
    routing = one(template, "AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"]
    assert routing["TimeBasedCanary"] == {"CanaryInterval": 10, "CanaryPercentage": 10}
    group = one(template, "AWS::CodeDeploy::DeploymentGroup")
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    [alarm] = group["AlarmConfiguration"]["Alarms"]
    decides = template["Resources"][alarm["Name"]["Ref"]]["Properties"]["Metrics"]
    measured = {found["MetricStat"]["Metric"]["MetricName"] for found in decides if "MetricStat" in found}
    assert measured == {"Url5xxCount", "UrlRequestCount"}
    [alias] = [found for found in template["Resources"].values() if found["Type"] == "AWS::Lambda::Alias"]
    assert "CodeDeployLambdaAliasUpdate" in alias["UpdatePolicy"]


def test_blue_green_is_off_unless_asked_for(templates: dict[str, Template]) -> None:
    assert "BLUE_GREEN" not in json.dumps(templates)
    assert "AWS::CodeDeploy" not in json.dumps(templates)


def test_from_source_app_runner_builds_what_the_spec_says(asked: dict[str, Template]) -> None:
    source = one(asked["FromSource"], "AWS::AppRunner::Service")["SourceConfiguration"]
    assert source["AuthenticationConfiguration"] == {
        "ConnectionArn": "arn:aws:apprunner:us-east-1:000000000000:connection/bills/1"
    }
    assert source["AutoDeploymentsEnabled"] is False
    built = source["CodeRepository"]["CodeConfiguration"]["CodeConfigurationValues"]
    assert built["Port"] == "8080"
    assert {"Name": "OTEL_SERVICE_NAME", "Value": "bills"} in built["RuntimeEnvironmentVariables"]
    assert len(resources(asked["FromSource"], "AWS::IAM::Role")) == 1
