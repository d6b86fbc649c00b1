"""The deployment that an ECS service runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment.after_deploy.verdict import Service, Verdict
from deployment.preflight.account import Account
from deployment.preflight.finding import failed, passed
from deployment.preflight.plan import Plan
from deployment.template import Resource


def judge(stack: str, service: Mapping[str, Any], definition: str | None) -> Verdict:
    """Return whether a service runs the task definition of its template.

    Args:
        stack: name of the stack.
        service: the service as ECS describes it.
        definition: ARN of the task definition of the deployed template; None if the plan does not tell.
    """
    cluster, name = _cluster(service["serviceArn"]), service["serviceName"]
    fix = f"aws ecs describe-services --cluster {cluster} --services {name} --query services[].events[:10]"
    primary = next((each for each in service.get("deployments", ()) if each.get("status") == "PRIMARY"), None)
    if service.get("status") != "ACTIVE" or primary is None:
        return Verdict(failed(stack, f"ECS service {name}: {service.get('status')}, without a running deployment", fix))
    running = str(primary.get("taskDefinition", ""))
    if primary.get("rolloutState") == "FAILED":
        reason = primary.get("rolloutStateReason", "")
        return Verdict(failed(stack, f"ECS service {name}: the deployment failed. {reason}".rstrip(". "), fix))
    if definition and running != definition:
        text = f"ECS service {name} runs {_short(running)}, not {_short(definition)}: the deployment was rolled back"
        return Verdict(failed(stack, text, fix))
    count, desired = service.get("runningCount", 0), service.get("desiredCount", 0)
    if primary.get("rolloutState") == "IN_PROGRESS" or count < desired:
        state = f"{count} of {desired} tasks run, the deployment is {primary.get('rolloutState', 'unknown')}"
        return Verdict(failed(stack, f"ECS service {name}: {state}", fix), True)
    return Verdict(passed(stack, f"ECS service: {count} tasks run {_short(running)}"))


def judge_express(stack: str, service: Mapping[str, Any], definition: str | None) -> Verdict:
    """Return whether an Express service runs the task definition of its template.

    Args:
        stack: name of the stack.
        service: the service as ECS describes it.
        definition: ARN of the task definition of the deployed template; None if the plan does not tell.
    """
    fix = (
        f"aws ecs describe-services --cluster {_cluster(service['serviceArn'])} "
        f"--services {service['serviceArn'].rpartition('/')[2]} --query services[].events[:10]"
    )
    status = service.get("status", {})
    if status.get("statusCode") != "ACTIVE":
        reason = f"{status.get('statusCode')}. {status.get('statusReason', '')}".rstrip(". ")
        return Verdict(failed(stack, f"Express service: {reason}", fix))
    active = [str(each.get("taskDefinitionArn", "")) for each in service.get("activeConfigurations", ())]
    if definition and definition not in active:
        runs = ", ".join(map(_short, active)) or "no configuration"
        return Verdict(failed(stack, f"Express service runs {runs}, not {_short(definition)}: it was rolled back", fix))
    if len(active) > 1:
        return Verdict(failed(stack, "Express service: two versions run, the deployment has not ended", fix), True)
    return Verdict(passed(stack, f"Express service: {', '.join(map(_short, active)) or 'ACTIVE'}"))


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


def _cluster(service_arn: str) -> str:
    parts = service_arn.split("/")
    return parts[1] if len(parts) > 2 else "default"


def _definition(plan: Plan, account: Account, resource: Resource, name: str) -> str | None:
    definition = plan.follow(resource, resource.properties.get(name))
    return account.physical_id(definition) if definition else None


def _verdict(plan: Plan, account: Account, resource: Resource) -> Verdict:
    arn = str(account.physical_id(resource))
    response = account.client("ecs").describe_services(cluster=_cluster(arn), services=[arn])
    missing = {"serviceArn": arn, "serviceName": _short(arn), "status": "MISSING"}
    service = next(iter(response["services"]), missing)
    return judge(resource.stack, service, _definition(plan, account, resource, "TaskDefinition"))


def _express_verdict(plan: Plan, account: Account, resource: Resource) -> Verdict:
    arn = str(account.physical_id(resource))
    service = account.client("ecs").describe_express_gateway_service(serviceArn=arn)["service"]
    return judge_express(resource.stack, service, _definition(plan, account, resource, "TaskDefinitionArn"))


SERVICE = Service(type="AWS::ECS::Service", permissions=("ecs:DescribeServices",), verdict=_verdict)
EXPRESS_SERVICE = Service(
    type="AWS::ECS::ExpressGatewayService",
    permissions=("ecs:DescribeExpressGatewayService",),
    verdict=_express_verdict,
)
