"""IAM roles of templates."""

from typing import Any

from comparison.facts.permissions import roles, summarize_actions, without_account
from deployment.template import Template


def test_each_target_has_one_application_role_with_its_wildcards(facts: Any) -> None:
    for target in facts.targets:
        [own] = [role for role in target.roles if role.is_application_role]
        assert own == target.roles[0]
        assert any("*" in permission.wildcards for permission in own.permissions)
        table = [one for one in own.permissions if any(action.startswith("dynamodb:") for action in one.actions)]
        assert table
        assert not [permission for permission in table if permission.wildcards]


def test_roles_of_service_accounts_and_managed_policies(facts: Any) -> None:
    pods = facts.target("eks-fargate").roles
    assert pods[0].assumed_by == ("a service account of the cluster",)
    assert [role.managed_policies for role in pods if role.managed_policies] == [
        ("AmazonEKSFargatePodExecutionRolePolicy",)
    ]


def test_a_deny_statement_is_no_permission() -> None:
    statements = [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": ["Table", "Arn"]}},
    ]
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = {
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyDocument": {"Statement": statements}}],
    }
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    template = Template.parse("Bills", {"Resources": resources})
    [found] = roles(template)
    assert [permission.actions for permission in found.permissions] == [("dynamodb:GetItem",)]
    assert found.permissions[0].wildcards == ()


def test_many_actions_of_a_service_are_counted_and_wildcards_named() -> None:
    assert summarize_actions(["a:One", "a:Two", "a:One"]) == ("a:One", "a:Two")
    assert summarize_actions(["a:One", "b:X", "a:Two", "a:*", "a:Three", "a:Four"]) == ("a:*", "a: 4 actions", "b:X")


def test_an_arn_keeps_every_account_except_the_stacks_own() -> None:
    assert without_account("arn:<Partition>:logs:<Region>:<AccountId>:log-group:/a/*") == "logs log-group:/a/*"
    assert without_account("arn:<Partition>:s3:::a-<AccountId>/*") == "s3 a-<AccountId>/*"
    for other in ("arn:aws:s3:::a/*", "arn:<Partition>:logs:<Region>:123456789012:log-group:/a/*", "Orders.Arn/*"):
        assert without_account(other) == other
