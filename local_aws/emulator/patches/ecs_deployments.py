"""CloudFormation waits until a service is steady, and fails when its deployment failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners, stacks

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine

_SERVICE = "AWS::ECS::Service"
POLL_S = 0.1
PATIENCE_S = 300.0
"""CloudFormation waits three hours; nobody does at a desk."""

# As many as a circuit breaker bears in a small service; without one it would go on for ever.
_FAILED_TASKS = 3
_WAITS: ContextVar[bool] = ContextVar("waits", default=True)


@contextmanager
def waiting(waits: bool) -> Iterator[None]:
    """Within it, services that are made or changed are waited for, or not."""
    before = _WAITS.set(waits)
    try:
        yield
    finally:
        _WAITS.reset(before)


def wait_for_steady_state(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack calls a service created as soon as it is written down, whatever its tasks do."""
    make = ecs._make_deployment

    def make_deployment(definition: str, desired: int, *args: Any) -> dict[str, Any]:
        """A deployment is in progress until its tasks are steady; MiniStack's first one is born completed."""
        deployment: dict[str, Any] = make(definition, desired, *args)
        return deployment | ({"rolloutState": "IN_PROGRESS", "rolloutStateReason": ""} if desired else {})

    ecs._make_deployment = make_deployment
    service = provisioners._RESOURCE_HANDLERS[_SERVICE]
    service["create"] = _waiting(service["create"])
    service["update"] = _waiting(service["update"])
    # Waiting must not stop the event loop that serves the tasks.
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == _SERVICE or original(resource_type)


def keep_grace_period(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack drops the health check grace period of a new service: tasks would be replaced while they start."""
    service = provisioners._RESOURCE_HANDLERS[_SERVICE]
    create, create_service = service["create"], ecs._create_service
    grace: ContextVar[int] = ContextVar("grace", default=0)

    def create_with_grace(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        grace.set(int(props.get("HealthCheckGracePeriodSeconds") or 0))
        return create(logical_id, props, stack_name)

    service["create"] = create_with_grace
    ecs._create_service = lambda data: create_service({"healthCheckGracePeriodSeconds": grace.get()} | data)


def _waiting(original: Callable[..., Any]) -> Callable[..., Any]:
    def provision(*args: Any, **kwargs: Any) -> Any:
        created = original(*args, **kwargs)
        if _WAITS.get():
            _wait(created[0])
        return created

    return provision


def _wait(service_arn: str) -> None:
    key = "/".join(service_arn.split("/")[-2:])
    if key not in ecs._services:
        key = next(name for name, service in ecs._services.items() if service["serviceArn"] == service_arn)
    deployment = ecs._primary_deployment(ecs._services[key])["id"]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        service = ecs._services.get(key)
        if service is None:
            return
        state = _deployment(service, deployment)
        if state.get("rolloutState") == "COMPLETED":
            return
        if state.get("rolloutState") == "FAILED":
            raise ValueError(f"{state.get('rolloutStateReason', 'deployment failed')} {_last_failure(deployment)}")
        if not _has_circuit_breaker(service) and len(_failed(deployment)) >= _FAILED_TASKS:
            raise ValueError(f"{_FAILED_TASKS} tasks failed. {_last_failure(deployment)}")
        time.sleep(POLL_S)
    raise ValueError(f"{key} did not become steady within {PATIENCE_S:.0f} s. {_last_failure(deployment)}")


def _deployment(service: dict[str, Any], deployment_id: str) -> dict[str, Any]:
    return next((item for item in service["deployments"] if item["id"] == deployment_id), {"rolloutState": "FAILED"})


def _has_circuit_breaker(service: dict[str, Any]) -> bool:
    configuration = service.get("deploymentConfiguration") or {}
    return bool((configuration.get("deploymentCircuitBreaker") or {}).get("enable"))


def _failed(deployment_id: str) -> list[dict[str, Any]]:
    """The deployment's tasks that stopped; those that were stopped because of a failure explain nothing."""
    return [
        task
        for task in list(ecs._tasks.values())
        if task.get("_deployment_id") == deployment_id and task["stopCode"] not in ("", "UserInitiated")
    ]


def _last_failure(deployment_id: str) -> str:
    """Why the deployment's last task stopped: its exit code, and the last line it wrote."""
    stopped = _failed(deployment_id)
    if not stopped:
        return ""
    task = max(stopped, key=lambda item: str(item["stoppedAt"]))
    codes = ", ".join(
        f"{item['name']} exited with {item['exitCode']}" for item in task["containers"] if item["exitCode"] is not None
    )
    said = task.get("_last_line", "")
    return (
        f"Last stopped task: {task['stoppedReason']}" + (f" ({codes})" if codes else "") + (f": {said}" if said else "")
    )
