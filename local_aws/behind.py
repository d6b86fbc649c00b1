"""What runs behind a target, by the engine's own word, and what that says about a failure."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from local_aws import facts
from local_aws.diagnosis import as_results, runs_as, why_silent, with_tail
from local_aws.executed_by import executed_by
from local_aws.facts import ContainerFact
from local_aws.results import Check, Outcome, TargetResult
from local_aws.running import Running
from local_aws.visit import rounded, with_checks

# A task that a rolling deployment stops ends with one of these; nothing else may end a service's container.
STOPPED = (0, 137, 143)
SETTLED_WITHIN_S = 15.0
PROCESS_REASON = "a process runs as whoever started it"


def settled(running: Running) -> list[ContainerFact]:
    """Return what the engine says about all containers, once no one-shot task runs or the time for it is over."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while True:
        found = facts.containers(running)
        if time.monotonic() > until or not any(fact.role == "task" and fact.status == "running" for fact in found):
            return found
        time.sleep(0.3)


def look_behind(running: Running, name: str, target: TargetResult, everything: Sequence[ContainerFact]) -> TargetResult:
    """Add to a target what the engine says about its containers, and the why and cure of a failure."""
    own = [fact for fact in everything if fact.stack == target.stack]
    used = [fact.memory_mib_used for fact in own if fact.memory_mib_used is not None]
    seen = replace(
        target,
        runs_as=runs_as(own, in_containers=running.engine.has_containers),
        executed_by=executed_by(running, target.stack),
        memory_mib=rounded(max(used)) if used else None,
        containers=as_results(own),
    )
    images = {fact.image_digest for fact in everything}
    seen = with_checks(
        seen, [*seen.checks, *container_checks(own, images, in_containers=running.engine.has_containers)]
    )
    if seen.outcome is not Outcome.FAILED:
        return seen
    return replace(
        seen, why=_why(seen, own, facts.logs(running, target.stack)), cure=f"python -m local_aws logs {name}"
    )


def container_checks(own: Sequence[ContainerFact], images: set[str], *, in_containers: bool) -> list[Check]:
    """Ask of containers that they run, run one image, run it as nobody, and that none of them died.

    Args:
        own: the target's containers.
        images: ids of the images of all containers of the run, workflow steps included.
        in_containers: whether they are containers; processes have neither image nor user of their own.
    """
    died = [f"{fact.name} exited with {fact.exit_code}" for fact in own if _died(fact)]
    root = [f"{fact.name} runs as root" for fact in own if fact.user.split(":")[0] in ("", "0", "root")]
    alive = any(fact.status == "running" for fact in own)
    checks = [
        _check("something runs", alive, "a container or process", "none"),
        _check("nothing died", not died, "none that exited by itself", ", ".join(died)),
    ]
    contained = [
        _check("not as root", not root, "the template's user", ", ".join(root)),
        _check("one image", len(images) <= 1, "the same image everywhere", f"{len(images)} images"),
    ]
    if in_containers:
        return checks + contained
    return checks + [replace(check, outcome=Outcome.NOT_RUN, got="", reason=PROCESS_REASON) for check in contained]


def _died(fact: ContainerFact) -> bool:
    return fact.role == "service" and (fact.oom_killed or fact.exit_code not in (None, *STOPPED))


def _why(target: TargetResult, own: Sequence[ContainerFact], log: Iterable[str]) -> str:
    failed = [check for check in target.checks if check.outcome is Outcome.FAILED]
    if any(check.name == "ready" or check.got.startswith("no answer") for check in failed):
        return why_silent(own, log)
    return with_tail(f"{len(failed)} of {len(target.checks)} checks failed; the last lines of its log:", log)


def _check(name: str, right: bool, expected: str, wrong: str) -> Check:
    outcome = Outcome.ANSWERED if right else Outcome.FAILED
    return Check(name=name, outcome=outcome, expected=expected, got=expected if right else wrong)
