"""The answers: which target is cheapest, which is simplest and which starts fastest, and how that is judged."""

from collections.abc import Sequence

from comparison.facts.costs import assumptions
from comparison.facts.model import Answer, Run, TargetFacts
from comparison.formatting import counted, dollars, listed
from deployment.console import plural, seconds
from deployment.results import Outcome
from pricing.estimate import estimate
from pricing.report import CostReport
from pricing.sizes import ReplicaSize, default_size
from pricing.usage import Usage

# Results on one machine vary by that factor between runs.
_SIGNIFICANT = 1.5


def cheapest(report: CostReport, usage: Usage, size: ReplicaSize | None = None) -> Answer:
    """Return the cheapest target for a usage, without those that are closed to new customers.

    Args:
        report: the cost report.
        usage: what to price.
        size: replica size. Default: that of the templates.
    """
    size = size or default_size(report.cost_models)
    months = [estimate(model, usage) for model in size.cost_models if not model.closed_to_new_customers]
    able = sorted((month.usd, month.target) for month in months if month.usd is not None)
    question = "Which is cheapest?"
    if not able:
        return Answer(question=question, target="", sentence=_unsupported(usage, size), assumptions="")
    (usd, target), rest = able[0], able[1:3]
    sentence = f"{dollars(usd)} a month"
    if rest:
        others = listed([f"{other} with {dollars(other_usd)}" for other_usd, other in rest])
        sentence += f"; next {'is' if len(rest) == 1 else 'are'} {others}"
    return Answer(
        question=question, target=target, sentence=f"{sentence}.", assumptions=assumptions(report, usage, size)
    )


def simplest(targets: Sequence[TargetFacts]) -> Answer:
    """Return the target with the fewest things to patch and, among those, the fewest resources."""
    question = "Which is simplest?"
    rule = (
        "judged by what you patch, then by the resources of its stack and of the stacks that it depends on and others "
        "do not; without targets that are closed to new customers"
    )
    known = [target for target in targets if target.you_patch and not target.closed_to_new_customers]
    if not known:
        return Answer(question=question, target="", sentence="What you patch is not documented.", assumptions=rule)
    common = _common_dependencies(targets)
    best, *others = sorted(known, key=lambda target: (_patches(target), _resources(target, common), target.id))
    patch = best.you_patch.text if best.you_patch else ""
    sentence = f"{plural(_resources(best, common), 'resource')}, and you patch only {patch}"
    if others:
        sentence += f"; next is {others[0].id} with {plural(_resources(others[0], common), 'resource')}"
    return Answer(question=question, target=best.id, sentence=f"{sentence}.", assumptions=rule)


def fastest(targets: Sequence[TargetFacts], run: Run | None) -> Answer:
    """Return the target with a significantly faster first response than all others in the last local run.

    A target that scales to zero starts alone, on its first request; the others start side by side while they are
    deployed. The two kinds are not compared.
    """
    question = "Which starts fastest?"
    started = sorted(
        (startup_s, target.id)
        for target in targets
        if (startup_s := _startup_s(target)) is not None and not _scales_to_zero(target)
    )
    if not started or run is None:
        sentence = "No measurements yet: `make demo` takes them on this machine."
        return Answer(question=question, target="", sentence=sentence, assumptions="", fallback="not measured")
    (best_s, best), (worst_s, worst) = started[0], started[-1]
    level = [startup_s for startup_s, _ in started if startup_s <= best_s * _SIGNIFICANT]
    assumed = (
        f"measured on one machine with {run.engine}; targets that always run started side by side while they were "
        "deployed: no image pulls, network interfaces or instance boots; without targets that are closed to new "
        "customers"
    )
    cold_starts = "".join(_cold_start(target) for target in targets if _scales_to_zero(target))
    if len(level) > 1:
        sentence = (
            f"{len(level)} of the {len(started)} targets that always run gave their first successful response after "
            f"{seconds(best_s)} to {seconds(level[-1])}: too close to call.{cold_starts}"
        )
        return Answer(question=question, target="", sentence=sentence, assumptions=assumed, fallback="no clear answer")
    sentence = (
        f"{seconds(best_s)} from deployment to the first successful response, on this machine, which says nothing "
        "about AWS"
    )
    if worst != best:
        sentence += f"; the slowest of the {len(started)} targets that always run, {worst}, took {seconds(worst_s)}"
    return Answer(question=question, target=best, sentence=f"{sentence}.{cold_starts}", assumptions=assumed)


def _unsupported(usage: Usage, size: ReplicaSize) -> str:
    """The target that would support the usage with the fewest replicas, if its maximum were higher."""
    sentence = "No template supports this load"
    able = [
        (model.capacity.required_replicas(usage), model.target, model.capacity)
        for model in size.cost_models
        if not model.closed_to_new_customers and model.capacity.within_limits(usage)
    ]
    if not able:
        return f"{sentence}."
    replicas, target, capacity = min(able, key=lambda each: each[:2])
    needed = counted(replicas, capacity.replica_type)
    return f"{sentence}; {target} would need {needed}, its template allows {capacity.max_replicas:,}."


def _startup_s(target: TargetFacts) -> float | None:
    """Seconds to the first successful response of an available target that passed."""
    found = target.local_run
    passed = found and not target.closed_to_new_customers and found.outcome == Outcome.PASSED
    return found.startup_s if found and passed else None


def _cold_start(target: TargetFacts) -> str:
    startup_s = _startup_s(target)
    if startup_s is None:
        return ""
    return f" {target.id} starts alone, on its first request, which took {seconds(startup_s)}."


def _scales_to_zero(target: TargetFacts) -> bool:
    return target.workload.min_replicas == 0


def _patches(target: TargetFacts) -> int:
    return len(target.you_patch.items) if target.you_patch else 0


def _common_dependencies(targets: Sequence[TargetFacts]) -> frozenset[str]:
    needed = [{stack for stack, _ in target.dependencies} for target in targets]
    return frozenset(set.intersection(*needed)) if needed else frozenset()


def _resources(target: TargetFacts, common: frozenset[str]) -> int:
    return target.resource_count + sum(count for stack, count in target.dependencies if stack not in common)
