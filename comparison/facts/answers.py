"""Which target is simplest and which starts fastest, and how that is judged."""

from collections.abc import Sequence

from comparison.facts.model import Answer, Run, TargetFacts
from local_aws.results import Outcome
from local_aws.screen.marks import plural, seconds

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
    """Return the target that gave its first good answer clearly sooner than all others in the last local run."""
    question = "Which starts fastest?"
    started = sorted(
        (target.measured.start_s, target.id)
        for target in targets
        if not target.closed
        and target.measured
        and target.measured.outcome == Outcome.ANSWERED
        and target.measured.start_s is not None
    )
    if not started or run is None:
        sentence = "Nothing was measured: `make demo` measures it on this machine."
        return Answer(question=question, target="", sentence=sentence, assumes="", instead="not measured")
    (best_s, best), (worst_s, worst) = started[0], started[-1]
    level = [target for start_s, target in started if start_s <= best_s * _CLEARLY]
    assumes = (
        f"measured on one machine with {run.engine}, all targets deployed at once: no image is pulled, no network "
        "interface made, no instance booted there; targets that are closed to new customers are left out"
    )
    if len(level) > 1:
        times = f"{seconds(best_s)} to {seconds(started[len(level) - 1][0])}"
        sentence = f"{len(level)} of {len(started)} gave their first good answer after {times}: too close to tell."
        return Answer(question=question, target="", sentence=sentence, assumes=assumes, instead="no clear answer")
    sentence = f"On this machine, which says nothing about AWS: {seconds(best_s)} from nothing to its first good answer"
    if worst != best:
        sentence += f"; the slowest of {len(started)}, {worst}, took {seconds(worst_s)}"
    return Answer(question=question, target=best, sentence=f"{sentence}.", assumes=assumes)


def _to_patch(target: TargetFacts) -> int:
    return len(target.you_patch.parts) if target.you_patch else 0


def _needed_by_all(targets: Sequence[TargetFacts]) -> frozenset[str]:
    needed = [{stack for stack, _ in target.needs} for target in targets]
    return frozenset(set.intersection(*needed)) if needed else frozenset()


def _resources(target: TargetFacts, everybody: frozenset[str]) -> int:
    return target.row.resources + sum(count for stack, count in target.needs if stack not in everybody)
