"""Options of the Lambda construct: limits, canary deployments, SnapStart, provisioned concurrency, and alarms."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_sns as sns

from microservice import InvalidServiceSpecError, LambdaMicroservice, ServiceSpec, UnsupportedSpecError
from tests.unit.microservice.targets import IMAGE, stack_with

TARGET = "LambdaMicroservice"


def of_type(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    found = assertions.Template.from_stack(stack).find_resources(kind)
    return [resource.get("Properties", {}) for resource in found.values()]


def test_nothing_is_reserved_by_default_because_new_accounts_allow_no_reservation() -> None:
    [function] = of_type(stack_with(TARGET), "AWS::Lambda::Function")
    assert "ReservedConcurrentExecutions" not in function
    [limited] = of_type(stack_with(TARGET, reserved_concurrency=7), "AWS::Lambda::Function")
    assert limited["ReservedConcurrentExecutions"] == 7


def test_a_command_in_one_string_is_rejected() -> None:
    """It would be taken apart into its letters."""
    stack = cdk.Stack(cdk.App(), "Stack")
    with pytest.raises(InvalidServiceSpecError, match=r"command='bills\.handler' is not valid"):
        LambdaMicroservice(stack, "Service", spec=ServiceSpec(name="bills"), image=IMAGE, command="bills.handler")


@pytest.mark.parametrize("name", ["_FLAG", "A"])
def test_names_of_variables_that_lambda_rejects_are_rejected(name: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=rf"environment\['{name}'\].*at least two letters"):
        stack_with(TARGET, environment={name: "x"})


def test_variables_above_4_kb_are_rejected_and_tokens_count_as_empty() -> None:
    with pytest.raises(UnsupportedSpecError, match=r"environment='4.* bytes'.*up to 4096 bytes"):
        stack_with(TARGET, environment={"TEXT": "x" * 4090})
    stack_with(TARGET, environment={"TEXT": "x" * 3500, "REGION": cdk.Aws.REGION})


def test_the_text_beside_a_token_counts_and_so_does_what_json_adds() -> None:
    """The message of Lambda shows what it measures: all variables as one JSON object, with escaped quotes."""
    with pytest.raises(UnsupportedSpecError, match="up to 4096 bytes"):
        stack_with(TARGET, environment={"URL": f"{'x' * 4090}{cdk.Aws.REGION}"})
    with pytest.raises(UnsupportedSpecError, match="up to 4096 bytes"):
        stack_with(TARGET, environment={"JSON": '"' * 2000})
    with pytest.raises(UnsupportedSpecError, match="up to 4096 bytes"):
        stack_with(TARGET, environment={f"V{number}": "" for number in range(500)})


def test_secrets_are_rejected_with_the_code_that_replaces_them() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
    with pytest.raises(UnsupportedSpecError) as caught:
        stack_with(TARGET, secrets={"API_KEY": arn})
    assert (caught.value.field, caught.value.value) == ("secrets['API_KEY']", arn)
    assert "secret.grant_read(service.role)" in caught.value.fix
    assert 'get_secret_value(SecretId=os.environ["API_KEY_ARN"])' in caught.value.fix


@pytest.mark.parametrize("path", ["/var/cache", "/tmpfiles"])
def test_directories_outside_of_the_storage_of_lambda_are_rejected(path: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=f"writable_paths='{path}'.*/tmp, and directories in it"):
        stack_with(TARGET, writable_paths=["/tmp", path])
    stack_with(TARGET, writable_paths=["/tmp", "/tmp/cache"])


def test_without_a_command_the_function_runs_that_of_the_image() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    LambdaMicroservice(stack, "Service", spec=ServiceSpec(name="bills", port=9000), image=IMAGE)
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert not function.get("ImageConfig", {}).get("Command")
    assert function["Environment"]["Variables"]["PORT"] == "9000"


def test_environments_are_initialized_in_advance_if_asked_for() -> None:
    [alias] = of_type(stack_with(TARGET), "AWS::Lambda::Alias")
    assert "ProvisionedConcurrencyConfig" not in alias
    [alias] = of_type(stack_with(TARGET, provisioned_concurrency=3, reserved_concurrency=3), "AWS::Lambda::Alias")
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 3}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"provisioned_concurrency": 0}, "provisioned_concurrency=0 .*allowed: 1 or more"),
        ({"provisioned_concurrency": 4, "reserved_concurrency": 3}, "=4 with reserved_concurrency=3 .*allowed: 1 to 3"),
        ({"provisioned_concurrency": 1, "snap_start": True}, "=1 with snap_start=True .*allowed: None"),
    ],
)
def test_provisioned_concurrency_that_lambda_does_not_support_is_rejected(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnsupportedSpecError, match=message):
        stack_with(TARGET, **options)


def test_native_objects_are_attributes() -> None:
    service: Any = stack_with(TARGET, canary_interval=cdk.Duration.minutes(5)).node.find_child("Service")
    assert service.function.node.id == "Function"
    assert service.function_url.node.default_child.cfn_resource_type == "AWS::Lambda::Url"
    assert service.deployment_group.node.id == "Deployment"
    assert service.alias.alias_name == "live"


def test_the_time_zone_may_be_set() -> None:
    [function] = of_type(stack_with(TARGET, environment={"TZ": "Europe/Paris"}), "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["TZ"] == "Europe/Paris"


@pytest.mark.parametrize("minutes", [1, 4, 2881])
def test_a_canary_that_the_alarm_cannot_judge_is_rejected(minutes: int) -> None:
    with pytest.raises(UnsupportedSpecError, match=f"canary_interval='{minutes} minutes'.*5 minutes to two days"):
        stack_with(TARGET, canary_interval=cdk.Duration.minutes(minutes))


def metrics_of(alarm: dict[str, Any]) -> dict[str, list[str]]:
    """Metric -> names of its dimensions."""
    stats = [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]
    return {stat["MetricName"]: [dimension["Name"] for dimension in stat["Dimensions"]] for stat in stats}


def test_the_alarm_of_a_canary_judges_the_new_version_alone() -> None:
    [alarm] = of_type(stack_with(TARGET, canary_interval=cdk.Duration.minutes(5)), "AWS::CloudWatch::Alarm")
    assert set(metrics_of(alarm)) == {"Url5xxCount", "Errors", "Invocations"}
    for dimensions in metrics_of(alarm).values():
        assert sorted(dimensions) == ["ExecutedVersion", "FunctionName", "Resource"]


def test_the_alarm_is_ready_before_the_alias_moves() -> None:
    template = assertions.Template.from_stack(stack_with(TARGET, canary_interval=cdk.Duration.minutes(5))).to_json()
    resources = template["Resources"]
    [group] = [found for found in resources.values() if found["Type"] == "AWS::CodeDeploy::DeploymentGroup"]
    [alarm] = [name for name, found in resources.items() if found["Type"] == "AWS::CloudWatch::Alarm"]
    assert group["Properties"]["AlarmConfiguration"]["Alarms"] == [{"Name": {"Ref": alarm}}]
    [alias] = [found for found in resources.values() if found["Type"] == "AWS::Lambda::Alias"]
    [name] = [name for name, found in resources.items() if found is group]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": name}


def test_an_alarm_topic_gets_the_alarms_of_all_requests_and_of_the_canary() -> None:
    app = cdk.App()
    topic = sns.Topic.from_topic_arn(cdk.Stack(app, "Topics"), "Topic", "arn:aws:sns:eu-west-1:000000000000:on-call")
    stack = stack_with(TARGET, app=app, alarm_topic=topic, canary_interval=cdk.Duration.minutes(5))
    alarms = of_type(stack, "AWS::CloudWatch::Alarm")
    assert [len(next(iter(metrics_of(alarm).values()))) for alarm in alarms] == [2, 3]
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic.topic_arn] for alarm in alarms)


def test_snap_start_applies_to_published_versions() -> None:
    [function] = of_type(stack_with(TARGET), "AWS::Lambda::Function")
    assert "SnapStart" not in function
    [started] = of_type(stack_with(TARGET, snap_start=True), "AWS::Lambda::Function")
    assert started["SnapStart"] == {"ApplyOn": "PublishedVersions"}
