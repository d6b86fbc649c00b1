"""What is known about one container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ContainerState:
    """One container of the run, alive or not.

    Attributes:
        id: the engine's id.
        name: the engine's name for it.
        stack: the stack whose service or function started it; "" where unknown.
        role: "service", "task" (one-shot) or "function".
        image: reference it was started from.
        image_digest: `sha256:…` of that image's id; "" for processes.
        user: user it runs as, such as "10001:10001".
        read_only: whether its root file system is read-only; None for processes, which have none.
        memory_mib_limit: limit in MiB; None where none holds.
        cpus: limit in CPUs; None where none holds.
        status: the engine's word: "running", "exited", "paused", "restarting"; processes also "stopped" (SIGSTOP).
        exit_code: None while it has not exited.
        oom_killed: whether the kernel killed it for its memory limit.
        memory_mib_used: memory it uses in MiB; None when it does not run.
        command: entry point and arguments.
        labels: the engine's labels, ours among them.
    """

    id: str
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
    exit_code: int | None
    oom_killed: bool
    memory_mib_used: float | None
    command: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
