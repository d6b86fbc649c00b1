"""The last operation of an App Runner service.

CloudFormation reports success after App Runner has rolled back (https://github.com/aws/apprunner-roadmap/issues/209,
https://github.com/aws/apprunner-roadmap/issues/272).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deployment.after_deploy.verdict import Service, Verdict
from deployment.preflight.account import Account
from deployment.preflight.finding import failed, passed
from deployment.preflight.plan import Plan
from deployment.template import Resource

_SOURCE = "https://github.com/aws/apprunner-roadmap/issues/272"


def judge(stack: str, service: str, operations: Sequence[Mapping[str, Any]]) -> Verdict:
    """Return whether the last operation of a service succeeded.

    Args:
        stack: name of the stack.
        service: ARN of the service.
        operations: App Runner's `OperationSummaryList`.
    """
    if not operations:
        return Verdict(
            failed(
                stack, "App Runner service: no operation yet", f"aws apprunner describe-service --service-arn {service}"
            ),
            True,
        )
    last = max(operations, key=lambda operation: operation["StartedAt"])
    status, what = last["Status"], str(last["Type"]).lower().replace("_", " ")
    if status == "SUCCEEDED":
        return Verdict(passed(stack, f"App Runner service: {what} succeeded"))
    if status in ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        fix = f"aws apprunner list-operations --service-arn {service}"
        return Verdict(failed(stack, f"App Runner service: {what} is {status}", fix), True)
    runs = "the previous version runs" if status == "ROLLBACK_SUCCEEDED" else "the new version does not run"
    name = service.split(":service/")[-1]
    return Verdict(
        failed(
            stack,
            f"App Runner service: {what} ended with {status}; {runs}. CloudFormation reports success, so deploying "
            "the same template again does nothing",
            f"aws logs tail /aws/apprunner/{name}/application --since 1h",
            "fix the image and deploy it; to retry the same image, first deploy the previous commit",
            source=_SOURCE,
        )
    )


def _verdict(_plan: Plan, account: Account, resource: Resource) -> Verdict:
    arn = str(account.physical_id(resource))
    operations = account.client("apprunner").list_operations(ServiceArn=arn, MaxResults=20)["OperationSummaryList"]
    return judge(resource.stack, arn, operations)


SERVICE = Service(type="AWS::AppRunner::Service", permissions=("apprunner:ListOperations",), verdict=_verdict)
