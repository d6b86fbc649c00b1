"""Options of constructs that the app does not use."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53

from microservice import CustomDomain
from tests.conftest import Synthesise, Template, resource, resources
from tests.snapshot.options import CERTIFICATE, add_options, custom_domain


@pytest.fixture(scope="module")
def options(variant: Synthesise) -> dict[str, Template]:
    return variant(prepare=add_options).templates


def one(template: Template, kind: str) -> dict[str, Any]:
    [found] = resources(template, kind)
    return found


def listeners(template: Template) -> dict[int, dict[str, Any]]:
    return {found["Port"]: found for found in resources(template, "AWS::ElasticLoadBalancingV2::Listener")}


def test_a_custom_domain_has_tls_1_3_with_its_certificate(options: dict[str, Template]) -> None:
    https = listeners(options["OwnDomain"])[443]
    assert https["Protocol"] == "HTTPS"
    assert https["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
    assert options["OwnDomain"]["Outputs"]["Url"]["Value"] == "https://bills.example.com"


def test_a_custom_domain_redirects_http_to_https(options: dict[str, Template]) -> None:
    [action] = listeners(options["OwnDomain"])[80]["DefaultActions"]
    assert action["Type"] == "redirect"
    assert action["RedirectConfig"]["Protocol"] == "HTTPS"
    assert action["RedirectConfig"]["Port"] == "443"


def test_a_custom_domain_has_a_public_load_balancer_and_no_http_api(options: dict[str, Template]) -> None:
    template = options["OwnDomain"]
    assert one(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    assert not resources(template, "AWS::ApiGatewayV2::Api")
    record = one(template, "AWS::Route53::RecordSet")
    assert (record["Type"], record["Name"], record["HostedZoneId"]) == ("A", "bills.example.com.", "Z0000000000000")


def test_tasks_behind_a_custom_domain_accept_traffic_from_the_load_balancer_only(options: dict[str, Template]) -> None:
    network = one(options["OwnDomain"], "AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    [rule] = resources(options["OwnDomain"], "AWS::EC2::SecurityGroupIngress")
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert "SourceSecurityGroupId" in rule


def test_the_alarm_of_a_custom_domain_counts_errors_of_the_load_balancer_itself(options: dict[str, Template]) -> None:
    counted = json.dumps(one(options["OwnDomain"], "AWS::CloudWatch::Alarm")["Metrics"])
    assert "HTTPCode_Target_5XX_Count" in counted
    assert "HTTPCode_ELB_5XX_Count" in counted


def test_a_domain_name_outside_the_zone_is_rejected() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0", zone_name="example.com")
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    with pytest.raises(ValueError, match=r"name='billsexample.com' is not inside .* end with 'example.com'\)\. Pass"):
        CustomDomain(name="billsexample.com", zone=zone, certificate=certificate)
    assert CustomDomain(name="example.com", zone=zone, certificate=certificate).name == "example.com"


def test_two_services_at_one_custom_domain_are_rejected() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    domain = custom_domain(stack)
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    domain.create_ingress(cdk.Stack(app, "One"), name="bills", vpc=vpc)
    with pytest.raises(ValueError, match=r"Two/.*'bills.example.com'.*One/FrontDoor has this one.*SharedLoadBalancer"):
        domain.create_ingress(cdk.Stack(app, "Two"), name="carts", vpc=vpc)
    with pytest.raises(ValueError, match="One/FrontDoor has this one"):
        custom_domain(cdk.Stack(app, "Three")).create_ingress(cdk.Stack(app, "Four"), name="carts", vpc=vpc)


def test_two_apps_may_have_the_same_domain() -> None:
    for _ in range(2):
        stack = cdk.Stack(cdk.App(), "Stack")
        custom_domain(stack).create_ingress(stack, name="bills", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))


def test_a_web_acl_filters_the_requests_of_a_custom_domain() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    acl = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/team/1"
    domain = CustomDomain(
        name="bills.example.com",
        zone=route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z0", zone_name="example.com"
        ),
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        web_acl_arn=acl,
    )
    ingress = domain.create_ingress(stack, name="bills", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
    ingress.listener.add_action("Fixed", action=elb.ListenerAction.fixed_response(503))
    template = assertions.Template.from_stack(stack).to_json()
    association = one(template, "AWS::WAFv2::WebACLAssociation")
    assert association["WebACLArn"] == acl
    assert "LoadBalancer" in association["ResourceArn"]["Ref"]


def test_a_web_acl_of_cloudfront_is_rejected() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    domain = custom_domain(stack)
    domain.web_acl_arn = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/team/1"
    with pytest.raises(ValueError, match=r"allowed: the ARN of a web ACL with scope REGIONAL"):
        domain.create_ingress(stack, name="bills", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))


def test_blue_green_on_ecs_switches_all_requests_and_rolls_back_on_an_alarm(options: dict[str, Template]) -> None:
    template = options["BlueGreenFargate"]
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


def test_a_service_that_changes_to_blue_green_keeps_serving_from_the_group_of_its_tasks(
    options: dict[str, Template], templates: dict[str, Template]
) -> None:
    """The default action and the target group are as in rolling deployments; the rule does not know the service."""
    template = options["BlueGreenFargate"]
    [action] = one(template, "AWS::ElasticLoadBalancingV2::Listener")["DefaultActions"]
    serving = one(template, "AWS::ECS::Service")["LoadBalancers"][0]["TargetGroupArn"]
    assert action == {"Type": "forward", "TargetGroupArn": serving}
    [rolling] = resources(templates["OrdersOnEcsFargate"], "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert template["Resources"][serving["Ref"]]["Properties"].keys() == rolling.keys()
    rule = json.dumps(one(template, "AWS::ElasticLoadBalancingV2::ListenerRule"))
    assert not [value for value in ("8080", "livez", "bills") if value in rule]


def test_blue_green_on_ecs_checks_both_target_groups_and_deletes_rule_and_role_after_the_service(
    options: dict[str, Template],
) -> None:
    template = options["BlueGreenFargate"]
    groups = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert [group["HealthCheckPath"] for group in groups] == ["/livez", "/livez"]
    service = resource(template, "AWS::ECS::Service")
    switch = service["Properties"]["LoadBalancers"][0]["AdvancedConfiguration"]
    assert switch["ProductionListenerRule"]["Ref"] in service["DependsOn"]
    [policy] = template["Resources"][switch["RoleArn"]["Fn::GetAtt"][0]]["Properties"]["ManagedPolicyArns"]
    assert "AmazonECSInfrastructureRolePolicyForLoadBalancers" in json.dumps(policy)


def test_a_canary_on_lambda_shifts_ten_percent_first_and_rolls_back_on_an_alarm(options: dict[str, Template]) -> None:
    template = options["BlueGreenLambda"]
    routing = one(template, "AWS::CodeDeploy::DeploymentConfig")["TrafficRoutingConfig"]
    assert routing["TimeBasedCanary"] == {"CanaryInterval": 10, "CanaryPercentage": 10}
    group = one(template, "AWS::CodeDeploy::DeploymentGroup")
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    [alarm] = group["AlarmConfiguration"]["Alarms"]
    decides = template["Resources"][alarm["Name"]["Ref"]]["Properties"]["Metrics"]
    measured = {found["MetricStat"]["Metric"]["MetricName"] for found in decides if "MetricStat" in found}
    assert measured == {"Url5xxCount", "Errors", "Invocations"}
    alias = resource(template, "AWS::Lambda::Alias")
    assert "CodeDeployLambdaAliasUpdate" in alias["UpdatePolicy"]


def test_blue_green_and_canary_are_off_by_default(templates: dict[str, Template]) -> None:
    assert "BLUE_GREEN" not in json.dumps(templates)
    assert "AWS::CodeDeploy" not in json.dumps(templates)


def test_app_runner_builds_a_repository_with_port_and_variables_of_the_spec(options: dict[str, Template]) -> None:
    source = one(options["FromSource"], "AWS::AppRunner::Service")["SourceConfiguration"]
    assert source["AuthenticationConfiguration"] == {
        "ConnectionArn": "arn:aws:apprunner:us-east-1:000000000000:connection/bills/1"
    }
    assert source["AutoDeploymentsEnabled"] is False
    built = source["CodeRepository"]["CodeConfiguration"]["CodeConfigurationValues"]
    assert built["Port"] == "8080"
    assert {"Name": "OTEL_SERVICE_NAME", "Value": "bills"} in built["RuntimeEnvironmentVariables"]
    assert len(resources(options["FromSource"], "AWS::IAM::Role")) == 1
