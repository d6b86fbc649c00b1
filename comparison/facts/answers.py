"""Which target is simplest and which starts fastest, and how that is judged."""

from collections.abc import Sequence

from comparison.facts.model import Answer, Run, TargetFacts
from deployment.console.marks import plural, seconds
from deployment.results import Outcome

# Runs on one machine differ by as much from one another.
_CLEARLY = 1.5


def simplest(targets: Sequence[TargetFacts]) -> Answer:
    """Return the target with the fewest things to patch and, among those, the fewest resources."""
    question = "Which is simplest?"
    rule = (
        "judged by what is left to patch, then by the resources of its stack and of the stacks that it needs and "
        "others do not; targets that are closed to new customers are left out"
    )
    everybody = _needed_by_all(targets)
    known = [target for target in targets if target.you_patch and not target.closed]
    if not known:
        return Answer(question=question, target="", sentence="Nobody has said what is left to patch.", assumes=rule)
    ordered = sorted(known, key=lambda target: (_to_patch(target), _resources(target, everybody), target.id))
    best, second = ordered[0], ordered[1] if len(ordered) > 1 else None
    patch = best.you_patch.text if best.you_patch else ""
    sentence = f"{plural(_resources(best, everybody), 'resource')}, and nothing to patch but {patch}"
    if second:
        sentence += f"; next is {second.id} with {plural(_resources(second, everybody), 'resource')}"
    return Answer(question=question, target=best.id, sentence=f"{sentence}.", assumes=rule)


def fastest(targets: Sequence[TargetFacts], run: Run | None) -> Answer:
    """Return the target that gave its first good answer clearly sooner than all others in the last local run.

    A target that starts at its first request has the machine to itself then; the others start side by side while they
    are deployed. The two are not compared.
    """
    question = "Which starts fastest?"
    started = sorted(
        (start_s, target.id) for target in targets if (start_s := _started(target)) and not _at_first(target)
    )
    if not started or run is None:
        sentence = "Nothing was measured: `make demo` measures it on this machine."
        return Answer(question=question, target="", sentence=sentence, assumes="", instead="not measured")
    (best_s, best), (worst_s, worst) = started[0], started[-1]
    level = [target for start_s, target in started if start_s <= best_s * _CLEARLY]
    assumes = (
        f"measured on one machine with {run.engine}, targets that always run started side by side while deployed: no "
        "image is pulled, no network interface made, no instance booted there; targets that are closed to new "
        "customers are left out"
    )
    later = "".join(_at_first_in_words(target) for target in targets if _at_first(target))
    if len(level) > 1:
        times = f"{seconds(best_s)} to {seconds(started[len(level) - 1][0])}"
        sentence = (
            f"{len(level)} of {len(started)} that always run answered well after {times}: too close to tell.{later}"
        )
        return Answer(question=question, target="", sentence=sentence, assumes=assumes, instead="no clear answer")
    sentence = f"On this machine, which says nothing about AWS: {seconds(best_s)} from nothing to its first good answer"
    if worst != best:
        sentence += f"; the slowest of {len(started)} that always run, {worst}, took {seconds(worst_s)}"
    return Answer(question=question, target=best, sentence=f"{sentence}.{later}", assumes=assumes)


def _started(target: TargetFacts) -> float | None:
    """Seconds from nothing to the first good answer, of a target that everybody can have and that gave one."""
    answered = target.measured and not target.closed and target.measured.outcome == Outcome.PASSED
    return target.measured.start_s if answered and target.measured else None


def _at_first_in_words(target: TargetFacts) -> str:
    start_s = _started(target)
    if start_s is None:
        return ""
    return f" {target.id} starts at its first request, alone on the machine: that one took {seconds(start_s)}."


def _at_first(target: TargetFacts) -> bool:
    """Whether nothing runs until somebody asks."""
    return target.scaling is not None and target.scaling.least == 0


def _to_patch(target: TargetFacts) -> int:
    return len(target.you_patch.parts) if target.you_patch else 0


def _needed_by_all(targets: Sequence[TargetFacts]) -> frozenset[str]:
    needed = [{stack for stack, _ in target.needs} for target in targets]
    return frozenset(set.intersection(*needed)) if needed else frozenset()


def _resources(target: TargetFacts, everybody: frozenset[str]) -> int:
    return target.row.resources + sum(count for stack, count in target.needs if stack not in everybody)
