"""Verdicts: from the changes and findings of one target."""

from typing import Any

import pytest

from tests.unit.updates.samples import behind_load_balancer, change_set, deployment_of, release, template
from updates.declared import Declaration
from updates.findings import Kind
from updates.verdicts import MEANINGS, Judgement, Verdict, findings_of, judge


def judged(before: Any, after: Any, *declarations: Declaration) -> Judgement:
    update = change_set(before, after)
    return judge(
        target="ecs-fargate",
        change="port",
        changes=list(update.changes.values()),
        findings=findings_of(update),
        declarations=declarations,
        change_set=update,
    )


def declaration(**differences: Any) -> Declaration:
    fields: dict[str, Any] = {
        "targets": ("ecs-fargate",),
        "changes": ("port",),
        "kinds": tuple(Kind),
        "type": "*",
        "property": "*",
        "consequence": "Requests get 503 for minutes.",
        "way_around": "Change nothing.",
    }
    return Declaration(**{**fields, **differences})


def one(type_: str, properties: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return template(One={"Type": type_, "Properties": properties, **attributes})


def options(namespace: str, value: str) -> dict[str, Any]:
    setting = {"Namespace": namespace, "OptionName": "Option", "Value": value}
    return one("AWS::ElasticBeanstalk::Environment", {"OptionSettings": [setting]})


GROUP, ROLLING = "AWS::AutoScaling::AutoScalingGroup", {"UpdatePolicy": {"AutoScalingRollingUpdate": {}}}
EXPRESS, APP_RUNNER = "AWS::ECS::ExpressGatewayService", "AWS::AppRunner::Service"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (template(), template(), Verdict.UNCHANGED),
        (behind_load_balancer(task="1"), behind_load_balancer(task="2"), Verdict.ROLLING),
        (one("AWS::SQS::Queue", {"DelaySeconds": 1}), one("AWS::SQS::Queue", {"DelaySeconds": 2}), Verdict.IN_PLACE),
        (one(EXPRESS, {"TaskDefinitionArn": "1"}), one(EXPRESS, {"TaskDefinitionArn": "2"}), Verdict.ROLLING),
        (one(EXPRESS, {"ScalingTarget": {"A": 1}}), one(EXPRESS, {"ScalingTarget": {"A": 2}}), Verdict.IN_PLACE),
        (one(APP_RUNNER, {"SourceConfiguration": "1"}), one(APP_RUNNER, {"SourceConfiguration": "2"}), Verdict.ROLLING),
        (
            one(GROUP, {"LaunchTemplate": "1"}, **ROLLING),
            one(GROUP, {"LaunchTemplate": "2"}, **ROLLING),
            Verdict.ROLLING,
        ),
        (one(GROUP, {"LaunchTemplate": "1"}), one(GROUP, {"LaunchTemplate": "2"}), Verdict.IN_PLACE),
        (options("aws:ec2:instances", "1"), options("aws:ec2:instances", "2"), Verdict.ROLLING),
        (options("aws:autoscaling:asg", "1"), options("aws:autoscaling:asg", "2"), Verdict.IN_PLACE),
        (template(), one("AWS::Lambda::Version", {}), Verdict.ROLLING),
        (template(Release=release(deployment_of("1"))), template(Release=release(deployment_of("2"))), Verdict.ROLLING),
        (behind_load_balancer(port=1), behind_load_balancer(port=2), Verdict.UNDECLARED),
    ],
    ids=str,
)
def test_the_verdict_follows_from_the_templates(before: Any, after: Any, verdict: Verdict) -> None:
    assert judged(before, after).verdict is verdict


def test_a_declared_replacement_is_no_failure() -> None:
    found = judged(behind_load_balancer(port=1), behind_load_balancer(port=2), declaration())
    assert (found.verdict, found.undeclared, found.declarations) == (Verdict.REPLACEMENT, [], [declaration()])


@pytest.mark.parametrize(
    "other",
    [{"targets": ("lambda",)}, {"changes": ("cpu",)}, {"kinds": (Kind.REMOVAL,)}, {"type": "T"}, {"property": "P"}],
    ids=str,
)
def test_a_declaration_covers_its_own_findings_only(other: dict[str, Any]) -> None:
    found = judged(behind_load_balancer(port=1), behind_load_balancer(port=2), declaration(**other))
    assert found.verdict is Verdict.UNDECLARED
    assert len(found.undeclared) == 3


def test_one_undeclared_finding_is_enough() -> None:
    partial = declaration(kinds=(Kind.REPLACEMENT,))
    found = judged(behind_load_balancer(port=1), behind_load_balancer(port=2), partial)
    assert (found.verdict, len(found.undeclared)) == (Verdict.UNDECLARED, 2)


def test_what_aws_rejects_is_rejected_if_it_is_declared() -> None:
    before, after = (one("AWS::EKS::Cluster", {"Name": "orders", "RoleArn": role}) for role in "ab")
    assert judged(before, after).verdict is Verdict.UNDECLARED
    assert judged(before, after, declaration()).verdict is Verdict.REJECTED


def test_every_verdict_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Verdict)
