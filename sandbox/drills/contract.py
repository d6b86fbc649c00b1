"""D1: contract checks, the workflow, logs, metrics and one trace of the deployed target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from deployment.contract_checks import run_checks
from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.orders_client import (
    OrdersClient,
    client_for,
    client_of_any_service,
    new_trace_header,
    no_response,
    order_body,
    wait_until_ready,
)
from deployment.preflight.account import AWS_ERRORS, Account
from deployment.results import CREATE_ORDER, Check, Outcome
from deployment.service_checks import run_service_checks
from deployment.service_client import ServiceClient
from deployment.workflow_verification import verify_workflow
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills import latency, platform_facts, telemetry, workflow_facts
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import account_of, resources
from sandbox.drills.telemetry import Observation
from sandbox.resource_kinds import judge_error

PERMISSIONS = (
    *telemetry.PERMISSIONS,
    *platform_facts.PERMISSIONS,
    *workflow_facts.PERMISSIONS,
    "dynamodb:BatchGetItem",
    "secretsmanager:GetSecretValue",
    "states:DescribeExecution",
    "states:GetExecutionHistory",
    "states:ListExecutions",
)
_URL = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+")
_FIRST_BOOT_S = 600.0
# "As soon as the deployment has ended": later, a first request shows nothing about its end.
_SOON_S, _AT_ONCE_S = 60.0, 2.0
_UNHEALTHY = Observation(seen="missing", reason="the target is not healthy")
_NO_WORKFLOW = "no stack of the app has a state machine"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts that the drill has seen.

    Attributes:
        checks: the contract checks, the health check first.
        url: URL of the target. Default: "".
        workflow: result of the orders that went through the workflow.
        logs, metrics, trace: what has arrived.
        log_line: a line of the log that the service wrote for a request; None without one. Default: None.
        has_exporter_errors: whether the service logs that it cannot send spans. Default: False.
        ready_s: seconds until the first response 200. Default: None, never.
        age_s: seconds from the end of the first deployment to that request; None if it is not known. Default: None.
        public_addresses, rebalances_zones, is_registered, is_sampled: what the platform's own service says; None where
            it was not asked or does not tell. Default: None.
        first_boot_s: seconds from the creation of the Auto Scaling group to its success signal. Default: None.
        hop_limits: hop limit of each instance of the Beanstalk environment. Default: none.
        untraced_order: final status of an order without the attribute `trace`. Default: None, none was written.
        figures: field of `Measurements` -> figure. Default: none.
    """

    checks: Sequence[Check]
    url: str = ""
    workflow: Observation
    logs: Observation
    metrics: Observation
    trace: Observation
    log_line: str | None = None
    has_exporter_errors: bool = False
    ready_s: float | None = None
    age_s: float | None = None
    public_addresses: bool | None = None
    rebalances_zones: bool | None = None
    is_registered: bool | None = None
    is_sampled: bool | None = None
    first_boot_s: float | None = None
    hop_limits: Sequence[int] = field(default=())
    untraced_order: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_served(self) -> bool:
        """Whether the target has met the whole contract: an order was created, with the role and the table."""
        passed = {check.name for check in self.checks if check.outcome is Outcome.PASSED}
        return CREATE_ORDER in passed and all(check.outcome is Outcome.PASSED for check in self.checks)


def _proven_by_service(facts: Facts) -> bool | None:
    # A service that fails may do so for another reason: that refutes nothing.
    return True if facts.is_served else None


def _spans(facts: Facts) -> bool | None:
    if facts.trace.seen == "found":
        return True
    return False if facts.trace.seen == "missing" and facts.has_exporter_errors else None


def _first_requests(facts: Facts) -> bool | None:
    if facts.age_s is None or facts.age_s > _SOON_S or facts.ready_s is None:
        return None
    return facts.ready_s <= _AT_ONCE_S


def _interpolation(facts: Facts) -> bool | None:
    # The log group's name reaches the Compose file as the account and the Region do.
    return True if facts.is_served and facts.logs.seen == "found" else None


def _hop_limit(facts: Facts) -> bool | None:
    if not facts.hop_limits:
        return None
    is_two = set(facts.hop_limits) == {platform_facts.HOP_LIMIT}
    return (True if facts.is_served else None) if is_two else False


def _with_public_addresses(facts: Facts) -> bool | None:
    return facts.public_addresses if facts.is_served else None


def _first_boot(facts: Facts) -> bool | None:
    return None if facts.first_boot_s is None else facts.first_boot_s < _FIRST_BOOT_S


def _untraced(facts: Facts) -> bool | None:
    if facts.untraced_order is None:
        return None
    return facts.untraced_order in ("FULFILLED", "REJECTED")


OBSERVERS: Observers[Facts] = {
    "spans-arrive": _spans,
    "managed-instances-pass-role": _proven_by_service,
    "managed-instances-rebalance-zones": lambda facts: facts.rebalances_zones,
    "express-endpoint-is-a-host-name": lambda facts: judge_url(facts.url),
    "express-tasks-have-public-addresses": _with_public_addresses,
    "eks-fargate-pods-register": lambda facts: facts.is_registered,
    "eks-first-requests": _first_requests,
    "eks-fargate-resolves-aws": _proven_by_service,
    "podman-first-boot": _first_boot,
    "podman-pulls-with-instance-role": _proven_by_service,
    "app-runner-accepts-port": _proven_by_service,
    "beanstalk-env-interpolation": _interpolation,
    "beanstalk-ecr-login": _proven_by_service,
    "beanstalk-listener-rule-matches": _proven_by_service,
    "beanstalk-hop-limit": _hop_limit,
    "beanstalk-logs": lambda facts: telemetry.judge_log_line(facts.log_line),
    "workflow-sampling-rule": lambda facts: facts.is_sampled or None,
    "workflow-empty-trace": _untraced,
}
"""Statement -> whether the facts show that it is true."""
NOT_SETTLED = {
    "trust-conditions": "it is about every target and the flow logs, and the drill sees one target",
}
"""Statement -> why the drill leaves it open."""


def judge_url(url: str) -> bool | None:
    """Whether the output `Url` is an https URL without a path or a slash at the end; None without an output."""
    return bool(_URL.fullmatch(url)) if url else None


def judge(facts: Facts) -> tuple[Outcome, str]:
    """Return the outcome of the drill, and what is missing; text without names of the account."""
    failed = [check for check in facts.checks if check.outcome is Outcome.FAILED]
    if failed:
        return Outcome.FAILED, f"{failed[0].name}: expected {failed[0].expected}"
    parts: Mapping[str, Observation] = {
        "workflow": facts.workflow,
        "logs": facts.logs,
        "metrics": facts.metrics,
        "trace": facts.trace,
    }
    missing = [f"{name}: {one.reason}" for name, one in parts.items() if one.seen == "missing"]
    if missing:
        return Outcome.FAILED, "; ".join(missing)
    left_out = [f"{name}: {one.reason}" for name, one in parts.items() if one.seen == "not looked for"]
    return Outcome.PASSED, f"not looked for: {'; '.join(left_out)}" if left_out else ""


def run(context: DrillContext) -> DrillOutcome:
    """Verify the target, then look for what it and the workflow leave in logs, metrics and traces."""
    facts = observe(context)
    outcome, reason = judge(facts)
    return replace(observed("D1", context.target, outcome, reason, OBSERVERS, facts), measured=facts.figures)


def observe(context: DrillContext) -> Facts:
    """Collect the facts; each part that AWS does not tell is named in its observation."""
    account, environment = account_of(context), context.environment
    app = DeployedApp.read(environment)
    target = app.assembly.targets[context.target]
    client = _client(app, context)
    began = datetime.now(UTC)
    age_s = platform_facts.judge_age(_events(context, account), began)
    with closing(client.http):
        context.report("waits until the target is healthy")
        ready_s, got = wait_until_ready(
            client, timeout_s=environment.timeouts.healthy_s, clock=context.now, stopped=context.sleep
        )
        health = Check(
            name="health check",
            outcome=Outcome.PASSED if ready_s is not None else Outcome.FAILED,
            expected=f"200 within {environment.timeouts.healthy_s:.0f} s",
            got=got,
        )
        checks = [health, *(_checks(app, client) if ready_s is not None else ())]
        context.report("measures the latency")
        figures = latency.figures(client, checks, ready_s, scales_to_zero=context.target == "lambda")
        trace_id = _traced_request(client) if ready_s is not None else ""
        workflow = _workflow(context, app, client) if ready_s is not None else _UNHEALTHY
    return Facts(
        checks=checks,
        url=app.stacks[context.stack].outputs.get(target.url_output, ""),
        workflow=workflow,
        **_telemetry(context, account, target.logical_ids, trace_id, began),
        ready_s=ready_s,
        age_s=age_s,
        figures=figures,
        **_of_platform(context, account),
        **_of_workflow(context, account, app, checks, workflow, began),
    )


def _client(app: DeployedApp, context: DrillContext) -> ServiceClient:
    if not app.has_orders_api:
        return client_of_any_service(app, context.target)
    client = client_for(app, context.target, app.api_token())
    return OrdersClient(client.http, client.token, context.sleep, health_path=client.health_path)


def _checks(app: DeployedApp, client: ServiceClient) -> list[Check]:
    if isinstance(client, OrdersClient):
        return run_checks(client)
    return run_service_checks(client, app.assembly.responses)


def _traced_request(client: ServiceClient) -> str:
    """Send one sampled request; return its trace ID, "" for a service that is not the sample."""
    if not isinstance(client, OrdersClient):
        return ""
    trace_id, header = new_trace_header()
    try:
        client.post(order_body(), x_amzn_trace_id=header)
    except httpx.TransportError as error:
        raise ActionableError("the sampled request failed", no_response(error), "run the drill again") from None
    return trace_id


def _workflow(context: DrillContext, app: DeployedApp, client: ServiceClient) -> Observation:
    if not isinstance(client, OrdersClient) or not any("StateMachineArn" in one.outputs for one in app.stacks.values()):
        return Observation(seen="not looked for", reason=_NO_WORKFLOW)
    context.report("follows orders through the workflow")
    found = verify_workflow(app, {context.target: client}, context.report)
    if found.outcome is Outcome.PASSED:
        return Observation(seen="found")
    # The reason of the result has IDs of orders.
    return Observation(
        seen="missing", reason=f"{found.fulfilled} fulfilled and {found.rejected} rejected of {found.orders}"
    )


def _telemetry(
    context: DrillContext, account: Account, target_ids: Sequence[str], trace_id: str, began: datetime
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    groups: list[str] = []
    try:
        groups = telemetry.log_groups(context, account)
        found["logs"] = Observation(seen="not looked for", reason="the service is not the sample, or has no log group")
        if groups and trace_id:
            line = telemetry.find_log_line(context, account, groups, trace_id, began)
            found["log_line"] = line
            found["logs"] = Observation(seen="found" if line else "missing", reason="" if line else "no line arrived")
    except AWS_ERRORS as error:
        found["logs"] = _not_told(error, "logs:FilterLogEvents")
    try:
        metrics = telemetry.metrics_of(resources(context, account, *telemetry.METRIC_TYPES), target_ids)
        found["metrics"] = telemetry.find_metrics(context, account, metrics)
    except AWS_ERRORS as error:
        found["metrics"] = _not_told(error, "cloudwatch:GetMetricData")
    found["trace"] = Observation(seen="not looked for", reason="the service is not the sample")
    if trace_id:
        try:
            found["trace"] = telemetry.find_spans(context, account, trace_id, began)
            found["has_exporter_errors"] = telemetry.has_exporter_errors(account, groups, began)
        except AWS_ERRORS as error:
            found.setdefault("has_exporter_errors", False)
            found["trace"] = _not_told(error, "xray:StartTraceRetrieval")
    return found


def _not_told(error: Exception, permission: str) -> Observation:
    _, reason = judge_error(error, permission)
    return Observation(seen="not looked for", reason=reason or "AWS does not know it")


def _events(context: DrillContext, account: Account) -> list[Any]:
    try:
        return platform_facts.events(context, account)
    except AWS_ERRORS:
        return []


def _of_platform(context: DrillContext, account: Account) -> dict[str, Any]:
    """Return what the service behind this target says; nothing where it does not tell."""
    try:
        if context.target == "ecs-express" and (service := platform_facts.ecs_service(context, account)):
            return {"public_addresses": platform_facts.have_public_addresses(account, service)}
        if context.target == "ecs-managed-instances" and (service := platform_facts.ecs_service(context, account)):
            return {"rebalances_zones": platform_facts.rebalances_zones(account, service)}
        if context.target == "eks-fargate":
            targets = platform_facts.registered_targets(context, account)
            return {"is_registered": platform_facts.judge_registered(targets)}
        if context.target == "ec2-podman":
            return {"first_boot_s": platform_facts.judge_first_boot(platform_facts.events(context, account))}
        if context.target == "beanstalk":
            return {"hop_limits": platform_facts.hop_limits(context, account)}
    except AWS_ERRORS as error:
        context.report(f"AWS does not tell: {judge_error(error, 'a permission')[1]}")
    return {}


def _of_workflow(
    context: DrillContext,
    account: Account,
    app: DeployedApp,
    checks: Sequence[Check],
    workflow: Observation,
    began: datetime,
) -> dict[str, Any]:
    if workflow.seen != "found":
        return {}
    found: dict[str, Any] = {"is_sampled": workflow_facts.sampling_rule_matches(context, account, began)}
    got = next((check.got for check in checks if check.name == CREATE_ORDER), "")
    order = got.removeprefix("201 ")
    try:
        if order:
            found["untraced_order"] = workflow_facts.order_without_trace(context, account, app, order)
    except AWS_ERRORS as error:
        context.report(f"no order without a trace was written: {judge_error(error, 'dynamodb:PutItem')[1]}")
    return found
