"""The thresholds: the request rates at which another target becomes the cheapest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from comparison.formatting import rate
from pricing.break_even import cheapest_ranges, max_requests_per_second
from pricing.estimate import monthly_usd
from pricing.ingress import INGRESSES
from pricing.report import CostReport
from pricing.usage import Usage

_WAITS = (0, 0.01, 0.03, 0.1, 0.5)
"""Seconds that a request waits: no dependency, a table, a few calls, a slow call, a very slow one."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A request rate from which another target is the cheapest.

    Attributes:
        requests_per_second: the request rate.
        usd: US dollars per month of `target` at that rate.
        target: the cheapest target from there on.
        at_maximum: whether the previous target ends there because its template scales no further.
    """

    requests_per_second: float
    usd: float
    target: str
    at_maximum: bool


def thresholds(report: CostReport, ranges: Sequence[tuple[float, str]] | None = None) -> Iterator[Threshold]:
    """Yield the thresholds of a report, from the lowest request rate on.

    Args:
        report: the cost report.
        ranges: (request rate, cheapest target from there on). Default: those of the targets open to new customers.
    """
    models = {model.target: model for model in report.cost_models}
    previous = ""
    for requests_per_second, target in report.ranges_available if ranges is None else ranges:
        if target in models:
            usd = monthly_usd(models[target], report.usage.at(requests_per_second))
            above = report.usage.at(requests_per_second * 1.001)
            at_maximum = bool(previous) and bool(models[previous].capacity.unsupported_reason(above))
            yield Threshold(requests_per_second=requests_per_second, usd=usd, target=target, at_maximum=at_maximum)
            previous = target


def thresholds_text(report: CostReport) -> str:
    """Return the thresholds of the targets open to new customers in one sentence, with the request that it assumes."""
    return _sentence(report.usage, list(thresholds(report)), report.max_requests_per_second_available)


def thresholds_text_of_all(report: CostReport) -> str:
    """Return the thresholds of all targets in one sentence, with the request that it assumes."""
    return _sentence(report.usage, list(thresholds(report, report.ranges)), report.max_requests_per_second)


def request_text(usage: Usage) -> str:
    """Return the assumption that break-even points depend on most, which stands wherever one is shown."""
    return f"{usage.cpu_seconds * 1000:g} ms of vCPU time and {usage.wait_seconds * 1000:g} ms of waiting per request"


def waiting_text(report: CostReport) -> str:
    """Return how far the target that is cheapest at a low load stays so, by the waiting time of a request."""
    models = [model for model in report.cost_models if not model.closed_to_new_customers]
    ends: dict[str, list[str]] = {}
    for seconds in sorted({*_WAITS, report.usage.wait_seconds}):
        usage = replace(report.usage, wait_seconds=seconds)
        (_, target), *others = cheapest_ranges(models, usage)
        end = others[0][0] if others else max_requests_per_second(models, usage)
        ends.setdefault(target, []).append(f"{rate(end)} at {seconds * 1000:g} ms")
    known = [f"{target} is cheapest up to {', '.join(found)}" for target, found in ends.items() if target]
    return f"By waiting time, in requests/s: {'; '.join(known)}." if known else ""


def ingress_text(report: CostReport) -> str:
    """Return which target is cheapest up to which request rate if all are behind another ingress."""
    found = []
    for ingress, models in report.other_ingresses.items():
        able = [model for model in models if not model.closed_to_new_customers]
        ranges = cheapest_ranges(able, report.usage)
        ends = [*(start for start, _ in ranges[1:]), max_requests_per_second(able, report.usage)]
        parts = [f"{target} up to {rate(end)}" for (_, target), end in zip(ranges, ends, strict=True) if target]
        if parts and models != report.cost_models:
            found.append(f"with {INGRESSES[ingress]}: {', then '.join(parts)}")
    text = f"This is with {INGRESSES[report.ingress]}. Cheapest, in requests/s, {'; '.join(found)}."
    return text if found else ""


def _sentence(usage: Usage, found: Sequence[Threshold], highest: float) -> str:
    if not found:
        return "No template supports any load."
    sentence = f"with {request_text(usage)}, {found[0].target} is cheapest"
    for threshold in found[1:]:
        limit = " (the maximum of its template)" if threshold.at_maximum else ""
        sentence += f" up to {rate(threshold.requests_per_second)} requests/s{limit}, then {threshold.target}"
    return f"{sentence} up to {rate(highest)} requests/s (the maximum of all templates)."
