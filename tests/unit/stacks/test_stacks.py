"""The few facts of the other stacks that matter, argued from their templates."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from local_aws.deploying.assembly import Assembly

from microservice import ServiceSpec
from tests.architecture.sources import siblings
from tests.architecture.test_imports import TARGETS, names
from tests.conftest import Synthesised, Template, resources


def needs(target: Path) -> set[str]:
    return {file.stem for file in siblings(target)}


# The image's repository and tag, in templates and in compose files, which learn the repository later.
NAMED = re.compile(r"(?:/orders|\$\{IMAGE_REPOSITORY\}):([0-9a-f]{64})")
BEHIND_THE_FRONT_DOOR = [file for file in TARGETS if {"entrance", "task_definition"} <= needs(file)]


@pytest.fixture(params=BEHIND_THE_FRONT_DOOR, ids=names(BEHIND_THE_FRONT_DOOR))
def service(request: pytest.FixtureRequest, synthesised: Synthesised) -> Template:
    """Each stack with an ECS service behind the front door."""
    constructs = [found for found in synthesised.app.node.find_all() if hasattr(found, "TARGET_ID")]
    [path] = [found.node.path for found in constructs if type(found).__module__.endswith(f".{request.param.stem}")]
    return synthesised.templates[path.split("/")[0]]


def containers(template: Template) -> list[dict[str, Any]]:
    tasks = resources(template, "AWS::ECS::TaskDefinition")
    return [container for task in tasks for container in task["ContainerDefinitions"]]


@pytest.fixture
def image_tags(synthesised: Synthesised) -> dict[str, set[str]]:
    """Stack -> tags of the images that it publishes; those that publish none are left out."""
    manifests = {file.name.removesuffix(".assets.json"): file for file in synthesised.directory.glob("*.assets.json")}
    published = {stack: json.loads(file.read_text())["dockerImages"] for stack, file in manifests.items()}
    return {stack: set(images) for stack, images in published.items() if images}


def runs(template: Template) -> list[str]:
    """What each container and function of a stack runs, as written: one entry each."""
    functions = [function["Code"] for function in resources(template, "AWS::Lambda::Function")]
    images = [container["Image"] for container in containers(template)]
    return [json.dumps(image) for image in [*images, *(code["ImageUri"] for code in functions if "ImageUri" in code)]]


def test_only_stacks_that_run_the_image_publish_it(
    synthesised: Synthesised, image_tags: dict[str, set[str]], templates: dict[str, Template]
) -> None:
    """The others are deployed before the repository, or are the repository."""
    assert set(image_tags) >= synthesised.target_stacks
    naming = {stack for stack in templates if NAMED.search(synthesised.written(stack))}
    assert set(image_tags) == naming


def test_the_image_goes_into_the_repository_that_the_app_makes_first(
    synthesised: Synthesised, image_tags: dict[str, set[str]]
) -> None:
    [repository] = resources(synthesised.templates["OrdersRegistry"], "AWS::ECR::Repository")
    artifacts = json.loads((synthesised.directory / "manifest.json").read_text())["artifacts"]
    for stack in image_tags:
        images = json.loads((synthesised.directory / f"{stack}.assets.json").read_text())["dockerImages"].values()
        [names] = [{place["repositoryName"] for place in image["destinations"].values()} for image in images]
        assert names == {repository["RepositoryName"]}
        assert "OrdersRegistry" in artifacts[stack]["dependencies"]


def test_every_target_and_step_runs_one_image(
    image_tags: dict[str, set[str]], synthesised: Synthesised, subtests: pytest.Subtests
) -> None:
    [tag] = set.union(*image_tags.values())
    for stack in image_tags:
        with subtests.test(stack):
            assert set(NAMED.findall(synthesised.written(stack))) == {tag}
            assert all(f"/orders:{tag}" in image for image in runs(synthesised.templates[stack]))


def test_a_step_of_the_workflow_runs_in_each_of_two_ways(templates: dict[str, Template]) -> None:
    assert len(runs(templates["OrdersWorkflow"])) == 2


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


def test_containers_can_write_nothing_and_are_nobody(templates: dict[str, Template]) -> None:
    found = {stack: containers(template) for stack, template in templates.items()}
    assert found["OrdersWorkflow"]
    for container in [container for each in found.values() for container in each]:
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


def test_a_deployment_goes_back_by_what_callers_get(service: Template) -> None:
    """A target's own 5xx would miss a version that hangs or closes connections."""
    [alarm] = resources(service, "AWS::CloudWatch::Alarm")
    metrics = {entry["Id"]: entry.get("MetricStat") or entry["Expression"] for entry in alarm["Metrics"]}
    assert metrics.pop("expr_1") == "100 * FILL(failed, 0) / requests"
    [api] = [name for name, found in service["Resources"].items() if found["Type"] == "AWS::ApiGatewayV2::Api"]
    by_api = [{"Name": "ApiId", "Value": {"Ref": api}}]
    seen = {name: (found["Metric"], found["Stat"]) for name, found in metrics.items()}
    assert seen == {
        "failed": ({"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "Dimensions": by_api}, "Sum"),
        "requests": ({"Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": by_api}, "SampleCount"),
    }


def test_an_api_is_named_as_its_service(service: Template) -> None:
    assert [api["Name"] for api in resources(service, "AWS::ApiGatewayV2::Api")] == ["orders"]


def test_a_container_is_asked_at_the_path_that_the_load_balancer_asks(variant: Any, app_spec: ServiceSpec) -> None:
    other = variant(dataclasses.replace(app_spec, health_path="/well")).templates
    for template in [template for template in other.values() if resources(template, "AWS::ECS::Service")]:
        [container] = containers(template)
        [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
        assert container["HealthCheck"]["Command"] == ["CMD", "python", "-m", "orders", "healthcheck", "/well"]
        assert group["HealthCheckPath"] == "/well"


def test_the_function_answers_through_its_alias(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnLambda"]
    [url] = resources(template, "AWS::Lambda::Url")
    [alias] = [name for name, found in template["Resources"].items() if found["Type"] == "AWS::Lambda::Alias"]
    assert url["Qualifier"] == template["Resources"][alias]["Properties"]["Name"] == "live"
    permissions = resources(template, "AWS::Lambda::Permission")
    assert {(entry["Action"], entry["Principal"], entry["FunctionName"]["Ref"]) for entry in permissions} == {
        ("lambda:InvokeFunctionUrl", "*", alias),
        ("lambda:InvokeFunction", "*", alias),
    }
    # Without these, anybody could call the function past its URL.
    by_url = {entry["Action"]: entry.get("InvokedViaFunctionUrl") for entry in permissions}
    assert by_url["lambda:InvokeFunction"] is True


def test_a_function_writes_its_own_logs_only_and_all_of_them(templates: dict[str, Template]) -> None:
    for template in templates.values():
        images = [
            function for function in resources(template, "AWS::Lambda::Function") if "ImageUri" in function["Code"]
        ]
        for function in images:
            logging = function["LoggingConfig"]
            assert (logging["LogFormat"], logging["ApplicationLogLevel"]) == ("JSON", "TRACE")
            role = function["Role"]["Fn::GetAtt"][0]
            assert "ManagedPolicyArns" not in template["Resources"][role]["Properties"]
            policies = [p for p in resources(template, "AWS::IAM::Policy") if {"Ref": role} in p["Roles"]]
            statements = [entry for policy in policies for entry in policy["PolicyDocument"]["Statement"]]
            writing = [entry for entry in statements if "logs:" in json.dumps(entry["Action"])]
            [group] = [entry["Resource"] for entry in writing]
            assert group == {"Fn::GetAtt": [logging["LogGroup"]["Ref"], "Arn"]}


def test_one_nat_gateway_and_two_free_ways_out(templates: dict[str, Template]) -> None:
    network = templates["OrdersNetwork"]
    assert len(resources(network, "AWS::EC2::NatGateway")) == 1
    endpoints = resources(network, "AWS::EC2::VPCEndpoint")
    assert [endpoint["VpcEndpointType"] for endpoint in endpoints] == ["Gateway", "Gateway"]
    assert resources(network, "Custom::VpcRestrictDefaultSG")
    assert resources(network, "AWS::EC2::FlowLog")


def test_tasks_with_public_addresses_bring_no_nat_gateway(synthesised: Synthesised) -> None:
    stacks = {stack.name: stack for stack in Assembly.load(synthesised.directory).stacks}
    brought = [synthesised.templates[name] for name in stacks["OrdersOnEcsExpress"].depends_on]
    [network] = [template for template in brought if resources(template, "AWS::EC2::VPC")]
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in resources(network, "AWS::EC2::Subnet"))
    assert not [template for template in brought if resources(template, "AWS::EC2::NatGateway")]


def test_nobody_turns_transaction_search_on_by_accident(templates: dict[str, Template]) -> None:
    assert not [name for name in templates if resources(templates[name], "AWS::XRay::TransactionSearchConfig")]


def test_no_is_no(variant: Any) -> None:
    """The command line hands every value over as a string."""
    assert "TransactionSearch" not in variant(context={"transaction_search": "false"}).templates


def test_tracing_that_is_off_asks_for_no_permission(variant: Any, app_spec: ServiceSpec) -> None:
    off = variant(dataclasses.replace(app_spec, trace_sampling_rate=0))
    for stack in off.target_stacks:
        assert "xray:PutSpans" not in json.dumps(off.templates[stack])
        assert "OTEL_SDK_DISABLED" in off.written_for(stack)
    [rule] = resources(off.templates["OrdersTracing"], "AWS::XRay::SamplingRule")
    assert (rule["SamplingRule"]["ReservoirSize"], rule["SamplingRule"]["FixedRate"]) == (0, 0)


def test_what_is_stored_elsewhere_is_referred_to_by_exports(templates: dict[str, Template]) -> None:
    """Weak references would let a table go while services use it, and not everything that deploys knows them."""
    assert "Fn::ImportValue" in json.dumps(templates["OrdersOnLambda"])
    assert not [name for name, template in templates.items() if "Fn::GetStackOutput" in json.dumps(template)]


def test_a_test_that_synthesises_the_whole_app_again_fails(synthesised: Synthesised, app_module: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match="ask for `synthesised`"):
        app_module.add_stacks(synthesised.app)


def test_an_app_that_does_not_differ_is_not_made_again(variant: Any, app_spec: ServiceSpec) -> None:
    with pytest.raises(pytest.fail.Exception, match="ask for `synthesised`"):
        variant(app_spec)


def test_the_cdk_command_line_finds_its_app() -> None:
    settings = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())
    assert settings["app"] == ".venv/bin/python app.py"
    assert settings["context"]["@aws-cdk/core:defaultCrossStackReferences"] == "strong"
