"""The version and health of an Elastic Beanstalk environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment.after_deploy.verdict import Service, Verdict
from deployment.preflight.account import Account
from deployment.preflight.finding import failed, passed
from deployment.preflight.plan import Plan
from deployment.template import Resource

_HEALTHY = ("Green", "Yellow")


def judge(stack: str, environment: Mapping[str, Any], label: str | None) -> Verdict:
    """Return whether an environment is healthy and runs the version of its template.

    Args:
        stack: name of the stack.
        environment: the environment as Beanstalk describes it.
        label: label of the version of the deployed template; None if the plan does not tell.
    """
    name, status = environment["EnvironmentName"], environment.get("Status")
    fix = f"aws elasticbeanstalk describe-events --environment-name {name} --severity WARN"
    if status != "Ready":
        changing = status in ("Launching", "Updating", "Aborting")
        return Verdict(failed(stack, f"Beanstalk environment {name}: {status}", fix), changing)
    version = environment.get("VersionLabel")
    if label and version != label:
        text = f"Beanstalk environment {name} runs version {version}, not {label}: the deployment was rolled back"
        return Verdict(failed(stack, text, fix))
    health = environment.get("Health")
    if health not in _HEALTHY:
        state = f"{health} ({environment.get('HealthStatus', 'no status')})"
        return Verdict(failed(stack, f"Beanstalk environment {name}: health is {state}", fix), health == "Grey")
    return Verdict(passed(stack, f"Beanstalk environment: health is {health}, version {version}"))


def _verdict(plan: Plan, account: Account, resource: Resource) -> Verdict:
    name = str(account.physical_id(resource))
    found = account.client("elasticbeanstalk").describe_environments(EnvironmentNames=[name], IncludeDeleted=False)
    environment = next(iter(found["Environments"]), {"EnvironmentName": name, "Status": "missing"})
    version = plan.follow(resource, resource.properties.get("VersionLabel"))
    physical_id = account.physical_id(version) if version else None
    # The physical ID is the label, or the application and the label.
    return judge(resource.stack, environment, physical_id.rpartition("|")[2] if physical_id else None)


ENVIRONMENT = Service(
    type="AWS::ElasticBeanstalk::Environment",
    permissions=("elasticbeanstalk:DescribeEnvironments",),
    verdict=_verdict,
)
