"""The ARNs of secrets, and the permission to read them."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from microservice import ServiceSpec
from microservice.secrets import grant_read_secrets, secret_arn
from tests.conftest import resources
from tests.unit.microservice.targets import stack_with

PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/bills/key"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:bills/key-AbCdEf"
ECS = ["FargateMicroservice", "ExpressMicroservice", "ManagedInstancesMicroservice"]


@pytest.mark.parametrize(
    ("value", "arn"),
    [
        (PARAMETER, PARAMETER),
        (SECRET, SECRET),
        (f"{SECRET}:password::", SECRET),
        (f"{SECRET}:::AbC", SECRET),
        ("${Token[Secret.1]}", "${Token[Secret.1]}"),
        ("${Token[Secret.1]}:password::", "${Token[Secret.1]}"),
    ],
)
def test_the_arn_of_a_secret_has_no_key(value: str, arn: str) -> None:
    assert secret_arn(value) == arn


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    policies = resources(Template.from_stack(stack).to_json(), "AWS::IAM::Policy")
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def test_a_role_may_read_the_secrets_of_the_spec_and_nothing_else() -> None:
    stack = cdk.Stack()
    secret, parameter = secretsmanager.Secret(stack, "Key"), ssm.StringParameter(stack, "Setting", string_value="x")
    arns = {"A": f"{secret.secret_arn}:password::", "B": secret.secret_arn, "C": parameter.parameter_arn}
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    grant_read_secrets(role, ServiceSpec(name="bills", secrets=arns))
    [secrets, parameters] = statements(stack)
    assert secrets["Action"] == "secretsmanager:GetSecretValue"
    assert secrets["Resource"] == stack.resolve(secret.secret_arn)
    assert parameters["Action"] == "ssm:GetParameters"
    assert parameters["Resource"] == stack.resolve(parameter.parameter_arn)


@pytest.mark.parametrize("target", ECS)
def test_ecs_sets_secrets_as_variables_with_its_execution_role(target: str) -> None:
    stack = stack_with(target, secrets={"KEY": f"{SECRET}:password::", "SETTING": PARAMETER})
    [definition] = resources(Template.from_stack(stack).to_json(), "AWS::ECS::TaskDefinition")
    [container] = definition["ContainerDefinitions"]
    assert container["Secrets"] == [
        {"Name": "KEY", "ValueFrom": f"{SECRET}:password::"},
        {"Name": "SETTING", "ValueFrom": PARAMETER},
    ]
    readers = {
        name
        for name, found in Template.from_stack(stack).to_json()["Resources"].items()
        if found["Type"] == "AWS::IAM::Policy" and SECRET in str(found)
    }
    assert len(readers) == 1
    assert "ExecutionRole" in readers.pop()
