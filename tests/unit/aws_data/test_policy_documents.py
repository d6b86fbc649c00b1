"""AWS knows every action and condition key of every policy document, and each action supports its resources."""

import copy
import json
from typing import Any

import pytest

from tests.conftest import Template
from tests.unit.aws_data import authorization, policy_documents
from tests.unit.aws_data.authorization import all_findings
from tests.unit.aws_data.policy_documents import Document, UnknownArnError, documents

# (action, start of the problem) -> the reason for which AWS's data does not settle it.
EXPECTED = {
    ("sts:AssumeRoleWithWebIdentity", "has no condition key ${Issuer}:"): (
        "keys of an OpenID Connect issuer begin with its host name, which no list contains"
    ),
    ("states:SendTask", "does not support arn:*:states:*:*:stateMachine:*"): (
        # https://github.com/aws/aws-cdk/pull/8486, and the resource in https://github.com/NOAA-OWP/hydrovis/issues/837
        "IAM compares it with the state machine, as tests and messages of AWS show; the reference lists no type"
    ),
    ("", "arn:*:states:*:*:stateMachine:* is a resource of none of states:SendTask"): "the same statement",
}


def is_expected(finding: authorization.Finding, action: str, problem: str) -> bool:
    return finding.action.startswith(action) and bool(finding.action) == bool(action) and problem in finding.problem


@pytest.fixture(scope="module")
def found(all_templates: dict[str, Template]) -> list[authorization.Finding]:
    return all_findings(documents(all_templates), all_templates)


@pytest.mark.slow
def test_aws_knows_every_action_condition_key_and_resource(found: list[authorization.Finding]) -> None:
    unexpected = [str(one) for one in found if not any(is_expected(one, *key) for key in EXPECTED)]
    assert not unexpected, "\n".join(unexpected)


@pytest.mark.slow
@pytest.mark.parametrize(("action", "problem"), EXPECTED)
def test_every_exception_is_needed(found: list[authorization.Finding], action: str, problem: str) -> None:
    assert [one for one in found if is_expected(one, action, problem)]


@pytest.mark.slow
def test_every_kind_of_policy_document_is_read(all_templates: dict[str, Template]) -> None:
    read = {
        (all_templates[one.stack]["Resources"][one.logical_id]["Type"], one.property)
        for one in documents(all_templates)
    }
    assert {
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::IAM::Policy", "PolicyDocument"),
        ("AWS::ECR::Repository", "RepositoryPolicyText"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument"),
        ("AWS::Logs::ResourcePolicy", "PolicyDocument"),
    } <= read
    trusted = [one for one in documents(all_templates) if "Federated" in str(one.statements)]
    assert [one.stack for one in trusted] == ["OrdersOnEksFargate"]


@pytest.mark.slow
def test_no_text_of_a_template_hides_a_policy_document(all_templates: dict[str, Template]) -> None:
    """Every `"Effect"` of a template is in a document that was read."""
    for stack, template in all_templates.items():
        written = json.dumps(template.get("Resources", {})).replace("\\", "").count('"Effect"')
        read = sum(len(one.statements) for one in documents({stack: template}))
        assert written == read, stack


def statement(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*", **changes}


def problems(found: dict[str, Any], templates: policy_documents.Templates | None = None) -> list[str]:
    return [str(one) for one in all_findings([Document("Stack", "Role", "PolicyDocument", (found,))], templates or {})]


TABLE = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}, "Other": {"Type": "AWS::Glue::Job"}}}
BROKEN = [
    (statement(Action="ecs:RunTasks"), "ecs:RunTasks: is not an action of AWS"),
    (statement(Action="esc:RunTask"), "esc:RunTask: is not an action of AWS: no service has the prefix 'esc'"),
    (statement(Action=["ecs:RunTask", "s3:Fetch*"]), "s3:Fetch*: is not an action of AWS"),
    (
        statement(Condition={"ArnEquals": {"ecs:clusters": "x"}}),
        "ecs:RunTask: has no condition key ecs:clusters (known: aws:RequestTag/${TagKey}, ",
    ),
    (
        statement(Action="xray:PutSpans", Condition={"StringLike": {"aws:RequestTag/stage": "x"}}),
        "xray:PutSpans: has no condition key aws:RequestTag/stage (known: logs:LogGeneratingResourceArns)",
    ),
    (
        statement(Action="xray:PutSpans", Resource="arn:aws:xray:us-east-1:000000000000:group/a"),
        "xray:PutSpans: does not support arn:aws:xray:us-east-1:000000000000:group/a (supported: * only)",
    ),
    (
        statement(Action="dynamodb:ListStreams", Resource={"Fn::GetAtt": ["Table", "Arn"]}),
        "dynamodb:ListStreams: does not support arn:*:dynamodb:*:*:table/* (supported: * only)",
    ),
    (
        statement(Action="sqs:SendMessage", Resource=["arn:aws:sqs:*:*:a", "arn:aws:sns:*:*:a"]),
        "arn:aws:sns:*:*:a is a resource of none of sqs:SendMessage",
    ),
]


@pytest.mark.parametrize(("broken", "message"), BROKEN, ids=lambda found: str(found)[:40])
def test_a_wrong_statement_is_found(broken: dict[str, Any], message: str) -> None:
    assert f"Stack: Role: PolicyDocument: {message}" in " | ".join(problems(broken, {"Stack": TABLE}))


@pytest.mark.parametrize(
    "right",
    [
        statement(),
        statement(Action="s3:GetObject*", Resource="arn:aws:s3:::bucket/*"),
        statement(Action="dynamodb:GetItem", Resource=[{"Fn::GetAtt": ["Table", "Arn"]}]),
        statement(
            Action="ecs:RunTask", Condition={"ArnEquals": {"ecs:cluster": "x"}, "Bool": {"aws:SecureTransport": "true"}}
        ),
        statement(Action="ecs:RunTask", Condition={"StringEquals": {"aws:ResourceTag/stage": "x"}}),
    ],
    ids=str,
)
def test_a_right_statement_passes(right: dict[str, Any]) -> None:
    assert problems(right, {"Stack": TABLE}) == []


def test_an_arn_of_another_stack_is_followed() -> None:
    network = {
        "Resources": TABLE["Resources"],
        "Outputs": {"Out": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}, "Export": {"Name": "T"}}},
    }
    templates = {"Stack": {}, "Network": network}
    wrong = statement(Action="sqs:SendMessage", Resource={"Fn::ImportValue": "T"})
    assert problems(wrong, templates) == [
        "Stack: Role: PolicyDocument: arn:*:dynamodb:*:*:table/* is a resource of none of sqs:SendMessage",
        "Stack: Role: PolicyDocument: sqs:SendMessage: does not support arn:*:dynamodb:*:*:table/*"
        " (supported: arn:*:sqs:*:*:*)",
    ]


def test_an_arn_of_an_unknown_type_says_where_to_add_it() -> None:
    with pytest.raises(UnknownArnError, match="no ARN of AWS::Glue::Job is known: add it to _ARNS"):
        problems(statement(Resource={"Fn::GetAtt": ["Other", "Arn"]}), {"Stack": TABLE})


@pytest.mark.parametrize("stack", ["OrdersWorkflow", "OrdersRegistry"])
def test_a_misspelt_action_in_a_template_is_found(templates: dict[str, Template], stack: str) -> None:
    broken = copy.deepcopy(templates)
    before = all_findings(documents(broken), broken)
    for resource in broken[stack]["Resources"].values():
        for document in (
            resource.get("Properties", {}).get(name) for name in ("PolicyDocument", "RepositoryPolicyText")
        ):
            if document:
                document["Statement"][0]["Action"] = "ecr:PutImages"
    new = set(all_findings(documents(broken), broken)) - set(before)
    assert new
    assert all(str(one).startswith(f"{stack}: ") for one in new)
    assert any("ecr:PutImages: is not an action of AWS" in str(one) for one in new)
