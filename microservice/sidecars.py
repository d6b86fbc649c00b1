"""Containers beside that of the service, in each task or pod."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .defaults import USER
from .errors import UnsupportedSpecError
from .frozen_dict import FrozenDict
from .spec import ServiceSpec

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# The container of the service: `Main` on ECS, `microservice` in a pod.
_TAKEN = ("main", "microservice")
_IMAGE = re.compile(r"[a-z0-9][\w.:/-]*?(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?", re.ASCII)
_USER = re.compile(r"[1-9]\d{0,9}:\d{1,10}", re.ASCII)
_PATH = re.compile(r"(/[\w.@+-]+)+", re.ASCII)
_MIN_MEMORY_MIB = 32


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside that of the service, such as a collector of traces, or a proxy to a database.

    It is a part of the replica: its CPU and memory are taken from `cpu` and `memory_mib` of the spec, and the service
    has the rest. The service reaches it at `localhost`. It has no capabilities, no secrets, and no endpoint of its own.

    Attributes:
        name: Name of the container: 1 to 63 lower-case letters, digits and hyphens.
        image: Address with a digest or a tag: `public.ecr.aws/team/proxy@sha256:…`. A digest does not change; a tag may
            name another image when a replica starts. An image in ECR of the stack's account and Region is pulled with
            permission for its repository.
        cpu: CPU units of the replica that it gets. Default: 64.
        memory_mib: Memory of the replica in MiB that it gets at most, from 32. Default: 128.
        port: TCP port that it listens on, not that of the service. Default: none.
        command: Arguments of the image's entry point. Default: those of the image.
        environment: Environment variables, no secrets. Default: none.
        essential: Whether ECS stops the task when the container exits. Kubernetes always restarts the container alone.
            Default: True.
        user: User and group as numbers, not 0. Default: `10001:10001`, that of the service.
        writable_paths: Directories in memory that it writes to. Default: none, its root file system is read-only.

    Example:
        proxy = Sidecar(name="proxy", image=f"public.ecr.aws/team/proxy@sha256:{64 * 'a'}", port=5432)
        service = FargateMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=cluster,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
            sidecars=[proxy],
        )
    """

    name: str
    image: str
    cpu: int = 64
    memory_mib: int = 128
    port: int | None = None
    command: Sequence[str] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    essential: bool = True
    user: str = USER
    writable_paths: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Validate the values.

        Raises:
            ValueError: A value is not valid.
        """
        if isinstance(self.command, str) or isinstance(self.writable_paths, str):
            raise ValueError(
                f"sidecar {self.name!r}: a string is not valid (allowed: a list). Write each word by itself."
            )
        object.__setattr__(self, "command", tuple(self.command))
        object.__setattr__(self, "writable_paths", tuple(self.writable_paths))
        object.__setattr__(self, "environment", FrozenDict(self.environment))
        for field, is_valid, allowed, fix in (
            ("name", _NAME.fullmatch(self.name) and self.name not in _TAKEN, "a-z, 0-9 and '-'", "Set another name"),
            ("image", _is_pinned(self.image), "an address with a digest or a tag", "Add '@sha256:…'"),
            ("cpu", self.cpu >= 1, "CPU units from 1", "Set cpu"),
            ("memory_mib", self.memory_mib >= _MIN_MEMORY_MIB, f"MiB from {_MIN_MEMORY_MIB}", "Set memory_mib"),
            ("port", self.port is None or 1 <= self.port <= 65535, "1 to 65535, or None", "Set port"),
            ("user", _USER.fullmatch(self.user), "UID:GID as numbers, UID not 0", "Set the user of the image"),
            ("writable_paths", all(map(_PATH.fullmatch, self.writable_paths)), "absolute paths", "Set directories"),
        ):
            if not is_valid:
                raise ValueError(
                    f"sidecar {self.name!r}: {field}={getattr(self, field)!r} is not valid (allowed: {allowed}). {fix}."
                )


def validate_sidecars(spec: ServiceSpec, sidecars: Sequence[Sidecar], platform: str) -> None:
    """Require names, ports and a size that fit beside the service.

    Args:
        spec: The service.
        sidecars: The containers beside it.
        platform: The platform, as AWS writes it.

    Raises:
        UnsupportedSpecError: Two containers have one name or port, or the service would get less than half of the
            replica.
    """
    ports = [each.port for each in sidecars if each.port is not None]
    used_once: dict[str, list[Any]] = {"name": [each.name for each in sidecars], "port": [spec.port, *ports]}
    for field, taken in used_once.items():
        twice = next((value for value in taken if taken.count(value) > 1), None)
        if twice is not None:
            raise _unsupported(spec, platform, f"{field}={twice!r}", f"a {field} of its own for each container")
    for field, size in (("cpu", spec.cpu), ("memory_mib", spec.memory_mib)):
        used = sum(getattr(each, field) for each in sidecars)
        if used * 2 > size:
            allowed = f"up to {size // 2} together, half of the replica's {field}={size}"
            raise _unsupported(spec, platform, f"{field}={used}", allowed)


def rest_of(spec: ServiceSpec, sidecars: Sequence[Sidecar]) -> tuple[int, int]:
    """Return the CPU units and the MiB of a replica that the service itself has.

    Args:
        spec: The service.
        sidecars: The containers beside it.
    """
    return (
        spec.cpu - sum(each.cpu for each in sidecars),
        spec.memory_mib - sum(each.memory_mib for each in sidecars),
    )


def _is_pinned(image: str) -> bool:
    found = _IMAGE.fullmatch(image)
    return bool(found and (found[1] or found[2]))


def _unsupported(spec: ServiceSpec, platform: str, value: str, allowed: str) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name,
        platform=platform,
        field="sidecars",
        value=value,
        allowed=allowed,
        fix="Change the sidecar, or the size in the spec.",
    )
