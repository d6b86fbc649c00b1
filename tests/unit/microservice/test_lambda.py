"""Options of the Lambda construct: quotas, canary deployments, SnapStart, and alarms."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_sns as sns

from microservice import UnsupportedSpecError
from tests.unit.microservice.targets import stack_with

TARGET = "LambdaMicroservice"


def of_type(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    found = assertions.Template.from_stack(stack).find_resources(kind)
    return [resource.get("Properties", {}) for resource in found.values()]


def test_nothing_is_reserved_by_default_because_new_accounts_allow_no_reservation() -> None:
    [function] = of_type(stack_with(TARGET), "AWS::Lambda::Function")
    assert "ReservedConcurrentExecutions" not in function
    [limited] = of_type(stack_with(TARGET, reserved_concurrency=7), "AWS::Lambda::Function")
    assert limited["ReservedConcurrentExecutions"] == 7


@pytest.mark.parametrize("name", ["_FLAG", "A"])
def test_names_of_variables_that_lambda_rejects_are_rejected(name: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=rf"environment\['{name}'\].*at least two letters"):
        stack_with(TARGET, environment={name: "x"})


def test_variables_above_4_kb_are_rejected_and_tokens_count_as_empty() -> None:
    with pytest.raises(UnsupportedSpecError, match=r"environment='4.* bytes'.*up to 4096 bytes"):
        stack_with(TARGET, environment={"TEXT": "x" * 4090})
    stack_with(TARGET, environment={"TEXT": "x" * 3500, "REGION": cdk.Aws.REGION})


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
