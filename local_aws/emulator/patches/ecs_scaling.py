"""Services start with as many tasks as Application Auto Scaling keeps at least."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners, stacks

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.patches.ecs_deployments import PATIENCE_S, POLL_S

_SCALABLE_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


def start_scaled(_config: EmulatorConfig, _engine: Engine) -> None:
    """Registering a scalable target raises a service's desired count to the target's minimum, as Auto Scaling does.

    MiniStack does not know the type. Nothing is scaled here after that.
    """
    provisioners._RESOURCE_HANDLERS[_SCALABLE_TARGET] = {
        "create": lambda _logical_id, props, _stack: _scale(props),
        "update": lambda _physical_id, _old, props, _stack: _scale(props),
        "delete": lambda _physical_id, _props: None,
    }
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == _SCALABLE_TARGET or original(resource_type)


def _scale(props: dict[str, Any]) -> tuple[str, dict[str, str]]:
    kind, _, key = props["ResourceId"].partition("/")
    service = ecs._services.get(key)
    if kind == "service" and service and service["desiredCount"] < int(props["MinCapacity"]):
        cluster, name = key.split("/")
        ecs._update_service({"cluster": cluster, "service": name, "desiredCount": int(props["MinCapacity"])})
        _wait_for_tasks(key)
    return f"{props['ResourceId']}|{props['ScalableDimension']}|{props['ServiceNamespace']}", {}


def _wait_for_tasks(key: str) -> None:
    """Wait until as many healthy tasks run as are desired, or until a deadline: their end is found later then."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        service = ecs._services.get(key, {})
        if service.get("status") != "ACTIVE" or ecs._primary_deployment(service).get("rolloutState") == "FAILED":
            return
        group = f"service:{service['serviceName']}"
        tasks = [
            task
            for task in ecs._tasks.values()
            if task["group"] == group and task["clusterArn"] == service["clusterArn"]
        ]
        healthy = [task for task in tasks if task["lastStatus"] == "RUNNING" and not task.get("_unproven")]
        if len(healthy) >= service["desiredCount"]:
            return
        time.sleep(POLL_S)
