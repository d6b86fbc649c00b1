"""ECS containers run as their task definition says, with the credentials of their task's role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ministack.services import ecs

from local_aws.emulator.config import (
    FILE_LABEL,
    HEALTH_COMMAND_LABEL,
    ROLE_LABEL,
    STACK_LABEL,
    STOP_TIMEOUT_LABEL,
    EmulatorConfig,
)
from local_aws.emulator.credentials import role_environment
from local_aws.emulator.engines import Engine
from local_aws.emulator.patches.cloudformation import OWNERS

GENERATED_FILES: dict[str, Path] = {}
"""Task definition ARN -> the generated file that a stand-in read it from."""

_MIB = 1024 * 1024
# A vCPU is 1024 CPU units: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
_NANO_CPUS_PER_UNIT = 1_000_000_000 // 1024


def run_as_defined(config: EmulatorConfig, engine: Engine) -> None:
    """MiniStack passes command, environment and capabilities on; everything else of a definition is lost.

    The credentials it offers come from an address that botocore refuses, and belong to no role.
    """
    ecs._docker = engine
    original = ecs._build_run_kwargs

    def build(cdef: dict[str, Any], td: dict[str, Any], env: dict[str, str], *args: Any) -> dict[str, Any]:
        options: dict[str, Any] = original(cdef, td, env, *args)
        task_arn = args[4]
        options["environment"] = _environment(config, env, td)
        options |= _process(cdef) | _limits(cdef, td) | _linux(cdef)
        options["labels"] |= _labels(cdef, td, task_arn)
        options.pop("extra_hosts", None)
        # ECS does not run the health check that is built into an image.
        options["healthcheck"] = {"test": ["NONE"]}
        if config.publish:
            options["ports"] = {
                f"{port['containerPort']}/tcp": ("127.0.0.1", None) for port in cdef.get("portMappings", [])
            }
        return options

    ecs._build_run_kwargs = build


def _environment(config: EmulatorConfig, env: dict[str, str], td: dict[str, Any]) -> dict[str, str]:
    kept = {name: value for name, value in env.items() if not name.startswith(("AWS_CONTAINER_", "AWS_ENDPOINT_URL"))}
    metadata = kept.get("ECS_CONTAINER_METADATA_URI_V4", "")
    if metadata:
        kept["ECS_CONTAINER_METADATA_URI_V4"] = config.container_endpoint + metadata[metadata.index("/v4/") :]
    return kept | role_environment(config, td.get("taskRoleArn", ""), td["family"])


def _process(cdef: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "entrypoint": "entryPoint",
        "user": "user",
        "working_dir": "workingDirectory",
        "read_only": "readonlyRootFilesystem",
    }
    return {option: cdef[field] for option, field in fields.items() if cdef.get(field)}


def _limits(cdef: dict[str, Any], td: dict[str, Any]) -> dict[str, Any]:
    """The container's own limits, or the task's, which Fargate enforces."""
    memory_mib = int(cdef.get("memory") or td.get("memory") or 0)
    cpu_units = int(cdef.get("cpu") or td.get("cpu") or 0)
    limits: dict[str, Any] = {}
    if memory_mib:
        limits |= {"mem_limit": memory_mib * _MIB, "memswap_limit": memory_mib * _MIB}
    if cdef.get("memoryReservation"):
        limits["mem_reservation"] = int(cdef["memoryReservation"]) * _MIB
    if cpu_units:
        limits["nano_cpus"] = cpu_units * _NANO_CPUS_PER_UNIT
    return limits


def _linux(cdef: dict[str, Any]) -> dict[str, Any]:
    parameters = cdef.get("linuxParameters") or {}
    dropped = (parameters.get("capabilities") or {}).get("drop")
    tmpfs = {
        mount["containerPath"]: ",".join([f"size={mount['size']}m", *mount.get("mountOptions", [])])
        for mount in parameters.get("tmpfs", [])
    }
    options: dict[str, Any] = {"init": True} if parameters.get("initProcessEnabled") else {}
    return options | ({"cap_drop": dropped} if dropped else {}) | ({"tmpfs": tmpfs} if tmpfs else {})


def _labels(cdef: dict[str, Any], td: dict[str, Any], task_arn: str) -> dict[str, str]:
    task = ecs._tasks.get(task_arn) or {}
    is_service = str(task.get("group", "")).startswith("service:")
    labels = {STACK_LABEL: OWNERS.get(td["taskDefinitionArn"], ""), ROLE_LABEL: "service" if is_service else "task"}
    if file := GENERATED_FILES.get(td["taskDefinitionArn"]):
        labels[FILE_LABEL] = str(file)
    if cdef.get("stopTimeout"):
        labels[STOP_TIMEOUT_LABEL] = str(cdef["stopTimeout"])
    if cdef.get("healthCheck"):
        labels[HEALTH_COMMAND_LABEL] = json.dumps(cdef["healthCheck"].get("command", []))
    return labels
