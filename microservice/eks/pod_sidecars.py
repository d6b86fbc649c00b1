"""Sidecars in the pods of a service."""

from collections.abc import Sequence
from typing import Any

from ..defaults import WRITABLE_MIB
from ..sidecars import Sidecar


def sidecar_containers(sidecars: Sequence[Sidecar], *, pre_stop_seconds: int) -> list[dict[str, Any]]:
    """Return the containers of sidecars: not as root, without capabilities, with a read-only root file system.

    They run as long as the service does: it gets requests until the load balancer has deregistered the pod.

    Args:
        sidecars: The containers beside that of the service.
        pre_stop_seconds: Seconds after which a container of a terminating pod gets SIGTERM.
    """
    return [_container(sidecar, pre_stop_seconds) for sidecar in sidecars]


def sidecar_volumes(sidecars: Sequence[Sidecar]) -> list[dict[str, Any]]:
    """Return a volume in memory for each directory that a sidecar writes to.

    Args:
        sidecars: The containers beside that of the service.
    """
    directory = {"medium": "Memory", "sizeLimit": f"{WRITABLE_MIB}Mi"}
    return [
        {"name": _volume(sidecar, number), "emptyDir": directory}
        for sidecar in sidecars
        for number in range(len(sidecar.writable_paths))
    ]


def resources_of(cpu: int, memory_mib: int) -> dict[str, dict[str, str]]:
    """Return the requests and limits of a container.

    Args:
        cpu: CPU units.
        memory_mib: Memory in MiB.
    """
    size = {"cpu": f"{round(cpu * 1000 / 1024)}m", "memory": f"{memory_mib}Mi"}
    return {"requests": size, "limits": size}


def _container(sidecar: Sidecar, pre_stop_seconds: int) -> dict[str, Any]:
    user, group = map(int, sidecar.user.split(":"))
    return {
        "name": sidecar.name,
        "image": sidecar.image,
        **({"args": list(sidecar.command)} if sidecar.command else {}),
        "env": [{"name": name, "value": value} for name, value in sidecar.environment.items()],
        "resources": resources_of(sidecar.cpu, sidecar.memory_mib),
        "volumeMounts": [
            {"name": _volume(sidecar, number), "mountPath": path} for number, path in enumerate(sidecar.writable_paths)
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": user,
            "runAsGroup": group,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": pre_stop_seconds}}},
    }


def _volume(sidecar: Sidecar, number: int) -> str:
    """Return a name of at most 63 characters, of which a path has too many."""
    return f"{sidecar.name[:50].rstrip('-')}-dir-{number}"
