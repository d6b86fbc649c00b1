"""ECS services: deployments, health checks of tasks, and scaling to the minimum."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import request_scope
from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from local_aws.emulator.health_checks import FailureAction, HealthCheck, HealthStatus, monitor
from local_aws.emulator.patches.cloudformation import add_replaced_type, run_on_worker_thread
from local_aws.emulator.patches.ecs_targets import ecs_key
from local_aws.emulator.patches.ecs_tasks import health_checks, last_log_line
from local_aws.emulator.patches.elbv2 import TARGET_HEALTH, UNUSED
from local_aws.engine.client import Engine

_SERVICE = "AWS::ECS::Service"
_SCALABLE_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
_POLL_S = 0.1
# CloudFormation waits three hours, which is too long for a local run.
_TIMEOUT_S = 300.0
# The threshold of the circuit breaker of a small service; without one, ECS would retry for ever.
_FAILED_TASKS = 3
_STEADY_WITHOUT_CHECKS_S = 5.0
_WAIT: ContextVar[bool] = ContextVar("wait", default=True)


@contextmanager
def waiting(enabled: bool) -> Iterator[None]:
    """Wait, or do not wait, for services that are created or updated within this context."""
    before = _WAIT.set(enabled)
    try:
        yield
    finally:
        _WAIT.reset(before)


def wait_for_steady_state() -> None:
    """MiniStack completes a service as soon as it is recorded, whatever its tasks do."""
    make = ecs._make_deployment

    def make_deployment(definition: str, desired: int, *args: Any) -> dict[str, Any]:
        """A deployment is in progress until its tasks are steady; MiniStack's first one starts as completed."""
        deployment: dict[str, Any] = make(definition, desired, *args)
        return deployment | ({"rolloutState": "IN_PROGRESS", "rolloutStateReason": ""} if desired else {})

    ecs._make_deployment = make_deployment
    service = provisioners._RESOURCE_HANDLERS[_SERVICE]
    service["create"] = _waiting_for_deployment(service["create"])
    service["update"] = _waiting_for_deployment(service["update"])
    run_on_worker_thread(_SERVICE)


def keep_grace_period() -> None:
    """MiniStack drops the health check grace period of a new service: tasks would be replaced while they start."""
    service = provisioners._RESOURCE_HANDLERS[_SERVICE]
    create, create_service = service["create"], ecs._create_service
    grace_period: ContextVar[int] = ContextVar("grace_period", default=0)

    def create_with_grace_period(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        grace_period.set(int(props.get("HealthCheckGracePeriodSeconds") or 0))
        return create(logical_id, props, stack)

    service["create"] = create_with_grace_period
    ecs._create_service = lambda data: create_service({"healthCheckGracePeriodSeconds": grace_period.get()} | data)


def _waiting_for_deployment(original: Callable[..., Any]) -> Callable[..., Any]:
    def provision(*args: Any, **kwargs: Any) -> Any:
        created = original(*args, **kwargs)
        if _WAIT.get():
            _wait_for_deployment(created[0])
        return created

    return provision


def _wait_for_deployment(service_arn: str) -> None:
    key = "/".join(service_arn.split("/")[-2:])
    if key not in ecs._services:
        key = next(name for name, service in ecs._services.items() if service["serviceArn"] == service_arn)
    deployment = ecs._primary_deployment(ecs._services[key])["id"]
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        service = ecs._services.get(key)
        if service is None:
            return
        found = next((item for item in service["deployments"] if item["id"] == deployment), {"rolloutState": "FAILED"})
        if found.get("rolloutState") == "COMPLETED":
            return
        if found.get("rolloutState") == "FAILED":
            raise ValueError(f"{found.get('rolloutStateReason', 'deployment failed')} {_last_failure(deployment)}")
        if not _has_circuit_breaker(service) and len(_failed_tasks(deployment)) >= _FAILED_TASKS:
            raise ValueError(f"{_FAILED_TASKS} tasks failed. {_last_failure(deployment)}")
        _complete_if_healthy(key)
        time.sleep(_POLL_S)
    raise ValueError(f"{key} did not become steady within {_TIMEOUT_S:.0f} s. {_last_failure(deployment)}")


def _complete_if_healthy(key: str) -> None:
    """Complete the deployment whose tasks became healthy while another one, such as a rollback, was the primary one."""
    for task in _running_tasks(key):
        if task.get("_is_healthy"):
            ecs._record_service_task_healthy(key, task)
    ecs._complete_service_deployment(key.split("/")[0], key)


def _has_circuit_breaker(service: dict[str, Any]) -> bool:
    configuration = service.get("deploymentConfiguration") or {}
    return bool((configuration.get("deploymentCircuitBreaker") or {}).get("enable"))


def _failed_tasks(deployment_id: str) -> list[dict[str, Any]]:
    """Tasks of the deployment that stopped by themselves; tasks that ECS stopped after a failure explain nothing."""
    return [
        task
        for task in list(ecs._tasks.values())
        if task.get("_deployment_id") == deployment_id and task["stopCode"] not in ("", "UserInitiated")
    ]


def _last_failure(deployment_id: str) -> str:
    """Why the deployment's last task stopped: reason, exit codes, and last log line."""
    stopped = _failed_tasks(deployment_id)
    if not stopped:
        return ""
    task = max(stopped, key=lambda item: str(item["stoppedAt"]))
    codes = ", ".join(
        f"{item['name']} exited with {item['exitCode']}" for item in task["containers"] if item["exitCode"] is not None
    )
    line = task.get("_last_line", "")
    return f"Last stopped task: {task['stoppedReason']}{codes and f' ({codes})'}{line and f': {line}'}"


def start_min_capacity() -> None:
    """Raise a service's desired count to the minimum of its scalable target, as Application Auto Scaling does.

    MiniStack does not know the type. The service does not scale after that.
    """
    add_replaced_type(_SCALABLE_TARGET, lambda props, _stack: _register_scalable_target(props))
    run_on_worker_thread(_SCALABLE_TARGET)


def _register_scalable_target(props: dict[str, Any]) -> tuple[str, dict[str, str]]:
    kind, _, key = props["ResourceId"].partition("/")
    service = ecs._services.get(key)
    if kind == "service" and service and service["desiredCount"] < int(props["MinCapacity"]):
        cluster, name = key.split("/")
        ecs._update_service({"cluster": cluster, "service": name, "desiredCount": int(props["MinCapacity"])})
        _wait_for_healthy_tasks(key)
    return f"{props['ResourceId']}|{props['ScalableDimension']}|{props['ServiceNamespace']}", {}


def _wait_for_healthy_tasks(key: str) -> None:
    """Wait until the desired number of tasks is healthy, or until the time-out: a later check reports failed tasks."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        service = ecs._services.get(key, {})
        if service.get("status") != "ACTIVE" or ecs._primary_deployment(service).get("rolloutState") == "FAILED":
            return
        if sum(not task.get("_awaiting_health") for task in _running_tasks(key)) >= service["desiredCount"]:
            return
        time.sleep(_POLL_S)


def _running_tasks(key: str) -> list[dict[str, Any]]:
    service = ecs._services.get(key)
    if service is None:
        return []
    identity = (f"service:{service['serviceName']}", service["clusterArn"], "RUNNING")
    return [
        task
        for task in list(ecs._tasks.values())
        if (task["group"], task["clusterArn"], task["lastStatus"]) == identity
    ]


def run_health_checks(engine: Engine) -> None:
    """In MiniStack every running container is healthy, even a process that hangs or does not listen."""
    watch_lifecycle, complete, healthy = (
        ecs._watch_task_lifecycle,
        ecs._complete_service_deployment,
        ecs._record_service_task_healthy,
    )
    stopped = ecs._mark_task_stopped
    # Without a health check, a task counts as started when nothing has failed for this time.
    ecs._ECS_DEPLOYMENT_STEADY_DELAY = _STEADY_WITHOUT_CHECKS_S

    def watch_task(task: dict[str, Any], client: Any, account: str, region: str) -> None:
        task["_awaiting_health"] = bool(health_checks(task, engine))
        watch_lifecycle(task, client, account, region)
        if task["_awaiting_health"]:
            spawn_background(lambda: _monitor_task(task, engine, account, region), thread_name="local-aws-health")

    def complete_deployment(cluster: str, key: str, expected_deployment_id: str | None = None) -> None:
        if not any(task.get("_awaiting_health") for task in _running_tasks(key)):
            complete(cluster, key, expected_deployment_id)

    def record_healthy(key: str, task: dict[str, Any]) -> None:
        if not task.get("_awaiting_health"):
            healthy(key, task)

    def mark_stopped(arn: str, task: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Keep the last log line: it says more than the exit code, and is gone after the clean-up of the task."""
        task["_last_line"] = task.get("_last_line") or last_log_line(task, engine)
        return stopped(arn, task, *args, **kwargs)

    ecs._watch_task_lifecycle = watch_task
    ecs._complete_service_deployment = complete_deployment
    ecs._record_service_task_healthy = record_healthy
    ecs._mark_task_stopped = mark_stopped


def _monitor_task(task: dict[str, Any], engine: Engine, account: str, region: str) -> None:
    """Run all health checks until the task stops; the task counts as healthy once all of them have passed."""
    checks = health_checks(task, engine)
    statuses = dict.fromkeys(checks, HealthStatus.UNKNOWN)
    lock = threading.Lock()

    def reporter(check: HealthCheck) -> Callable[[HealthStatus, str], bool]:
        def report(status: HealthStatus, output: str) -> bool:
            with request_scope(account, region), lock:
                statuses[check] = status
                is_done = check.once and status is HealthStatus.HEALTHY
                return _apply_status(task, check, statuses, output) and not is_done

        return report

    _publish_status(task, statuses)
    for check in checks:
        spawn_background(lambda check=check: monitor(check, reporter(check)), thread_name="local-aws-health-check")


def _apply_status(
    task: dict[str, Any], check: HealthCheck, statuses: dict[HealthCheck, HealthStatus], output: str
) -> bool:
    """Act on the status of a check; returns whether to continue checking."""
    if not ecs._task_is_active(task["taskArn"], task):
        return False
    _publish_status(task, statuses)
    replaces = check.on_failure is FailureAction.REPLACE or task["_awaiting_health"]
    if statuses[check] is HealthStatus.UNHEALTHY and replaces and task["group"].startswith("service:"):
        _replace_task(task, check, output)
        return False
    if task["_awaiting_health"] and all(status is HealthStatus.HEALTHY for status in statuses.values()):
        task["_awaiting_health"], task["_is_healthy"] = False, True
        cluster, key = ecs._cluster_name_from_arn(task["clusterArn"]), ecs_key(task)
        ecs._record_service_task_healthy(key, task)
        ecs._refresh_service_state(cluster, task["group"])
        ecs._reconcile_service_tasks(cluster, key)
        ecs._complete_service_deployment(cluster, key)
    return True


def _publish_status(task: dict[str, Any], statuses: dict[HealthCheck, HealthStatus]) -> None:
    """Show the worst status to load balancers and in the ECS API."""
    own = {check: status for check, status in statuses.items() if not check.target_group}
    if own:
        task["healthStatus"] = _worst(own).name
        for container in task["containers"]:
            container["healthStatus"] = task["healthStatus"]
    for target in {(check.target_group, check.address) for check in statuses if check.target_group}:
        of_target = {check: found for check, found in statuses.items() if (check.target_group, check.address) == target}
        readiness = {found for check, found in of_target.items() if check.on_failure is FailureAction.DEREGISTER}
        TARGET_HEALTH[target] = _worst(of_target).value if readiness <= {HealthStatus.HEALTHY} else UNUSED


def _worst(statuses: dict[HealthCheck, HealthStatus]) -> HealthStatus:
    order = (HealthStatus.UNHEALTHY, HealthStatus.UNKNOWN, HealthStatus.HEALTHY)
    return min(statuses.values(), key=order.index)


def _replace_task(task: dict[str, Any], check: HealthCheck, output: str) -> None:
    """Stop an unhealthy task; the service then starts another one, or its circuit breaker opens."""
    task["_last_line"] = output
    reason = f"Task failed {check.name} health checks"
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
        ecs._record_service_task_failure(task)
        ecs._cleanup_task_resources(task, ecs._docker)
