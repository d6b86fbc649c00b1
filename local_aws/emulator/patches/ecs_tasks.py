"""What ECS tasks are made of: their service, their containers and the checks that decide about them."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import alb, ecs

from local_aws.emulator.checks import Probe, container_check, probe_check, target_check
from local_aws.emulator.engines import Engine
from local_aws.emulator.health import Check, Remedy
from local_aws.emulator.patches.load_balancers import PUBLISHED

PROBES: dict[str, tuple[Probe, ...]] = {}
"""Task definition ARN -> how Kubernetes asks its pods; with it, a load balancer's own check replaces none of them."""


def tasks_of(service_key: str) -> list[dict[str, Any]]:
    """The tasks of a service."""
    service = ecs._services.get(service_key)
    if service is None:
        return []
    group = f"service:{service['serviceName']}"
    return [
        task for task in ecs._tasks.values() if task["group"] == group and task["clusterArn"] == service["clusterArn"]
    ]


def checks_of(task: dict[str, Any], engine: Engine) -> list[Check]:
    """The health checks that decide about a task: its containers' and its load balancers'."""
    definition = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]
    checks = []
    for container, identifier in zip(definition["containerDefinitions"], task["_docker_ids"], strict=False):
        if container.get("healthCheck"):
            checks.append(container_check(container["healthCheck"], engine.containers.get(identifier)))
    service = _service_of(task) or {}
    address = ecs._task_ip(task)
    grace_s = int(service.get("healthCheckGracePeriodSeconds") or 0)
    for entry in service.get("loadBalancers", []):
        group = alb._tgs.get(entry.get("targetGroupArn"))
        if group and address:
            where = _published(task, engine, address, int(entry["containerPort"]))
            probes = PROBES.get(task["taskDefinitionArn"])
            remedy = Remedy.REPLACE if probes is None else Remedy.AVOID
            checks.append(target_check(group, address, where, grace_s, remedy))
            for probe in probes or ():
                where = _published(task, engine, address, probe.port)
                checks.append(probe_check(probe, group["TargetGroupArn"], address, where, grace_s))
    return checks


def _service_of(task: dict[str, Any]) -> dict[str, Any] | None:
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    found: dict[str, Any] | None = ecs._services.get(f"{cluster}/{task['group'].removeprefix('service:')}")
    return found if task["group"].startswith("service:") else None


def _published(task: dict[str, Any], engine: Engine, address: str, port: int) -> tuple[str, int]:
    for identifier in task["_docker_ids"]:
        bound = (engine.containers.get(identifier).ports or {}).get(f"{port}/tcp")
        if bound:
            PUBLISHED[address, port] = ("127.0.0.1", int(bound[0]["HostPort"]))
    return PUBLISHED.get((address, port), (address, port))


def last_line(task: dict[str, Any], engine: Engine) -> str:
    """The last line that a task wrote, as JSON; "" where it wrote none."""
    for identifier in task.get("_docker_ids") or []:
        try:
            lines = engine.containers.get(identifier).logs(tail=1).decode(errors="replace").strip().splitlines()
        except (KeyError, OSError):
            continue
        if lines:
            return str(json.dumps(lines[-1][:300]))
    return ""
