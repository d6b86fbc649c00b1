"""Up to which load which target is cheapest, as facts and as one sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comparison.wording import rate
from pricing.estimate import monthly_usd
from pricing.report import CostReport


@dataclass(frozen=True, kw_only=True)
class Change:
    """A load above which another target is the cheapest.

    Attributes:
        usd: US dollars a month of `target` there.
        ends: whether the one before ends there because its template does not scale further.
    """

    requests_per_second: float
    usd: float
    target: str
    ends: bool


def changes(found: CostReport, ranges: Sequence[tuple[float, str]] | None = None) -> Iterator[Change]:
    """Yield from which load on which target is the cheapest; the first is from none.

    `ranges` are those of the answer that are looked at: by default of the targets that everybody can have.
    """
    by_target = {one.target: one for one in found.cost_models}
    before = ""
    for requests_per_second, target in found.ranges_available if ranges is None else ranges:
        if target in by_target:
            usd = monthly_usd(by_target[target], found.usage.at(requests_per_second))
            above = found.usage.at(requests_per_second * 1.001)
            ends = bool(before) and bool(by_target[before].capacity.unsupported_reason(above))
            yield Change(requests_per_second=requests_per_second, usd=usd, target=target, ends=ends)
            before = target


def thresholds(found: CostReport) -> str:
    """Return one sentence on the targets that everybody can have."""
    return _sentence(list(changes(found)), found.max_requests_per_second_available)


def thresholds_of_all(found: CostReport) -> str:
    """Return one sentence on all targets, those that are closed to new customers included."""
    return _sentence(list(changes(found, found.ranges)), found.max_requests_per_second)


def _sentence(changed: Sequence[Change], most: float) -> str:
    if not changed:
        return "No template carries any load."
    first, *rest = changed
    sentence = f"{first.target} is cheapest"
    for change in rest:
        cause = ", the most that its template scales to" if change.ends else ""
        sentence += f" up to {rate(change.requests_per_second)} requests/s{cause}, then {change.target}"
    return f"{sentence}, up to {rate(most)} requests/s, the most that a template carries."
