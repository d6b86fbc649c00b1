"""State of one container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ContainerState:
    """One container of the run, running or not, or the process in its place.

    Attributes:
        id: the engine's ID.
        name: the engine's name for it.
        stack: the stack whose service or function started it; "" where unknown.
        resource: logical ID of the task definition, function or release in that stack; "" where unknown. Default: "".
        role: "service", "task" (one-shot) or "function".
        image: the image reference that it was started from.
        image_digest: ID of that image, `sha256:…`; "" for processes.
        user: the user that it runs as, such as "10001:10001".
        read_only: whether its root file system is read-only; None for processes, which have none.
        memory_mib_limit: memory limit in MiB; None without one.
        cpus: CPU limit; None without one.
        status: the engine's word: "running", "exited", "paused", "restarting"; for processes also "stopped" (SIGSTOP).
        exit_code: None while it has not exited.
        oom_killed: whether the kernel killed it at its memory limit.
        memory_mib_used: memory in use in MiB; None when it does not run.
        command: entry point and arguments.
        labels: the engine's labels.
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
    resource: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_serving(self) -> bool:
        """Whether it belongs to a service that always runs, and runs now."""
        return self.role == "service" and self.status == "running"
