"""The cheapest target for each request rate, and the break-even points of all pairs of targets, found by bisection."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pricing.cost_model import CostModel
from pricing.estimate import monthly_usd
from pricing.usage import Usage

POINTS_PER_DECADE = 20
"""Sampled request rates, evenly spaced by ratio: of two changes that are closer to each other, none is found."""
_LOWEST, _HIGHEST = 0.001, 1e6
_PRECISION = 1e-6
_TOLERANCE_USD = 1e-9


@dataclass(frozen=True, kw_only=True)
class BreakEvenPoint:
    """A request rate at which two targets cost the same.

    Attributes:
        requests_per_second: the rate, to six digits.
        cheaper_below: the target that is cheaper at lower rates.
        cheaper_above: the target that is cheaper at higher rates.
        usd: what `cheaper_above` costs at that rate, per month.
    """

    requests_per_second: float
    cheaper_below: str
    cheaper_above: str
    usd: float


def cheapest(cost_models: Sequence[CostModel], usage: Usage) -> str | None:
    """Return the cheapest target that supports the usage, the first of equals; None if none does."""
    able = [model for model in cost_models if not model.capacity.unsupported_reason(usage)]
    return min(able, key=lambda model: monthly_usd(model, usage)).target if able else None


def max_requests_per_second(cost_models: Sequence[CostModel], usage: Usage) -> float:
    """Return the highest request rate that any template supports, to six digits; 0 if none supports any."""
    return max((_max_rate(model, usage) for model in cost_models), default=0)


def cost_curve(cost_model: CostModel, usage: Usage, highest: float) -> list[tuple[float, float]]:
    """Return (requests per second, US dollars per month), evenly spaced by ratio, up to the template's maximum."""
    return [
        (rate, monthly_usd(cost_model, usage.at(rate)))
        for rate in _rates(highest)
        if not cost_model.capacity.unsupported_reason(usage.at(rate))
    ]


def cheapest_ranges(cost_models: Sequence[CostModel], usage: Usage) -> list[tuple[float, str]]:
    """Return (request rate, cheapest target from there on) in rising order, up to the highest supported rate."""

    def cheapest_at(rate: float) -> str:
        return cheapest(cost_models, usage.at(rate)) or ""

    found = [(0.0, cheapest_at(0))]
    for low, high in itertools.pairwise([0.0, *_rates(max_requests_per_second(cost_models, usage))]):
        while found[-1][1] != cheapest_at(high):
            edge = _last(low, high, cheapest_at)
            low = edge * (1 + 2 * _PRECISION)
            found.append((edge, cheapest_at(low)))
    return found


def break_even_points(cost_models: Sequence[CostModel], usage: Usage) -> list[BreakEvenPoint]:
    """Return every request rate at which the cheaper one of two targets changes, while both support it."""
    found = [each for pair in itertools.combinations(cost_models, 2) for each in _between(*pair, usage)]
    return sorted(found, key=lambda each: (each.requests_per_second, each.cheaper_below, each.cheaper_above))


def _between(one: CostModel, other: CostModel, usage: Usage) -> Iterator[BreakEvenPoint]:
    def one_is_cheaper(rate: float) -> bool:
        return monthly_usd(one, usage.at(rate)) < monthly_usd(other, usage.at(rate)) - _TOLERANCE_USD

    rates = [0.0, *_rates(min(_max_rate(one, usage), _max_rate(other, usage)))]
    cheaper = [one_is_cheaper(rate) for rate in rates]
    for (low, before), (high, after) in itertools.pairwise(zip(rates, cheaper, strict=True)):
        if before != after:
            edge = _last(low, high, one_is_cheaper)
            below, above = (one, other) if before else (other, one)
            yield BreakEvenPoint(
                requests_per_second=edge,
                cheaper_below=below.target,
                cheaper_above=above.target,
                usd=monthly_usd(above, usage.at(edge)),
            )


def _max_rate(cost_model: CostModel, usage: Usage) -> float:
    def is_unsupported(rate: float) -> bool:
        return bool(cost_model.capacity.unsupported_reason(usage.at(rate)))

    if is_unsupported(0):
        return 0
    return _last(0, _HIGHEST, is_unsupported) if is_unsupported(_HIGHEST) else _HIGHEST


def _rates(highest: float) -> list[float]:
    if highest <= _LOWEST:
        return [highest] if highest > 0 else []
    steps = math.floor(math.log10(highest / _LOWEST) * POINTS_PER_DECADE)
    between = [_LOWEST * 10 ** (step / POINTS_PER_DECADE) for step in range(steps + 1)]
    return [*(rate for rate in between if rate < highest), highest]


def _last(low: float, high: float, value_at: Callable[[float], object]) -> float:
    """Return the largest rate found at which a value is still the same as at `low`; at `high` it is another one."""
    before = value_at(low)
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if value_at(middle) == before else (low, middle)
    return low
