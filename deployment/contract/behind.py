"""What runs behind a target, by the engine's own word, and what that says about a failure."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from deployment.contract.diagnosis import as_results, runs_as, why_silent, with_tail
from deployment.contract.executed_by import executed_by
from deployment.contract.visit import rounded, with_checks
from deployment.image import PushedImage, pushed_image
from deployment.results import Check, Outcome, TargetResult
from local_aws import facts
from local_aws.environment import LocalEnvironment
from local_aws.facts import ContainerState

# A task that a rolling deployment stops ends with one of these; nothing else may end a service's container.
STOPPED = (0, 137, 143)
SETTLED_WITHIN_S = 15.0
AS_USER = "the template's user"
ONE_IMAGE = "the image that the registry has"
PROCESS_REASON = "a process runs as whoever started it"


def settled(running: LocalEnvironment) -> list[ContainerState]:
    """Return what the engine says about all containers, once no one-shot task runs or the time for it is over."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while True:
        found = facts.containers(running)
        if time.monotonic() > until or not any(fact.role == "task" and fact.status == "running" for fact in found):
            return found
        time.sleep(0.3)


def look_behind(
    running: LocalEnvironment, name: str, target: TargetResult, everything: Sequence[ContainerState]
) -> TargetResult:
    """Add to a target what the engine says about its containers, and the why and cure of a failure."""
    own = [fact for fact in everything if fact.stack == target.stack]
    used = [fact.memory_mib_used for fact in own if fact.memory_mib_used is not None]
    by, not_shown = executed_by(running, target.stack, own)
    seen = replace(
        target,
        runs_as=runs_as(own, in_containers=running.engine.has_containers),
        executed_by=by,
        not_shown=not_shown,
        memory_mib=rounded(max(used)) if used else None,
        containers=as_results(own),
    )
    image = pushed_image(running) if running.engine.has_containers else None
    seen = with_checks(seen, [*seen.checks, *container_checks(own, everything, image)])
    if seen.outcome is not Outcome.FAILED:
        return seen
    return replace(
        seen, cause=_why(seen, own, facts.logs(running, target.stack)), fix=f"python -m local_aws logs {name}"
    )


def container_checks(
    own: Sequence[ContainerState], everything: Iterable[ContainerState], image: PushedImage | None
) -> list[Check]:
    """Ask of containers that they run, run the pushed image, run it as nobody, and that none of them died.

    Args:
        own: the target's containers.
        everything: all containers of the run, workflow steps included.
        image: what was pushed last; None for processes, which have neither image nor user of their own.
    """
    died = [f"{fact.name} exited with {fact.exit_code}" for fact in own if _died(fact)]
    alive = any(fact.status == "running" for fact in own)
    checks = [
        _check("something runs", alive, "a container or process", "none"),
        _check("nothing died", not died, "none that exited by itself", ", ".join(died)),
    ]
    if image is None:
        return checks + [
            Check(name=name, outcome=Outcome.NOT_RUN, expected=expected, reason=PROCESS_REASON)
            for name, expected in (("not as root", AS_USER), ("one image", ONE_IMAGE))
        ]
    root = [f"{fact.name} runs as root" for fact in own if fact.user.split(":")[0] in ("", "0", "root")]
    return [
        *checks,
        _check("not as root", not root, AS_USER, ", ".join(root)),
        _one_image(everything, image),
    ]


def _one_image(everything: Iterable[ContainerState], image: PushedImage) -> Check:
    """Ask that everything that runs is the image behind the registry's newest digest.

    What has ended may be one that was pushed before: the edit loop deploys again into what runs.
    """
    newest, known = ({_bare(one) for one in ids} for ids in (image.ids, image.known))
    strays = [
        fact for fact in everything if _bare(fact.image_digest) not in (newest if fact.status == "running" else known)
    ]
    wrong = ", ".join(f"{fact.name} runs {_bare(fact.image_digest)[:12]}" for fact in strays)
    return _check("one image", bool(newest) and not strays, ONE_IMAGE, wrong or "the registry has none")


def _bare(digest: str) -> str:
    """Podman leaves the algorithm out."""
    return digest.removeprefix("sha256:")


def _died(fact: ContainerState) -> bool:
    return fact.role == "service" and (fact.oom_killed or fact.exit_code not in (None, *STOPPED))


def _why(target: TargetResult, own: Sequence[ContainerState], log: Iterable[str]) -> str:
    failed = [check for check in target.checks if check.outcome is Outcome.FAILED]
    if any(check.name == "ready" or check.got.startswith("no answer") for check in failed):
        return why_silent(own, log)
    return with_tail(f"{len(failed)} of {len(target.checks)} checks failed; the last lines of its log:", log)


def _check(name: str, right: bool, expected: str, wrong: str) -> Check:
    outcome = Outcome.PASSED if right else Outcome.FAILED
    return Check(name=name, outcome=outcome, expected=expected, got=expected if right else wrong)
