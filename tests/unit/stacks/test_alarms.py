"""The receivers of alarms: off by default, and the same for the alarms of every stack."""

import json
from typing import Any

import pytest

from tests.conftest import Synthesise, Synthesised, Template, resources

TOPIC = "arn:aws:sns:eu-west-1:000000000000:on-call"


def alarms(synthesised: Synthesised) -> dict[str, list[dict[str, Any]]]:
    """Stack -> properties of its alarms."""
    found = {stack: resources(template, "AWS::CloudWatch::Alarm") for stack, template in synthesised.templates.items()}
    return {stack: each for stack, each in found.items() if each}


@pytest.fixture(scope="module")
def with_emails(variant: Synthesise) -> Synthesised:
    return variant(context={"alarm_emails": "a@example.com b@example.com", "app_runner": "true"})


def test_alarms_notify_no_one_by_default(synthesised: Synthesised) -> None:
    assert "OrdersAlarms" not in synthesised.templates
    assert alarms(synthesised)
    assert not [alarm for found in alarms(synthesised).values() for alarm in found if alarm.get("AlarmActions")]


def test_each_address_is_subscribed_to_a_topic_that_alarms_may_publish_to(with_emails: Synthesised) -> None:
    template: Template = with_emails.templates["OrdersAlarms"]
    endpoints = [subscription["Endpoint"] for subscription in resources(template, "AWS::SNS::Subscription")]
    assert endpoints == ["a@example.com", "b@example.com"]
    [policy] = resources(template, "AWS::SNS::TopicPolicy")
    allowed = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Allow"]
    assert [entry["Principal"] for entry in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]


def test_every_target_and_the_workflow_has_an_alarm_and_every_alarm_notifies_the_topic(
    with_emails: Synthesised,
) -> None:
    found = alarms(with_emails)
    assert set(found) == {*with_emails.target_stacks, "OrdersWorkflow"}
    [output] = with_emails.templates["OrdersAlarms"]["Outputs"].values()
    for stack, each in found.items():
        for alarm in each:
            assert alarm["AlarmActions"] == [{"Fn::ImportValue": output["Export"]["Name"]}], stack


def test_an_existing_topic_is_used_instead(variant: Synthesise) -> None:
    other = variant(context={"alarm_topic": TOPIC})
    assert "OrdersAlarms" not in other.templates
    actions = {json.dumps(alarm["AlarmActions"]) for found in alarms(other).values() for alarm in found}
    assert actions == {json.dumps([TOPIC])}
