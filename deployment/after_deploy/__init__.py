"""The result of a deployment as the services report it.

CloudFormation reports success for some deployments that failed: App Runner rolls back automatically, and an EKS add-on
may be degraded. `run` asks each service.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from deployment.after_deploy import app_runner, beanstalk, ecs, eks, stacks
from deployment.after_deploy.verdict import Service, Verdict
from deployment.preflight.account import AWS_ERRORS, Account, as_reason
from deployment.preflight.finding import Finding, not_checked
from deployment.preflight.plan import Plan
from deployment.template import Resource

__all__ = ["SERVICES", "permissions", "run"]

SERVICES = (ecs.SERVICE, ecs.EXPRESS_SERVICE, app_runner.SERVICE, eks.ADDON, beanstalk.ENVIRONMENT)
WAIT_S = 300.0
_POLL_S = 15.0


def run(
    plan: Plan,
    account: Account,
    *,
    is_cdk_successful: bool = True,
    wait_s: float = WAIT_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Return a finding for each stack of the plan, and for each of its services.

    Args:
        plan: The deployment.
        account: The account, read after the deployment.
        is_cdk_successful: Whether the CDK CLI ended with status 0. Default: True; False also compares the template of
            each stack with the plan.
        wait_s: Seconds to wait for a service that is still changing. Default: 300.
        clock: Returns seconds from any start. Default: the monotonic clock.
        sleep: Waits. Default: `time.sleep`.
    """
    deadline = clock() + wait_s
    findings: list[Finding] = []
    for name in plan.names:
        try:
            findings.append(stacks.finding(plan, account, name, compare_template=not is_cdk_successful))
            services = [
                (service, found)
                for service in SERVICES
                for found in plan.templates[name].resources_of(service.type)
                if account.physical_id(found)
            ]
        except AWS_ERRORS as error:
            findings.append(not_checked(name, as_reason(error)))
            continue
        for service, found in services:
            verdict = _verdict(service, plan, account, found)
            while verdict.may_change and clock() < deadline:
                sleep(_POLL_S)
                verdict = _verdict(service, plan, account, found)
            findings.append(verdict.finding)
    return findings


def permissions() -> list[str]:
    """Return the IAM actions that `run` calls, sorted; each only reads."""
    return sorted({*stacks.PERMISSIONS, *(action for service in SERVICES for action in service.permissions)})


def _verdict(service: Service, plan: Plan, account: Account, resource: Resource) -> Verdict:
    try:
        return service.verdict(plan, account, resource)
    except AWS_ERRORS as error:
        return Verdict(not_checked(resource.stack, f"{resource.type}: {as_reason(error)}"))
