"""ECS tasks: containers run as their task definition says, with the credentials of the task role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import alb, ecs
from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import (
    FILE_LABEL,
    HEALTH_COMMAND_LABEL,
    RESOURCE_LABEL,
    ROLE_LABEL,
    STACK_LABEL,
    STOP_TIMEOUT_LABEL,
    EmulatorConfig,
)
from local_aws.emulator.credentials import role_environment
from local_aws.emulator.health_checks import (
    FailureAction,
    HealthCheck,
    Probe,
    container_check,
    probe_check,
    target_check,
)
from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.patches.cloudformation import LOGICAL_IDS, STACKS
from local_aws.emulator.patches.ecs_targets import ecs_key, load_balancers
from local_aws.emulator.patches.elbv2 import PUBLISHED
from local_aws.engine.client import Engine

GENERATED_FILES: dict[str, Path] = keep("generated-files", {})
"""Task definition ARN -> the generated file that an emulated service read it from."""

PROBES: dict[str, tuple[Probe, ...]] = keep("probes", {})
"""Task definition ARN -> probes of its pods. With an entry, the load balancer's own check replaces no pod."""

_MIB = 1024 * 1024
# A vCPU is 1024 CPU units: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
_NANO_CPUS_PER_UNIT = 1_000_000_000 // 1024
# Keys of these maps are data, not field names.
_MAPS = ("DockerLabels", "Options")


def keep_task_definition_fields() -> None:
    """MiniStack keeps nested fields (secrets, health check) in CloudFormation's spelling, which its ECS ignores."""
    original = provisioners._ecs_task_def_create

    def create(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        arn, attributes = original(logical_id, props, stack)
        definition = ecs._task_defs[arn.rsplit("/", 1)[1]]
        definition["containerDefinitions"] = _camel_case(props.get("ContainerDefinitions", []))
        for field in ("RuntimePlatform", "Volumes", "EphemeralStorage"):
            if field in props:
                definition[field[0].lower() + field[1:]] = _camel_case(props[field])
        return arn, attributes

    provisioners._ecs_task_def_create = create
    provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"] = create


def _camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: item if key in _MAPS else _camel_case(item) for key, item in value.items()}
    return [_camel_case(item) for item in value] if isinstance(value, list) else value


def reject_inactive_task_definitions() -> None:
    """MiniStack runs tasks of deregistered revisions, even for a family alone; only services continue with theirs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
    """
    original = ecs._run_task

    def run_task(data: dict[str, Any]) -> Any:
        if data.get("_deploymentId"):
            return original(data)
        name = data.get("taskDefinition", "").rpartition("task-definition/")[2]
        family, _, revision = name.partition(":")
        revisions = {revision} if revision else _active_revisions(family)
        key = f"{family}:{max(revisions, key=int, default='')}"
        if (ecs._task_defs.get(key) or {}).get("status") == "INACTIVE" or not revisions:
            return error_response_json("ClientException", "TaskDefinition is inactive", 400)
        return original(data | {"taskDefinition": key})

    ecs._run_task = ecs._ACTION_MAP["RunTask"] = run_task


def _active_revisions(family: str) -> set[str]:
    """Numbers of the revisions that are not deregistered; a family alone stands for the latest of them."""
    return {
        key.rpartition(":")[2]
        for key, definition in list(ecs._task_defs.items())
        if key.rpartition(":")[0] == family and definition.get("status") == "ACTIVE"
    }


def honour_container_definitions(config: EmulatorConfig, engine: Engine) -> None:
    """MiniStack passes on command, environment and capabilities; every other field of the definition is lost.

    Its credentials come from an address that botocore rejects, and belong to no role.
    """
    ecs._docker = engine
    original = ecs._build_run_kwargs

    def build(container: dict[str, Any], definition: dict[str, Any], env: dict[str, str], *args: Any) -> dict[str, Any]:
        options: dict[str, Any] = original(container, definition, env, *args)
        task_arn = args[4]
        options["environment"] = _environment(config, env, definition)
        options |= _process(container) | _limits(container, definition) | _linux(container)
        options["labels"] |= _labels(container, definition, task_arn)
        options.pop("extra_hosts", None)
        # ECS ignores the health check in the image.
        options["healthcheck"] = {"test": ["NONE"]}
        if config.publish:
            options["ports"] = {
                f"{port['containerPort']}/tcp": ("127.0.0.1", None) for port in container.get("portMappings", [])
            }
        return options

    ecs._build_run_kwargs = build


def _environment(config: EmulatorConfig, env: dict[str, str], definition: dict[str, Any]) -> dict[str, str]:
    kept = {name: value for name, value in env.items() if not name.startswith(("AWS_CONTAINER_", "AWS_ENDPOINT_URL"))}
    metadata = kept.get("ECS_CONTAINER_METADATA_URI_V4", "")
    if metadata:
        kept["ECS_CONTAINER_METADATA_URI_V4"] = config.container_endpoint + metadata[metadata.index("/v4/") :]
    return kept | role_environment(config, definition.get("taskRoleArn", ""), definition["family"])


def _process(container: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "entrypoint": "entryPoint",
        "user": "user",
        "working_dir": "workingDirectory",
        "read_only": "readonlyRootFilesystem",
    }
    return {option: container[field] for option, field in fields.items() if container.get(field)}


def _limits(container: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    """The container's own limits, or the task's, which Fargate enforces."""
    memory_mib = int(container.get("memory") or definition.get("memory") or 0)
    cpu_units = int(container.get("cpu") or definition.get("cpu") or 0)
    limits: dict[str, Any] = {}
    if memory_mib:
        limits |= {"mem_limit": memory_mib * _MIB, "memswap_limit": memory_mib * _MIB}
    if container.get("memoryReservation"):
        limits["mem_reservation"] = int(container["memoryReservation"]) * _MIB
    if cpu_units:
        limits["nano_cpus"] = cpu_units * _NANO_CPUS_PER_UNIT
    return limits


def _linux(container: dict[str, Any]) -> dict[str, Any]:
    parameters = container.get("linuxParameters") or {}
    dropped = (parameters.get("capabilities") or {}).get("drop")
    tmpfs = {
        mount["containerPath"]: ",".join([f"size={mount['size']}m", *mount.get("mountOptions", [])])
        for mount in parameters.get("tmpfs", [])
    }
    options: dict[str, Any] = {"init": True} if parameters.get("initProcessEnabled") else {}
    return options | ({"cap_drop": dropped} if dropped else {}) | ({"tmpfs": tmpfs} if tmpfs else {})


def _labels(container: dict[str, Any], definition: dict[str, Any], task_arn: str) -> dict[str, str]:
    arn = definition["taskDefinitionArn"]
    is_service = str((ecs._tasks.get(task_arn) or {}).get("group", "")).startswith("service:")
    labels = {
        STACK_LABEL: STACKS.get(arn, ""),
        RESOURCE_LABEL: LOGICAL_IDS.get(arn, ""),
        ROLE_LABEL: "service" if is_service else "task",
    }
    if file := GENERATED_FILES.get(arn):
        labels[FILE_LABEL] = str(file)
    if container.get("stopTimeout"):
        labels[STOP_TIMEOUT_LABEL] = str(container["stopTimeout"])
    if container.get("healthCheck"):
        labels[HEALTH_COMMAND_LABEL] = json.dumps(container["healthCheck"].get("command", []))
    return labels


def health_checks(task: dict[str, Any], engine: Engine) -> list[HealthCheck]:
    """Health checks of a task: those of its containers, its load balancers and its pod."""
    definition = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]
    checks = [
        container_check(container["healthCheck"], engine.containers.get(identifier))
        for container, identifier in zip(definition["containerDefinitions"], task["_docker_ids"], strict=False)
        if container.get("healthCheck")
    ]
    service = (ecs._services.get(ecs_key(task)) or {}) if task["group"].startswith("service:") else {}
    address = ecs._task_ip(task)
    grace_period_s = int(service.get("healthCheckGracePeriodSeconds") or 0)
    for entry in load_balancers(task, service):
        group = alb._tgs.get(entry.get("targetGroupArn"))
        if group and address:
            endpoint = _endpoint(task, engine, address, int(entry["containerPort"]))
            probes = PROBES.get(task["taskDefinitionArn"])
            on_failure = FailureAction.REPLACE if probes is None else FailureAction.STOP_ROUTING
            checks.append(target_check(group, address, endpoint, grace_period_s, on_failure))
            for probe in probes or ():
                endpoint = _endpoint(task, engine, address, probe.port)
                checks.append(probe_check(probe, group["TargetGroupArn"], address, endpoint, grace_period_s))
    return checks


def _endpoint(task: dict[str, Any], engine: Engine, address: str, port: int) -> tuple[str, int]:
    """Address and port at which this machine reaches a port of the task."""
    for identifier in task["_docker_ids"]:
        published = (engine.containers.get(identifier).ports or {}).get(f"{port}/tcp")
        if published:
            PUBLISHED[address, port] = ("127.0.0.1", int(published[0]["HostPort"]))
    return PUBLISHED.get((address, port), (address, port))


def last_log_line(task: dict[str, Any], engine: Engine) -> str:
    """The last line that a task logged, as JSON; "" for none."""
    for identifier in task.get("_docker_ids") or []:
        try:
            lines = engine.containers.get(identifier).logs(tail=1).decode(errors="replace").strip().splitlines()
        except (KeyError, OSError):
            continue
        if lines:
            return str(json.dumps(lines[-1][:300]))
    return ""
