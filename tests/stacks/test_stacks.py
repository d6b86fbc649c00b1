"""The few facts of the other stacks that matter, argued from their templates."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Synthesised, Template, resources


@pytest.fixture(params=["OrdersOnEcsFargate", "OrdersOnEcsManagedInstances"])
def service(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    """Each stack with an ECS service behind the front door."""
    return templates[str(request.param)]


def containers(template: Template) -> list[dict[str, Any]]:
    tasks = resources(template, "AWS::ECS::TaskDefinition")
    return [container for task in tasks for container in task["ContainerDefinitions"]]


def test_only_stacks_that_run_the_image_publish_it(synthesised: Synthesised) -> None:
    """The others are deployed before the repository, or are the repository."""
    publishing = {
        manifest.name.removesuffix(".assets.json")
        for manifest in synthesised.directory.glob("*.assets.json")
        if json.loads(manifest.read_text())["dockerImages"]
    }
    assert publishing == {"OrdersWorkflow", *synthesised.target_stacks}


def test_the_image_goes_into_the_repository_that_the_app_makes_first(synthesised: Synthesised) -> None:
    [repository] = resources(synthesised.templates["OrdersRegistry"], "AWS::ECR::Repository")
    artifacts = json.loads((synthesised.directory / "manifest.json").read_text())["artifacts"]
    for stack in ("OrdersWorkflow", *synthesised.target_stacks):
        images = json.loads((synthesised.directory / f"{stack}.assets.json").read_text())["dockerImages"].values()
        [names] = [{place["repositoryName"] for place in image["destinations"].values()} for image in images]
        assert names == {repository["RepositoryName"]}
        assert "OrdersRegistry" in artifacts[stack]["dependencies"]


def test_every_target_and_step_runs_one_image(synthesised: Synthesised) -> None:
    text = {name: json.dumps(synthesised.templates[name]) for name in ("OrdersWorkflow", *synthesised.target_stacks)}
    named = {name: [part[:64] for part in template.split("/orders:")[1:]] for name, template in text.items()}
    assert len({tag for tags in named.values() for tag in tags}) == 1
    assert {name: len(tags) for name, tags in named.items()} == dict.fromkeys(text, 1) | {"OrdersWorkflow": 2}


def test_pushed_tags_stay_and_deploying_may_push(templates: dict[str, Template]) -> None:
    [repository] = resources(templates["OrdersRegistry"], "AWS::ECR::Repository")
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["EmptyOnDelete"] is True
    policy = json.dumps(repository["RepositoryPolicyText"])
    assert "cdk-hnb659fds-image-publishing-role-" in policy
    assert "lambda.amazonaws.com" in policy


def test_tasks_have_no_public_ip(service: Template) -> None:
    [properties] = resources(service, "AWS::ECS::Service")
    assert properties["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"


def test_a_deployment_does_not_shrink_a_service_that_has_scaled_out(service: Template) -> None:
    [properties] = resources(service, "AWS::ECS::Service")
    assert "DesiredCount" not in properties
    [target] = resources(service, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)


def test_a_bad_deployment_goes_back_by_itself(service: Template) -> None:
    [properties] = resources(service, "AWS::ECS::Service")
    deployment = properties["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100
    [alarm] = [name for name, found in service["Resources"].items() if found["Type"] == "AWS::CloudWatch::Alarm"]
    assert deployment["Alarms"] == {"AlarmNames": [{"Ref": alarm}], "Enable": True, "Rollback": True}


@pytest.mark.parametrize(
    "stack", ["OrdersOnEcsExpress", "OrdersOnEcsFargate", "OrdersOnEcsManagedInstances", "OrdersWorkflow"]
)
def test_containers_can_write_nothing_and_are_nobody(templates: dict[str, Template], stack: str) -> None:
    [container] = containers(templates[stack])
    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "10001:10001"
    assert container["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}, "InitProcessEnabled": True}


def test_a_request_in_flight_ends_before_its_task(service: Template) -> None:
    [container] = containers(service)
    [group] = resources(service, "AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {entry["Key"]: entry["Value"] for entry in group["TargetGroupAttributes"]}
    [integration] = resources(service, "AWS::ApiGatewayV2::Integration")
    longest = integration["TimeoutInMillis"] / 1000
    assert longest < int(attributes["deregistration_delay.timeout_seconds"]) <= container["StopTimeout"]


def test_only_http_apis_reach_the_load_balancer(service: Template) -> None:
    [balancer] = resources(service, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    rules = resources(service, "AWS::EC2::SecurityGroupIngress")
    assert len(rules) == 2
    assert all("SourceSecurityGroupId" in rule for rule in rules)
    assert all("SecurityGroupIngress" not in group for group in resources(service, "AWS::EC2::SecurityGroup"))


def test_the_first_tasks_wait_for_the_policy_that_pulls_their_image(service: Template) -> None:
    [made] = [found for found in service["Resources"].values() if found["Type"] == "AWS::ECS::Service"]
    [policy] = [name for name in service["Resources"] if "ExecutionRoleDefaultPolicy" in name]
    assert policy in made["DependsOn"]


def test_instances_are_started_and_ended_by_roles_that_have_no_name_and_outlive_them(
    templates: dict[str, Template],
) -> None:
    """A name would be taken in the second Region of an account."""
    template = templates["OrdersOnEcsManagedInstances"]
    assert not [role for role in resources(template, "AWS::IAM::Role") if "RoleName" in role]
    [provider] = [found for found in template["Resources"].values() if found["Type"] == "AWS::ECS::CapacityProvider"]
    [instances] = [name for name in template["Resources"] if "InstanceRole" in name]
    [handing_on] = [
        name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::IAM::Policy" and "iam:PassRole" in json.dumps(found)
    ]
    [statement] = template["Resources"][handing_on]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Fn::GetAtt": [instances, "Arn"]}
    assert {handing_on, instances} <= set(provider["DependsOn"])


def test_tasks_wait_for_instances_of_their_own_provider(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEcsManagedInstances"]
    [provider] = [
        name for name, found in template["Resources"].items() if found["Type"] == "AWS::ECS::CapacityProvider"
    ]
    [service] = resources(template, "AWS::ECS::Service")
    assert service["CapacityProviderStrategy"] == [{"CapacityProvider": {"Ref": provider}, "Weight": 1}]
    assert "LaunchType" not in service
    [definition] = resources(template, "AWS::ECS::TaskDefinition")
    assert definition["RequiresCompatibilities"] == ["MANAGED_INSTANCES"]
    assert resources(template, "AWS::ECS::CapacityProvider")[0]["ClusterName"] == service["Cluster"]


def test_an_express_service_waits_for_policies_and_capacity_and_is_outlived_by_its_role(
    templates: dict[str, Template],
) -> None:
    template = templates["OrdersOnEcsExpress"]
    [express] = [
        found for found in template["Resources"].values() if found["Type"] == "AWS::ECS::ExpressGatewayService"
    ]
    needed = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::ECS::ClusterCapacityProviderAssociations")
    assert {name for name, found in template["Resources"].items() if found["Type"] in needed} <= set(
        express["DependsOn"]
    )


def test_an_express_service_runs_the_task_definition_and_repeats_nothing_of_it(
    templates: dict[str, Template],
) -> None:
    """Beside a task definition AWS refuses container, roles, cpu and memory."""
    [express] = resources(templates["OrdersOnEcsExpress"], "AWS::ECS::ExpressGatewayService")
    assert "TaskDefinitionArn" in express
    assert not {"PrimaryContainer", "ExecutionRoleArn", "TaskRoleArn", "Cpu", "Memory"} & set(express)


def test_the_address_of_an_express_service_has_one_scheme_whatever_its_endpoint_has(
    templates: dict[str, Template],
) -> None:
    [_, parts] = templates["OrdersOnEcsExpress"]["Outputs"]["Url"]["Value"]["Fn::Join"]
    scheme, [between, split] = parts[0], parts[1]["Fn::Join"]
    for endpoint in ("or-1.ecs.us-east-1.on.aws", "https://or-1.ecs.us-east-1.on.aws"):
        assert scheme + between.join(endpoint.split(split["Fn::Split"][0])) == "https://or-1.ecs.us-east-1.on.aws"


def test_the_function_answers_through_its_alias(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnLambda"]
    [url] = resources(template, "AWS::Lambda::Url")
    [alias] = resources(template, "AWS::Lambda::Alias")
    assert url["Qualifier"] == alias["Name"] == "live"
    for permission in resources(template, "AWS::Lambda::Permission"):
        assert "Ref" in permission["FunctionName"]


def test_a_function_writes_its_own_logs_only(templates: dict[str, Template]) -> None:
    for stack in ("OrdersOnLambda", "OrdersWorkflow"):
        roles = resources(templates[stack], "AWS::IAM::Role")
        assert not [role for role in roles if "ManagedPolicyArns" in role]


def test_one_nat_gateway_and_two_free_ways_out(templates: dict[str, Template]) -> None:
    network = templates["OrdersNetwork"]
    assert len(resources(network, "AWS::EC2::NatGateway")) == 1
    endpoints = resources(network, "AWS::EC2::VPCEndpoint")
    assert [endpoint["VpcEndpointType"] for endpoint in endpoints] == ["Gateway", "Gateway"]
    assert resources(network, "Custom::VpcRestrictDefaultSG")
    assert resources(network, "AWS::EC2::FlowLog")


def test_nobody_turns_transaction_search_on_by_accident(templates: dict[str, Template]) -> None:
    assert not [name for name in templates if resources(templates[name], "AWS::XRay::TransactionSearchConfig")]


def test_no_is_no(variant: Any) -> None:
    """The command line hands every value over as a string."""
    assert "TransactionSearch" not in variant(context={"transaction_search": "false"}).templates


def test_tracing_that_is_off_asks_for_no_permission(variant: Any, app_module: Any) -> None:
    off = variant(dataclasses.replace(app_module.SPEC, tracing=0))
    for stack in off.target_stacks:
        assert "xray:PutSpans" not in json.dumps(off.templates[stack])
        assert "OTEL_SDK_DISABLED" in json.dumps(off.templates[stack])


def test_what_is_stored_elsewhere_is_referred_to_by_exports(templates: dict[str, Template]) -> None:
    """Weak references would let a table go while services use it, and not everything that deploys knows them."""
    assert "Fn::ImportValue" in json.dumps(templates["OrdersOnLambda"])
    assert not [name for name, template in templates.items() if "Fn::GetStackOutput" in json.dumps(template)]


def test_a_test_that_synthesises_the_whole_app_again_fails(synthesised: Synthesised, app_module: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match="ask for `synthesised`"):
        app_module.add_stacks(synthesised.app)


def test_an_app_that_does_not_differ_is_not_made_again(variant: Any, app_module: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match="ask for `synthesised`"):
        variant(app_module.SPEC)


def test_the_cdk_command_line_finds_its_app() -> None:
    settings = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())
    assert settings["app"] == ".venv/bin/python app.py"
    assert settings["context"]["@aws-cdk/core:defaultCrossStackReferences"] == "strong"
