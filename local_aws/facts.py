"""What containers, or processes standing in for them, really did: asked of the engine, never of the emulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.running import Running


@dataclass(frozen=True, kw_only=True)
class ContainerFact:
    """One container of the run, alive or not.

    Attributes:
        name: the engine's name for it.
        stack: the stack whose service or function started it; "" where unknown.
        role: "service", "task" (one-shot) or "function".
        image: reference it was started from.
        image_digest: `sha256:…` of that image's id; "" for processes.
        user: user it runs as, such as "10001:10001".
        read_only: whether its root file system is read-only; None for processes, which have none.
        memory_mib_limit: limit in MiB; None where none holds.
        cpus: limit in CPUs; None where none holds.
        status: "running" or "exited".
        health: "healthy", "unhealthy", "starting", or None without a health check.
        exit_code: None while it runs.
        oom_killed: whether the kernel killed it for its memory limit.
        memory_mib_used: resident memory in MiB; None when it does not run.
        command: entry point and arguments.
        labels: the engine's labels, ours among them.
    """

    name: str
    stack: str
    role: str
    image: str
    image_digest: str
    user: str
    read_only: bool | None
    memory_mib_limit: int | None
    cpus: float | None
    status: str
    health: str | None
    exit_code: int | None
    oom_killed: bool
    memory_mib_used: float | None
    command: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Span:
    """One span that the service sent.

    Attributes:
        name: such as "POST /orders".
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits.
        parent_id: 16 hexadecimal digits, or "" for a root.
        service: `service.name` of the resource.
        kind: "server", "client", "internal", "producer", "consumer" or "unspecified".
        start_ns: epoch nanoseconds.
        end_ns: epoch nanoseconds.
        failed: whether its status is an error.
        attributes: span attributes; resource attributes are under `resource`.
        resource: resource attributes.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    failed: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)


def containers(running: Running, stack: str | None = None) -> list[ContainerFact]:
    """Containers of the run, those of one stack if named, oldest first; exited ones included."""
    raise NotImplementedError(running, stack)


def logs(running: Running, stack: str, *, follow: bool = False) -> Iterator[str]:
    """Lines that containers of `stack` wrote, each after its container's name."""
    raise NotImplementedError(running, stack, follow)


def spans(running: Running, trace_id: str | None = None) -> list[Span]:
    """Spans the emulator received, of one trace if named (32 hexadecimal digits), in order of their start."""
    raise NotImplementedError(running, trace_id)


def image_digest(running: Running) -> str:
    """Manifest digest (`sha256:…`) of the service's image in the emulated registry; "" in process mode."""
    raise NotImplementedError(running)
