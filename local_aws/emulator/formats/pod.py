"""A Kubernetes pod, as an ECS task definition with its main container, and health check probes.

Sidecars, init containers, and volumes other than `emptyDir` are not emulated. Defaults are those of https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.emulator.health_checks import Probe

_MIB = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024}
_TERMINATION_GRACE_PERIOD_S = 30
# An `emptyDir` without a limit is as large as its pod may be; here it is in memory.
_VOLUME_MIB = 256
_PROBES = ("startup", "liveness", "readiness")
_PROBE_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}


def write(directory: Path, name: str, pod: dict[str, Any]) -> Path:
    """Write the pod's manifest to a file that no other version of it uses: a deployment may roll back to it."""
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", **pod}, indent=1)
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.pod.json"
    file.write_text(text)
    return file


SecretKeys = Mapping[tuple[str, str], str]
"""Name of a Kubernetes Secret, and key -> source of the value, in the notation of ECS."""


def main_container(pod: dict[str, Any]) -> dict[str, Any]:
    """The container that serves requests: the first one with a port, because a sidecar may come first."""
    containers: list[dict[str, Any]] = pod["containers"]
    return next((container for container in containers if container.get("ports")), containers[0])


def secret_keys(provider_class: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Keys of the Secrets that the Secrets Store CSI Driver makes from a SecretProviderClass, with AWS's provider.

    https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options
    """
    spec = provider_class["spec"]
    files: dict[str, str] = {}
    for found in json.loads(spec["parameters"]["objects"]):
        arn, label, version = found["objectName"], found.get("objectVersionLabel", ""), found.get("objectVersion", "")
        whole = f"{arn}::{label}:{version}" if label or version else arn
        files[found.get("objectAlias", arn)] = whole
        for path in found.get("jmesPath", []):
            files[path["objectAlias"]] = f"{arn}:{_name(path['path'])}:{label}:{version}"
    return {
        (secret["secretName"], entry["key"]): files[entry["objectName"]]
        for secret in spec.get("secretObjects", [])
        for entry in secret["data"]
    }


def _name(path: str) -> str:
    """The name in a JMESPath of one name, which may have quotation marks."""
    return str(json.loads(path)) if path.startswith('"') else path


def task_definition(pod: dict[str, Any], role: str, secrets: SecretKeys | None = None) -> dict[str, Any]:
    """Properties of AWS::ECS::TaskDefinition for a pod's spec, with the ARN of its task role."""
    container = main_container(pod)
    limits = container.get("resources", {}).get("limits", {})
    size = {"Cpu": str(_cpu_units(limits["cpu"]))} if "cpu" in limits else {}
    size |= {"Memory": str(_mib(limits["memory"]))} if "memory" in limits else {}
    return size | {"TaskRoleArn": role, "ContainerDefinitions": [_container(pod, container, secrets or {})]}


def _container(pod: dict[str, Any], container: dict[str, Any], secrets: SecretKeys) -> dict[str, Any]:
    security = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
    user = [str(security[key]) for key in ("runAsUser", "runAsGroup") if key in security]
    variables, sources = _variables(container, secrets)
    tmpfs, ports = _tmpfs(pod, container), container.get("ports", [])
    return {
        "Name": "Main",
        "Image": container["image"],
        "Essential": True,
        "EntryPoint": container.get("command", []),
        "Command": container.get("args", []),
        "Environment": variables,
        **({"Secrets": sources} if sources else {}),
        **_health_check(container),
        "PortMappings": [{"ContainerPort": port["containerPort"], "Protocol": "tcp"} for port in ports],
        "User": ":".join(user),
        "ReadonlyRootFilesystem": bool(security.get("readOnlyRootFilesystem")),
        "LinuxParameters": {
            "Capabilities": {"Drop": security.get("capabilities", {}).get("drop", [])},
            **({"Tmpfs": tmpfs} if tmpfs else {}),
        },
        "StopTimeout": _stop_timeout_s(pod, container),
    }


def _health_check(container: dict[str, Any]) -> dict[str, Any]:
    """The liveness probe that runs a command, as the health check of a container."""
    liveness = _PROBE_DEFAULTS | container.get("livenessProbe", {})
    if "exec" not in liveness:
        return {}
    startup = _PROBE_DEFAULTS | container.get("startupProbe", {"failureThreshold": 0})
    return {
        "HealthCheck": {
            "Command": ["CMD", *liveness["exec"]["command"]],
            "Interval": liveness["periodSeconds"],
            "Timeout": liveness["timeoutSeconds"],
            "Retries": liveness["failureThreshold"],
            "StartPeriod": int(startup["failureThreshold"]) * int(startup["periodSeconds"]),
        }
    }


def _variables(container: dict[str, Any], secrets: SecretKeys) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Environment variables with a value, and those with a secret.

    Raises:
        ValueError: a variable has another source.
    """
    variables, sources = [], []
    for entry in container.get("env", []):
        reference = entry.get("valueFrom", {}).get("secretKeyRef", {})
        key = (reference.get("name", ""), reference.get("key", ""))
        if key in secrets:
            sources.append({"Name": entry["name"], "ValueFrom": secrets[key]})
        elif "valueFrom" in entry:
            raise ValueError(
                f"variable {entry['name']!r} of container {container['name']!r} has no source that is emulated "
                f"(valueFrom: {entry['valueFrom']}): a secretKeyRef to a Secret of a SecretProviderClass"
            )
        else:
            variables.append({"Name": entry["name"], "Value": entry.get("value", "")})
    return variables, sources


def _tmpfs(pod: dict[str, Any], container: dict[str, Any]) -> list[dict[str, Any]]:
    """Mounts of the pod's `emptyDir` volumes."""
    empty = {volume["name"]: volume["emptyDir"] or {} for volume in pod.get("volumes", []) if "emptyDir" in volume}
    return [
        {
            "ContainerPath": mount["mountPath"],
            "Size": _mib(limit) if (limit := empty[mount["name"]].get("sizeLimit")) else _VOLUME_MIB,
        }
        for mount in container.get("volumeMounts", [])
        if mount["name"] in empty
    ]


def _stop_timeout_s(pod: dict[str, Any], container: dict[str, Any]) -> int:
    """The termination grace period without the preStop sleep: the emulated load balancer needs no such delay."""
    sleep_s = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    return int(pod.get("terminationGracePeriodSeconds", _TERMINATION_GRACE_PERIOD_S)) - int(sleep_s)


def _cpu_units(quantity: str) -> int:
    """Convert a CPU quantity to CPU units, 1024 for one vCPU: "250m" is 256."""
    vcpus = int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
    return round(vcpus * 1024)


def _mib(quantity: str) -> int:
    return round(float(quantity[:-2]) * _MIB[quantity[-2:]])


def probes(container: dict[str, Any]) -> tuple[Probe, ...]:
    """Probes of a container; without a readiness probe it is ready when it runs, without liveness it never restarts.

    Other probes do not count before the startup probe's time is over. A container that has not started by then fails.

    Raises:
        ValueError: a probe is not an HTTP probe.
    """
    found = {name: _PROBE_DEFAULTS | container[f"{name}Probe"] for name in _PROBES if f"{name}Probe" in container}
    startup = found.get("startup")
    startup_s = (
        int(startup["initialDelaySeconds"]) + int(startup["failureThreshold"]) * int(startup["periodSeconds"])
        if startup
        else 0
    )
    return tuple(_probe(name, probe, container, startup_s) for name, probe in found.items())


def _probe(name: str, probe: dict[str, Any], container: dict[str, Any], startup_s: int) -> Probe:
    if "httpGet" not in probe:
        raise ValueError(
            f"{name}Probe of container {container['name']!r} has no httpGet, the only kind of probe that is emulated"
        )
    return Probe(
        name=name,
        path=probe["httpGet"].get("path", "/"),
        port=_port(probe["httpGet"]["port"], container),
        interval_s=int(probe["periodSeconds"]),
        timeout_s=int(probe["timeoutSeconds"]),
        # All other failures of a startup probe fall into its start period.
        failure_threshold=1 if name == "startup" else int(probe["failureThreshold"]),
        start_period_s=max(startup_s, int(probe["initialDelaySeconds"])),
    )


def _port(port: int | str, container: dict[str, Any]) -> int:
    """A port by its number or its name."""
    return {entry.get("name"): int(entry["containerPort"]) for entry in container["ports"]}.get(port) or int(port)
