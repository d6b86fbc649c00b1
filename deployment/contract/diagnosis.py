"""Why something did not work, as far as containers and their last words tell: pure functions over facts."""

import json
from collections.abc import Iterable, Sequence

from deployment.results import Container
from local_aws.facts import ContainerState

TAIL = 3
LINE = 76  # one line of the screen, behind the label
_CALM = ('"level":"INFO"', "[INFO]", " RequestId: ")


def why_silent(facts: Sequence[ContainerState], log: Iterable[str]) -> str:
    """Say what containers that should have answered are doing instead, with their last words."""
    return with_tail(_state(facts), log)


def with_tail(what: str, log: Iterable[str]) -> str:
    """Add the last lines of a log to a statement, those that sound an alarm if there are any."""
    lines = [line.strip() for line in log if line.strip()]
    telling = [line for line in lines if not any(word in line for word in _CALM)] or lines
    return "\n".join([what, *(excerpt(line) for line in telling[-TAIL:])])


def excerpt(line: str) -> str:
    """Return what was said, without who said it and when, on one line of the screen."""
    said = _message(line.partition(" | ")[2] or line)
    return said if len(said) <= LINE else f"{said[: LINE - 1]}…"


def _message(said: str) -> str:
    """Return the message of a line of JSON, with the last line of its error; any other line as it is."""
    try:
        found = json.loads(said)
    except ValueError:
        return said
    if not isinstance(found, dict) or "message" not in found:
        return said
    error = str(found.get("error", "")).strip().splitlines()[-1:]
    return ": ".join([str(found["message"]), *error])


def _state(facts: Sequence[ContainerState]) -> str:
    if not facts:
        return "nothing runs for it"
    alive = [fact for fact in facts if fact.status == "running"]
    ended = [fact for fact in facts if fact.exit_code is not None]
    if any(fact.oom_killed for fact in ended):
        return f"its container was killed at its memory limit ({ended[-1].memory_mib_limit} MiB)"
    if ended and any(fact.exit_code for fact in ended):
        return f"its container exited with {ended[-1].exit_code}, {times(len(ended))}"
    frozen = [fact for fact in facts if fact.status not in ("running", "exited")]
    if frozen:
        return f"its container is {frozen[-1].status}"
    if alive:
        return f"it runs, {times(len(alive))}, but does not answer: it hangs, or waits for something"
    return "its container ended"


def runs_as(facts: Sequence[ContainerState], *, in_containers: bool) -> str:
    """Say what runs: "2 containers", "1 process", "nothing"."""
    alive = sum(fact.status == "running" for fact in facts)
    one, more = ("container", "containers") if in_containers else ("process", "processes")
    return f"{alive} {one if alive == 1 else more}" if alive else "nothing"


def as_results(facts: Iterable[ContainerState]) -> list[Container]:
    """Return the facts that results keep."""
    return [
        Container(
            name=fact.name,
            user=fact.user,
            read_only=fact.read_only,
            memory_limit_mib=fact.memory_mib_limit,
            cpus=fact.cpus,
            memory_mib=fact.memory_mib_used,
            status=fact.status,
            exit_code=fact.exit_code,
        )
        for fact in facts
    ]


def times(count: int) -> str:
    """Return "once", "twice" or "5 times"."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
