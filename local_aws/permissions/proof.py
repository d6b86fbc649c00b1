"""The negative proof: with IAM enforced, a role that lost one grant is refused by the table.

The role of a deployed service is copied without the grant; the deployed role itself is never touched, so that it can
prove the other half: the same call with its keys still succeeds.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import ClientError

from deployment.deployed import Deployed
from deployment.errors import ActionableError
from deployment.results import Outcome, PermissionResult
from local_aws.clients import client
from local_aws.permissions.enforcement import enforce
from local_aws.permissions.roles import copy_without_grant, deployed_targets, first_that_grants

ACTION = "dynamodb:PutItem"
PROBE = "local-run-permission-proof"  # no order: it has no status, so the pipe lets it pass
DENIED = ("AccessDenied", "AccessDeniedException")
SUCCESS = "200"


def prove(deployed: Deployed) -> PermissionResult:
    """Take one grant from a copy of a service's role and ask the table twice."""
    iam = deployed.client("iam")
    if not deployed_targets(deployed):
        return PermissionResult(outcome=Outcome.NOT_RUN, action=ACTION, reason="no target is deployed")
    role = first_that_grants(deployed, iam, ACTION)
    if role is None:
        return PermissionResult(
            outcome=Outcome.FAILED,
            action=ACTION,
            reason=f"no role of a deployed target grants {ACTION}",
            cause="the stacks' grants did not arrive in IAM",
            fix="python -m local_aws logs emulator",
        )
    with copy_without_grant(iam, role, ACTION) as copy_arn:
        keys = {name: _keys(deployed, arn) for name, arn in (("untouched", role.arn), ("reduced", copy_arn))}
        with _enforced(deployed):
            answers = {name: _put(deployed, keys[name]) for name in keys}
    _remove_probe(deployed)
    return judge(role.name, **answers)


def judge(role: str, untouched: str, reduced: str) -> PermissionResult:
    """Decide from the table's two answers."""
    reason = cause = ""
    if reduced not in DENIED:
        reason, cause = f"the table answered a role without {ACTION} with {reduced}", "permissions are not enforced"
    elif untouched != SUCCESS:
        reason, cause = f"the table answered the deployed role with {untouched}", f"its policies do not grant {ACTION}"
    return PermissionResult(
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        role=role,
        action=ACTION,
        untouched=untouched,
        reduced=reduced,
        reason=reason,
        cause=cause,
        fix="python -m local_aws logs emulator" if reason else "",
    )


@contextmanager
def _enforced(deployed: Deployed) -> Iterator[None]:
    enforce(deployed.running, True)
    try:
        yield
    finally:
        enforce(deployed.running, False)


def _keys(deployed: Deployed, role_arn: str) -> dict[str, str]:
    try:
        answer = deployed.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="permission-proof")
    except ClientError as error:
        raise ActionableError(
            f"{role_arn} cannot be assumed", str(error), "python -m local_aws logs emulator"
        ) from None
    given = answer["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def _put(deployed: Deployed, keys: Mapping[str, str]) -> str:
    """Put an item with these keys and return the status or the error's code."""
    table = client(deployed.running, "dynamodb", keys)
    try:
        answer = table.put_item(TableName=deployed.output("TableName"), Item={"id": {"S": PROBE}})
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(answer["ResponseMetadata"]["HTTPStatusCode"])


def _remove_probe(deployed: Deployed) -> None:
    deployed.client("dynamodb").delete_item(TableName=deployed.output("TableName"), Key={"id": {"S": PROBE}})
