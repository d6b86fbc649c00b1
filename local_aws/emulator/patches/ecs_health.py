"""ECS believes health checks: the container's own and the load balancer's decide whether a task counts, and lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import request_scope
from ministack.services import ecs

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.health import Check, Remedy, Verdict, watch
from local_aws.emulator.patches.ecs_tasks import checks_of, last_line, tasks_of
from local_aws.emulator.patches.load_balancers import HEALTH, UNUSED

_STEADY_UNCHECKED_S = 5.0


def check_tasks(_config: EmulatorConfig, engine: Engine) -> None:
    """In MiniStack a container that runs is healthy: a wedged process, or one that never listens, goes unnoticed."""
    watch_lifecycle, complete, healthy = (
        ecs._watch_task_lifecycle,
        ecs._complete_service_deployment,
        ecs._record_service_task_healthy,
    )
    stopped = ecs._mark_task_stopped
    # Without a health check, a start is good if nothing has gone wrong for a while.
    ecs._ECS_DEPLOYMENT_STEADY_DELAY = _STEADY_UNCHECKED_S

    def watch_task(task: dict[str, Any], client: Any, account: str, region: str) -> None:
        task["_unproven"] = bool(checks_of(task, engine))
        watch_lifecycle(task, client, account, region)
        if task["_unproven"]:
            spawn_background(lambda: _follow(task, engine, account, region), thread_name="local-aws-health")

    def complete_deployment(cluster: str, service_key: str, expected_deployment_id: str | None = None) -> None:
        if not any(task.get("_unproven") for task in tasks_of(service_key) if task["lastStatus"] == "RUNNING"):
            complete(cluster, service_key, expected_deployment_id)

    def record_healthy(service_key: str, task: dict[str, Any]) -> None:
        if not task.get("_unproven"):
            healthy(service_key, task)

    def mark_stopped(arn: str, task: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The last line a task wrote says more than its exit code, and is gone once the task is cleaned up."""
        task["_last_line"] = task.get("_last_line") or last_line(task, engine)
        return stopped(arn, task, *args, **kwargs)

    ecs._watch_task_lifecycle = watch_task
    ecs._complete_service_deployment = complete_deployment
    ecs._record_service_task_healthy = record_healthy
    ecs._mark_task_stopped = mark_stopped


def _follow(task: dict[str, Any], engine: Engine, account: str, region: str) -> None:
    """Run all checks until the task ends; the first time all passed, the task counts."""
    checks = checks_of(task, engine)
    verdicts = dict.fromkeys(checks, Verdict.UNKNOWN)
    lock = threading.Lock()

    def told(check: Check) -> Callable[[Verdict, str], bool]:
        def tell(verdict: Verdict, said: str) -> bool:
            with request_scope(account, region), lock:
                verdicts[check] = verdict
                return _judge(task, check, verdicts, said) and not (check.once and verdict is Verdict.HEALTHY)

        return tell

    _show(task, verdicts)
    for check in checks:
        spawn_background(lambda check=check: watch(check, told(check)), thread_name="local-aws-health-check")


def _judge(task: dict[str, Any], check: Check, verdicts: dict[Check, Verdict], said: str) -> bool:
    """Act on what a check found; returns whether to go on checking."""
    if not ecs._task_is_active(task["taskArn"], task):
        return False
    _show(task, verdicts)
    ends = check.remedy is Remedy.REPLACE or task["_unproven"]
    if verdicts[check] is Verdict.UNHEALTHY and ends and task["group"].startswith("service:"):
        _replace(task, check, said)
        return False
    if task["_unproven"] and all(found is Verdict.HEALTHY for found in verdicts.values()):
        task["_unproven"] = False
        cluster = ecs._cluster_name_from_arn(task["clusterArn"])
        key = f"{cluster}/{task['group'].removeprefix('service:')}"
        ecs._record_service_task_healthy(key, task)
        ecs._refresh_service_state(cluster, task["group"])
        ecs._reconcile_service_tasks(cluster, key)
        ecs._complete_service_deployment(cluster, key)
    return True


def _show(task: dict[str, Any], verdicts: dict[Check, Verdict]) -> None:
    """Let load balancers and ECS's API know the worst that was found."""
    own = {check: verdict for check, verdict in verdicts.items() if not check.group}
    if own:
        task["healthStatus"] = _worst(own).value.upper()
        for container in task["containers"]:
            container["healthStatus"] = task["healthStatus"]
    for place in {(check.group, check.address) for check in verdicts if check.group}:
        asked = {check: verdict for check, verdict in verdicts.items() if (check.group, check.address) == place}
        wanted = {verdict for check, verdict in asked.items() if check.remedy is Remedy.WITHDRAW} <= {Verdict.HEALTHY}
        HEALTH[place] = _worst(asked).value if wanted else UNUSED


def _worst(verdicts: dict[Check, Verdict]) -> Verdict:
    found = set(verdicts.values())
    return next(one for one in (Verdict.UNHEALTHY, Verdict.UNKNOWN, Verdict.HEALTHY) if one in found)


def _replace(task: dict[str, Any], check: Check, said: str) -> None:
    """Stop an unhealthy task; the service then starts another one, or its circuit breaker opens."""
    task["_last_line"] = said
    reason = f"Task failed {check.name} health checks"
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
        ecs._record_service_task_failure(task)
        ecs._cleanup_task_resources(task, ecs._docker)
