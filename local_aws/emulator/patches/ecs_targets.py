"""ECS services behind load balancers: each task is a target with the port of its own deployment, and drains first."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb, ecs, servicediscovery
from ministack.services.cloudformation import provisioners

from local_aws.emulator.patches.elbv2 import TARGET_HEALTH, wait_until_drained

_LOAD_BALANCERS: dict[str, list[dict[str, Any]]] = {}
"""Deployment ID -> the load balancers of the service when the deployment started its first task."""


def load_balancers(task: dict[str, Any], service: dict[str, Any]) -> list[dict[str, Any]]:
    """The load balancers that a task of the service is a target of."""
    return _LOAD_BALANCERS.get(task.get("_deployment_id") or "", service.get("loadBalancers") or [])


def register_with_own_port() -> None:
    """MiniStack registers all tasks with the service's latest port, also those that still listen on the one before.

    It also starts no deployment when only the load balancers of a service change, unlike ECS.
    """
    run_task, update_service = ecs._run_task, ecs._update_service

    def run(data: dict[str, Any]) -> Any:
        key = f"{ecs._resolve_cluster_name(data.get('cluster', 'default'))}/{data.get('startedBy', '')}"
        if (deployment := data.get("_deploymentId")) and key in ecs._services:
            _LOAD_BALANCERS.setdefault(deployment, list(ecs._services[key].get("loadBalancers") or []))
        return run_task(data)

    def update(data: dict[str, Any]) -> Any:
        return update_service(data | ({"forceNewDeployment": True} if "loadBalancers" in data else {}))

    ecs._run_task = run
    ecs._update_service = update
    ecs._sync_service_targets = lambda _cluster, service: _register(service)


def _register(service: dict[str, Any]) -> None:
    """Replace the targets of a service in all of its target groups, also in those of the deployment before."""
    targets: dict[str, list[tuple[str, int]]] = {}
    running: set[str] = set()
    for task in list(ecs._tasks.values()) if service.get("status") == "ACTIVE" else []:
        identity = (task.get("group"), task.get("clusterArn"), task.get("lastStatus"))
        address = ecs._task_ip(task)
        if identity == (f"service:{service['serviceName']}", service["clusterArn"], "RUNNING") and address:
            running.add(address)
            for entry in load_balancers(task, service):
                targets.setdefault(entry["targetGroupArn"], []).append((address, int(entry.get("containerPort", 80))))
    _register_name(service, running)
    published = service.setdefault("_published_targets", {})
    for group in {*targets, *published}:
        with resource_lock("elbv2-targets", group):
            found = targets.get(group, [])
            alb.set_targets_for_group(group, found, published.get(group, ()))
            addresses = [address for address, _ in found]
            for address in set(published.get(group, ())) - set(addresses):
                # Another task may get the address later, and is not healthy before its own checks.
                TARGET_HEALTH.pop((group, address), None)
            published[group] = addresses


def register_names() -> None:
    """MiniStack drops the service registries of a new service, and registers no tasks in Cloud Map."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECS::Service"]
    create, create_service = handlers["create"], ecs._create_service
    registries: ContextVar[list[dict[str, Any]]] = ContextVar("registries")

    def create_with_registries(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        registries.set([{"registryArn": each["RegistryArn"]} for each in props.get("ServiceRegistries") or []])
        return create(logical_id, props, stack)

    handlers["create"] = create_with_registries
    ecs._create_service = lambda data: create_service({"serviceRegistries": registries.get([])} | data)


def _register_name(service: dict[str, Any], addresses: set[str]) -> None:
    """Replace the instances of a service in Cloud Map: the addresses of its running tasks."""
    for registry in service.get("serviceRegistries") or []:
        name = registry["registryArn"].rpartition("/")[2]
        for gone in set(servicediscovery._instances.get(name, {})) - addresses:
            servicediscovery._deregister_instance({"ServiceId": name, "InstanceId": gone})
        for address in addresses:
            attributes = {"AWS_INSTANCE_IPV4": address}
            servicediscovery._register_instance({"ServiceId": name, "InstanceId": address, "Attributes": attributes})


def drain_before_stop() -> None:
    """MiniStack sends SIGTERM in the moment of the deregistration, while requests are on their way to the task."""
    cleanup = ecs._cleanup_task_resources

    def drain_elsewhere(task: dict[str, Any], *args: Any) -> None:
        """Not on the event loop, which transfers the responses that the drain waits for; StopTask returns at once."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            drain(task, *args)
            return
        account, region = get_account_id(), get_region()

        def in_scope() -> None:
            with request_scope(account, region):
                drain(task, *args)

        spawn_background(in_scope, thread_name="local-aws-drain")

    def drain(task: dict[str, Any], *args: Any) -> None:
        service = ecs._services.get(ecs_key(task)) if str(task.get("group", "")).startswith("service:") else None
        address = ecs._task_ip(task)
        if service and address and task.get("_docker_ids"):
            for entry in load_balancers(task, service):
                wait_until_drained(entry["targetGroupArn"], address)
        cleanup(task, *args)

    ecs._cleanup_task_resources = drain_elsewhere


def replace_stopped_tasks() -> None:
    """MiniStack's StopTask leaves a service with one task less."""
    original = ecs._stop_task

    def stop(data: dict[str, Any]) -> Any:
        response = original(data)
        task = ecs._resolve_task(data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default")))
        if task and str(task.get("group", "")).startswith("service:"):
            ecs._reconcile_service_tasks(ecs._cluster_name_from_arn(task["clusterArn"]), ecs_key(task))
        return response

    ecs._ACTION_MAP["StopTask"] = stop


def ecs_key(task: dict[str, Any]) -> str:
    """Key of the task's service in MiniStack: cluster and service name."""
    return f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{task['group'].removeprefix('service:')}"
