"""Properties of templates that matter for availability, security and cost: ECS, Lambda and shared stacks."""

import dataclasses
import json
import re
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.architecture.sources import TARGETS, dependencies, target_id
from tests.conftest import ROOT, Synthesised, Template, logical_ids, resource, resources

# Repository and tag of the image, in templates and in compose files, which get the repository from a variable.
IMAGE = re.compile(r"(?:/orders|\$\{IMAGE_REPOSITORY\}):([0-9a-f]{64})")


# Targets with an ECS service and an ingress of their own.
FOLDER = ROOT / "microservice"
MODULES = {FOLDER / "ecs/task_definition.py", FOLDER / "ingress/base.py"}
ECS_TARGETS = [target_id(file) for file in TARGETS if dependencies(file, FOLDER) >= MODULES]


@pytest.fixture(params=ECS_TARGETS)
def service(request: pytest.FixtureRequest, synthesised: Synthesised) -> Template:
    """The template of each stack with an ECS service behind an ingress."""
    [target] = [target for target in synthesised.targets if request.param == target.TARGET_ID]
    return synthesised.templates[target.node.path.split("/")[0]]


def containers(template: Template) -> list[dict[str, Any]]:
    tasks = resources(template, "AWS::ECS::TaskDefinition")
    return [container for task in tasks for container in task["ContainerDefinitions"]]


@pytest.fixture
def image_tags(synthesised: Synthesised) -> dict[str, set[str]]:
    """Stack -> tags of the images that it publishes; those that publish none are left out."""
    manifests = {file.name.removesuffix(".assets.json"): file for file in synthesised.directory.glob("*.assets.json")}
    published = {stack: json.loads(file.read_text())["dockerImages"] for stack, file in manifests.items()}
    return {stack: set(images) for stack, images in published.items() if images}


def images_of(template: Template) -> list[str]:
    """The image of each container and function of a stack."""
    functions = [function["Code"] for function in resources(template, "AWS::Lambda::Function")]
    images = [container["Image"] for container in containers(template)]
    return [json.dumps(image) for image in [*images, *(code["ImageUri"] for code in functions if "ImageUri" in code)]]


def test_only_stacks_that_run_the_image_publish_it(
    synthesised: Synthesised, image_tags: dict[str, set[str]], templates: dict[str, Template]
) -> None:
    """Other stacks are deployed before the repository."""
    assert set(image_tags) >= synthesised.target_stacks
    using = {stack for stack in templates if IMAGE.search(synthesised.written(stack))}
    assert set(image_tags) == using


def test_images_are_published_to_the_repository_of_the_app_which_is_deployed_first(
    synthesised: Synthesised, image_tags: dict[str, set[str]]
) -> None:
    [repository] = resources(synthesised.templates["OrdersRegistry"], "AWS::ECR::Repository")
    artifacts = json.loads((synthesised.directory / "manifest.json").read_text())["artifacts"]
    for stack in image_tags:
        images = json.loads((synthesised.directory / f"{stack}.assets.json").read_text())["dockerImages"].values()
        [names] = [{place["repositoryName"] for place in image["destinations"].values()} for image in images]
        assert names == {repository["RepositoryName"]}
        assert "OrdersRegistry" in artifacts[stack]["dependencies"]


def test_every_target_and_workflow_step_runs_the_same_image(
    image_tags: dict[str, set[str]], synthesised: Synthesised, subtests: pytest.Subtests
) -> None:
    [tag] = set.union(*image_tags.values())
    for stack in image_tags:
        with subtests.test(stack):
            assert set(IMAGE.findall(synthesised.written(stack))) == {tag}
            assert all(f"/orders:{tag}" in image for image in images_of(synthesised.templates[stack]))


def test_the_workflow_runs_the_image_as_two_functions_and_as_a_task(templates: dict[str, Template]) -> None:
    assert len(images_of(templates["OrdersWorkflow"])) == 3


def test_tags_are_immutable_and_the_publishing_role_may_push(templates: dict[str, Template]) -> None:
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


def test_a_failed_deployment_is_rolled_back(service: Template) -> None:
    [properties] = resources(service, "AWS::ECS::Service")
    deployment = properties["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {
        "Enable": True,
        "Rollback": True,
        # A version that becomes healthy and then exits has failed, too.
        "ResetOnHealthyTask": False,
        "ThresholdConfiguration": {"Type": "COUNT", "Value": 3},
    }
    assert deployment["MinimumHealthyPercent"] == 100
    [alarm] = logical_ids(service, "AWS::CloudWatch::Alarm")
    assert deployment["Alarms"] == {"AlarmNames": [{"Ref": alarm}], "Enable": True, "Rollback": True}


def test_containers_are_read_only_and_run_without_privileges(templates: dict[str, Template]) -> None:
    found = {stack: containers(template) for stack, template in templates.items()}
    assert found["OrdersWorkflow"]
    for container in [container for each in found.values() for container in each]:
        assert container["ReadonlyRootFilesystem"] is True
        assert container["User"] == "10001:10001"
        assert container["LinuxParameters"] == {
            "Capabilities": {"Drop": ["ALL"]},
            "InitProcessEnabled": True,
            "Tmpfs": [{"ContainerPath": "/tmp", "Size": 64}],
        }


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


def test_the_service_waits_for_the_policy_that_allows_pulling_the_image(service: Template) -> None:
    [policy] = [name for name in service["Resources"] if "ExecutionRoleDefaultPolicy" in name]
    assert policy in resource(service, "AWS::ECS::Service")["DependsOn"]


def test_roles_of_managed_instances_have_no_fixed_name_and_are_deleted_after_the_capacity_provider(
    templates: dict[str, Template],
) -> None:
    """A fixed name could be used in one Region of an account only."""
    template = templates["OrdersOnEcsManagedInstances"]
    assert not [role for role in resources(template, "AWS::IAM::Role") if "RoleName" in role]
    provider = resource(template, "AWS::ECS::CapacityProvider")
    [instances] = [name for name in template["Resources"] if "InstanceRole" in name]
    [passing] = [
        name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::IAM::Policy" and "iam:PassRole" in json.dumps(found)
    ]
    [statement] = template["Resources"][passing]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Fn::GetAtt": [instances, "Arn"]}
    assert {passing, instances} <= set(provider["DependsOn"])


def test_tasks_use_the_capacity_provider_of_their_service(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEcsManagedInstances"]
    [provider] = logical_ids(template, "AWS::ECS::CapacityProvider")
    [service] = resources(template, "AWS::ECS::Service")
    assert service["CapacityProviderStrategy"] == [{"CapacityProvider": {"Ref": provider}, "Weight": 1}]
    assert "LaunchType" not in service
    [definition] = resources(template, "AWS::ECS::TaskDefinition")
    assert definition["RequiresCompatibilities"] == ["MANAGED_INSTANCES"]
    assert resources(template, "AWS::ECS::CapacityProvider")[0]["ClusterName"] == service["Cluster"]


def test_an_express_service_is_created_after_its_roles_policies_and_capacity_and_deleted_before_them(
    templates: dict[str, Template],
) -> None:
    template = templates["OrdersOnEcsExpress"]
    express = resource(template, "AWS::ECS::ExpressGatewayService")
    needed = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::ECS::ClusterCapacityProviderAssociations")
    assert logical_ids(template, *needed) <= set(express["DependsOn"])


def test_an_express_service_has_a_task_definition_and_repeats_no_property_of_it(
    templates: dict[str, Template],
) -> None:
    """AWS rejects a task definition together with container, roles, CPU and memory."""
    [express] = resources(templates["OrdersOnEcsExpress"], "AWS::ECS::ExpressGatewayService")
    assert "TaskDefinitionArn" in express
    assert not {"PrimaryContainer", "ExecutionRoleArn", "TaskRoleArn", "Cpu", "Memory"} & set(express)


def test_the_url_of_an_express_service_has_one_scheme_with_and_without_a_scheme_in_its_endpoint(
    templates: dict[str, Template],
) -> None:
    [_, parts] = templates["OrdersOnEcsExpress"]["Outputs"]["Url"]["Value"]["Fn::Join"]
    scheme, [between, split] = parts[0], parts[1]["Fn::Join"]
    for endpoint in ("or-1.ecs.us-east-1.on.aws", "https://or-1.ecs.us-east-1.on.aws"):
        assert scheme + between.join(endpoint.split(split["Fn::Split"][0])) == "https://or-1.ecs.us-east-1.on.aws"


def test_the_rollback_alarm_counts_the_responses_that_callers_receive(service: Template) -> None:
    """Metrics of the target group miss a version that hangs or closes connections."""
    [alarm] = resources(service, "AWS::CloudWatch::Alarm")
    metrics = {entry["Id"]: entry.get("MetricStat") or entry["Expression"] for entry in alarm["Metrics"]}
    assert metrics.pop("expr_1") == "100 * FILL(failed, 0) / requests"
    [api] = logical_ids(service, "AWS::ApiGatewayV2::Api")
    by_api = [{"Name": "ApiId", "Value": {"Ref": api}}]
    seen = {name: (found["Metric"], found["Stat"]) for name, found in metrics.items()}
    assert seen == {
        "failed": ({"Namespace": "AWS/ApiGateway", "MetricName": "5xx", "Dimensions": by_api}, "Sum"),
        "requests": ({"Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": by_api}, "SampleCount"),
    }


def test_an_http_api_has_the_name_of_the_service(service: Template) -> None:
    assert [api["Name"] for api in resources(service, "AWS::ApiGatewayV2::Api")] == ["orders"]


def test_container_and_load_balancer_check_the_same_path(variant: Any, app_spec: ServiceSpec) -> None:
    other = variant(dataclasses.replace(app_spec, health_path="/healthz")).templates
    for template in [template for template in other.values() if resources(template, "AWS::ECS::Service")]:
        [container] = containers(template)
        [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
        assert container["HealthCheck"]["Command"] == ["CMD", "python", "-m", "orders", "healthcheck", "/healthz"]
        assert group["HealthCheckPath"] == "/healthz"


def test_the_function_url_belongs_to_the_alias(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnLambda"]
    [url] = resources(template, "AWS::Lambda::Url")
    [alias] = logical_ids(template, "AWS::Lambda::Alias")
    assert url["Qualifier"] == template["Resources"][alias]["Properties"]["Name"] == "live"
    permissions = resources(template, "AWS::Lambda::Permission")
    assert {(entry["Action"], entry["Principal"], entry["FunctionName"]["Ref"]) for entry in permissions} == {
        ("lambda:InvokeFunctionUrl", "*", alias),
        ("lambda:InvokeFunction", "*", alias),
    }
    # Otherwise every principal could invoke the function without its URL.
    by_url = {entry["Action"]: entry.get("InvokedViaFunctionUrl") for entry in permissions}
    assert by_url["lambda:InvokeFunction"] is True


def test_a_function_writes_all_its_logs_and_to_its_own_log_group_only(templates: dict[str, Template]) -> None:
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


def test_the_network_has_one_nat_gateway_and_two_free_gateway_endpoints(templates: dict[str, Template]) -> None:
    network = templates["OrdersNetwork"]
    assert len(resources(network, "AWS::EC2::NatGateway")) == 1
    endpoints = resources(network, "AWS::EC2::VPCEndpoint")
    assert [endpoint["VpcEndpointType"] for endpoint in endpoints] == ["Gateway", "Gateway"]
    assert resources(network, "Custom::VpcRestrictDefaultSG")
    assert resources(network, "AWS::EC2::FlowLog")


def test_tasks_with_public_addresses_need_no_nat_gateway(synthesised: Synthesised) -> None:
    artifacts = json.loads((synthesised.directory / "manifest.json").read_text())["artifacts"]
    stacks = set(artifacts["OrdersOnEcsExpress"]["dependencies"]) & set(synthesised.templates)
    needed = [synthesised.templates[name] for name in stacks]
    [network] = [template for template in needed if resources(template, "AWS::EC2::VPC")]
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in resources(network, "AWS::EC2::Subnet"))
    assert not [template for template in needed if resources(template, "AWS::EC2::NatGateway")]


def test_transaction_search_is_off_by_default(templates: dict[str, Template]) -> None:
    assert not [name for name in templates if resources(templates[name], "AWS::XRay::TransactionSearchConfig")]


def test_the_context_value_false_turns_an_option_off(variant: Any) -> None:
    """The CDK CLI passes every value as a string."""
    assert "TransactionSearch" not in variant(context={"transaction_search": "false"}).templates


def test_disabled_tracing_needs_no_permission(variant: Any, app_spec: ServiceSpec) -> None:
    off = variant(dataclasses.replace(app_spec, trace_sampling_rate=0))
    for stack in off.target_stacks:
        assert "xray:PutSpans" not in json.dumps(off.templates[stack])
        assert "OTEL_SDK_DISABLED" in off.written_for(stack)
    [rule] = resources(off.templates["OrdersWorkflow"], "AWS::XRay::SamplingRule")
    assert (rule["SamplingRule"]["ReservoirSize"], rule["SamplingRule"]["FixedRate"]) == (0, 0)


def test_stacks_refer_to_resources_of_other_stacks_by_exports(templates: dict[str, Template]) -> None:
    """Weak references would allow the deletion of a table in use, and some deployment tools do not support them."""
    assert "Fn::ImportValue" in json.dumps(templates["OrdersOnLambda"])
    assert not [name for name, template in templates.items() if "Fn::GetStackOutput" in json.dumps(template)]


def test_a_test_that_synthesises_the_whole_app_again_fails(synthesised: Synthesised, app_module: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match="use the fixture `synthesised`"):
        app_module.add_stacks(synthesised.app)


def test_a_variant_without_a_difference_fails(variant: Any, app_spec: ServiceSpec) -> None:
    with pytest.raises(pytest.fail.Exception, match="use the fixture `synthesised`"):
        variant(app_spec)


def test_the_cdk_cli_finds_the_app() -> None:
    settings = json.loads((ROOT / "cdk.json").read_text())
    assert settings["app"] == ".venv/bin/python app.py"
    assert settings["context"]["@aws-cdk/core:defaultCrossStackReferences"] == "strong"
