"""Diagnosis of a failure from container states and logs."""

import json
from collections.abc import Iterable, Sequence

from deployment.containers import ContainerState

TAIL = 3
MAX_LINE = 68  # one line of the report, after the label
_ROUTINE = ('"level":"INFO"', "[INFO]", " RequestId: ")


def diagnose(containers: Sequence[ContainerState], log: Iterable[str]) -> str:
    """Return what the containers of an unresponsive target do, and their last log lines."""
    return with_log_tail(_state(containers), log)


def with_log_tail(statement: str, log: Iterable[str]) -> str:
    """Append the last log lines to a statement: those that are not routine, if there are any."""
    lines = [line.strip() for line in log if line.strip()]
    relevant = [line for line in lines if not any(word in line for word in _ROUTINE)] or lines
    return "\n".join([statement, *(excerpt(line) for line in relevant[-TAIL:])])


def excerpt(line: str) -> str:
    """Return the message of a log line, without container and timestamp, shortened to one line of the report."""
    message = _message(line.partition(" | ")[2] or line)
    return message if len(message) <= MAX_LINE else f"{message[: MAX_LINE - 1]}…"


def _message(text: str) -> str:
    """Return the message of a JSON line, with the last line of its error; any other line as it is."""
    try:
        entry = json.loads(text)
    except ValueError:
        return text
    if not isinstance(entry, dict) or "message" not in entry:
        return text
    error = str(entry.get("error", "")).strip().splitlines()[-1:]
    return ": ".join([str(entry["message"]), *error])


def _state(containers: Sequence[ContainerState]) -> str:
    if not containers:
        return "no container exists for it"
    running = [container for container in containers if container.status == "running"]
    exited = [container for container in containers if container.exit_code is not None]
    if any(container.oom_killed for container in exited):
        return f"its container was killed at its memory limit ({exited[-1].memory_mib_limit} MiB)"
    if exited and any(container.exit_code for container in exited):
        return f"its container exited with {exited[-1].exit_code}, {_times(len(exited))}"
    suspended = [container for container in containers if container.status not in ("running", "exited")]
    if suspended:
        return f"its container is {suspended[-1].status}"
    if running:
        return f"{len(running)} running, but there is no response: the process hangs or waits"
    return "its container exited"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
