"""The commands that checks print are accepted by the AWS CLI and the CDK CLI."""

import shlex
from typing import Any

import pytest

from deployment import cli, workflow
from deployment.after_deploy import app_runner, beanstalk, ecs, eks, stacks
from deployment.preflight.checks import bootstrap, lambda_concurrency, names, quotas, service_roles, stack_states, zones
from deployment.preflight.finding import Finding
from tests.unit.deployment.aws_responses import plan_of
from tests.unit.docs import command_checks

PLAN = plan_of({}, "OrdersOnEcsFargate")
WAITERS = {"stack-create-complete", "stack-update-complete", "stack-delete-complete", "stack-rollback-complete"}
IN_PROGRESS = ("CREATE", "UPDATE", "DELETE", "UPDATE_ROLLBACK", "ROLLBACK")
FAILED = ("UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED")
ECS_SERVICE: dict[str, Any] = {"serviceArn": "arn:aws:ecs:us-east-1:1:service/c/s", "serviceName": "s"}


def findings() -> list[Finding]:
    states = [*(f"{operation}_IN_PROGRESS" for operation in IN_PROGRESS), *FAILED]
    operation = {"Type": "UPDATE_SERVICE", "Status": "ROLLBACK_SUCCEEDED", "StartedAt": 0}
    found = [
        bootstrap.judge("/cdk-bootstrap/mine/version", 6, None, "111122223333", "us-east-1"),
        lambda_concurrency.judge(10, 10, 10),
        *(names.collision(named, "orders", "S") for named in names.NAMED_TYPES),
        *(quotas.judge(quota, 1, 100, 1) for quota in quotas.QUOTAS),
        *(service_roles.judge(role, exists=False) for role in service_roles.REQUIRED),
        *(stack_states.judge("S", state) for state in states),
        zones.judge(["us-east-1a"], {"us-east-1b": "use1-az1", "us-east-1c": "use1-az2"}, [], "us-east-1", PLAN),
        *(stacks.judge("S", state, "", is_current=True) for state in [*states, "UPDATE_ROLLBACK_COMPLETE"]),
        app_runner.judge("S", "arn:aws:apprunner:us-east-1:1:service/orders/1", [operation]).finding,
        app_runner.judge("S", "arn:aws:apprunner:us-east-1:1:service/orders/1", []).finding,
        eks.judge("S", {"addonName": "a", "clusterName": "c", "status": "DEGRADED"}).finding,
        ecs.judge("S", ECS_SERVICE, None).finding,
        ecs.judge_express("S", ECS_SERVICE, None).finding,
        beanstalk.judge("S", {"EnvironmentName": "e", "Status": "Terminated"}, None).finding,
    ]
    return [finding for finding in found if finding]


COMMANDS = sorted(
    {fix for finding in findings() for fix in finding.fix if fix.startswith(("aws ", "cdk ", "make ", "python "))}
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_called_program_accepts_a_printed_command(command: str) -> None:
    words = shlex.split(command)
    if words[:3] == ["aws", "cloudformation", "wait"]:
        assert words[3] in WAITERS
        assert words[4:] == ["--stack-name", "S"]
    else:
        assert command_checks.errors(words) == []


def test_every_failure_has_a_fix() -> None:
    assert all(finding.fix for finding in findings() if finding.outcome == "failed")


def test_the_policy_names_each_action_once_in_a_statement() -> None:
    document = cli.policy()
    for statement in document["Statement"]:
        assert statement["Action"] == sorted(set(statement["Action"]))
    # BatchGetImage reads manifests, and receiving a message only hides it for two minutes.
    writing = [
        action
        for statement in document["Statement"]
        for action in statement["Action"]
        if not action.partition(":")[2].lower().startswith(("get", "describe", "list", "batchget", "query"))
    ]
    assert writing == ["ecr:BatchDeleteImage", *sorted(workflow.REPAIR_PERMISSIONS)]
