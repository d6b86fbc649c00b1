"""The cheapest target for each request rate, and the break-even points of all pairs of targets, computed exactly.

The cost of a target is linear in the request rate between two of its breakpoints, at which another replica starts or a
metered quantity begins to count. Two costs are equal where two such lines cross, or where one of them jumps.
"""

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pricing.cost_model import CostModel
from pricing.estimate import monthly_usd
from pricing.usage import Usage

POINTS_PER_DECADE = 20
"""Points of a cost curve, evenly spaced by ratio, in addition to its jumps."""
_LOWEST, _HIGHEST = 0.001, 1e6
# Amounts, and rates by ratio, that are closer to each other are the same.
_SAME_USD, _SAME_RATE = 1e-7, 1e-9
# A smaller jump is not visible in a chart.
_VISIBLE_JUMP = 0.01


@dataclass(frozen=True, kw_only=True)
class BreakEvenPoint:
    """A request rate at which two targets cost the same.

    Attributes:
        requests_per_second: the rate.
        cheaper_below: the target that is cheaper at lower rates.
        cheaper_above: the target that is cheaper at higher rates.
        usd: what `cheaper_above` costs at that rate, per month.
    """

    requests_per_second: float
    cheaper_below: str
    cheaper_above: str
    usd: float


@dataclass(frozen=True, kw_only=True)
class _Line:
    """The cost between two breakpoints: `usd` + `slope` x rate, above `low` and up to `high`, inclusive."""

    low: float
    high: float
    usd: float
    slope: float

    def at(self, rate: float) -> float:
        return self.usd + self.slope * rate


def cheapest(cost_models: Sequence[CostModel], usage: Usage) -> str | None:
    """Return the cheapest target that supports the usage, the first of equals; None if none does."""
    able = [model for model in cost_models if not model.capacity.unsupported_reason(usage)]
    return min(able, key=lambda model: monthly_usd(model, usage)).target if able else None


def max_requests_per_second(cost_models: Sequence[CostModel], usage: Usage) -> float:
    """Return the highest request rate that any template supports; 0 if none supports any."""
    return max((_max_rate(model, usage) for model in cost_models), default=0)


def cost_curve(cost_model: CostModel, usage: Usage, highest: float) -> list[tuple[float, float]]:
    """Return (requests per second, US dollars per month), evenly spaced by ratio, up to the template's maximum.

    A jump of the cost has two more points: its lower and its upper end.
    """
    lines = _lines(cost_model, usage)
    end = min(highest, lines[-1].high) if lines else 0
    points = [(rate, monthly_usd(cost_model, usage.at(rate))) for rate in _rates(highest) if rate < end]
    points += [(end, lines[-1].at(end))] if lines else []
    for before, after in itertools.pairwise(lines):
        low, high = before.at(before.high), after.at(before.high)
        if _LOWEST < before.high < end and high - low > _VISIBLE_JUMP * low:
            points += [(before.high, low), (before.high * (1 + _SAME_RATE), high)]
    return sorted(points)


def cheapest_ranges(cost_models: Sequence[CostModel], usage: Usage) -> list[tuple[float, str]]:
    """Return (request rate, cheapest target above it) in rising order, up to the highest supported rate.

    The first range begins with rate 0 itself. "" is a range that no template supports.
    """
    lines = {model.target: _lines(model, usage) for model in cost_models}
    found = [(0.0, cheapest(cost_models, usage.at(0)) or "")]
    for low, high in itertools.pairwise(_ends(lines.values())):
        able = [(target, line) for target, own in lines.items() if (line := _line(own, low, high))]
        for rate, target in _lower_envelope(able, low, high):
            if rate == 0:
                found = [(rate, target)]
            elif target != found[-1][1]:
                found.append((rate, target))
    return found


def break_even_points(cost_models: Sequence[CostModel], usage: Usage) -> list[BreakEvenPoint]:
    """Return every request rate at which the cheaper one of two targets changes, while both support it."""
    lines = {model.target: _lines(model, usage) for model in cost_models}
    found = [each for pair in itertools.combinations(lines.items(), 2) for each in _between(*pair)]
    return sorted(found, key=lambda each: (each.requests_per_second, each.cheaper_below, each.cheaper_above))


def _between(one: tuple[str, Sequence[_Line]], other: tuple[str, Sequence[_Line]]) -> Iterator[BreakEvenPoint]:
    cheaper: tuple[str, _Line] | None = None
    for low, high in itertools.pairwise(_ends([one[1], other[1]])):
        able = [(target, line) for target, own in (one, other) if (line := _line(own, low, high))]
        if len(able) < 2:
            return
        for rate, target in _lower_envelope(able, low, high):
            line = dict(able)[target]
            is_less = any(abs(each.at(x) - line.at(x)) > _SAME_USD for _, each in able for x in (rate, high))
            if cheaper and target != cheaper[0] and is_less:
                yield BreakEvenPoint(
                    requests_per_second=rate, cheaper_below=cheaper[0], cheaper_above=target, usd=line.at(rate)
                )
            if is_less:
                cheaper = (target, line)


def _lower_envelope(lines: Sequence[tuple[str, _Line]], low: float, high: float) -> Iterator[tuple[float, str]]:
    """Yield (rate, the cheapest one above it) between two breakpoints; of equals, the one with the lower slope."""
    if not lines:
        yield low, ""
        return
    rate = low
    cheapest_, line = min(lines, key=lambda each: (round(each[1].at(rate) / _SAME_USD), each[1].slope))
    yield rate, cheapest_
    while True:
        crossings = [
            (crossing, other.slope, target, other)
            for target, other in lines
            if other.slope < line.slope and rate < (crossing := (other.usd - line.usd) / (line.slope - other.slope))
        ]
        if not crossings:
            return
        rate, _, cheapest_, line = min(crossings, key=lambda each: each[:2])
        if rate >= high * (1 - _SAME_RATE):
            return
        yield rate, cheapest_


def _lines(cost_model: CostModel, usage: Usage) -> list[_Line]:
    """Return the lines that the cost consists of, up to the highest rate that the template supports."""
    highest = _max_rate(cost_model, usage)
    inside = sorted(rate for rate in cost_model.breakpoints(usage) if 0 < rate < highest * (1 - _SAME_RATE))
    ends = [0.0]
    for rate in (*inside, highest):
        if rate - ends[-1] > _SAME_RATE * rate:
            ends.append(rate)
    lines = []
    for low, high in itertools.pairwise(ends):
        # Inside, because a replica starts at the breakpoint itself, but for a rounding error.
        first, second = low + (high - low) / 4, high - (high - low) / 4
        first_usd, second_usd = (monthly_usd(cost_model, usage.at(rate)) for rate in (first, second))
        slope = (second_usd - first_usd) / (second - first)
        lines.append(_Line(low=low, high=high, usd=first_usd - slope * first, slope=slope))
    return lines


def _line(lines: Sequence[_Line], low: float, high: float) -> _Line | None:
    """Return the line that covers the middle of two rates; None above the last one."""
    middle = (low + high) / 2
    index = bisect.bisect_left(lines, middle, key=lambda line: line.high)
    return lines[index] if index < len(lines) else None


def _ends(lines: Iterable[Sequence[_Line]]) -> list[float]:
    found = [0.0]
    for rate in sorted({line.high for each in lines for line in each}):
        if rate - found[-1] > _SAME_RATE * rate:
            found.append(rate)
    return found


def _max_rate(cost_model: CostModel, usage: Usage) -> float:
    return min(_HIGHEST, cost_model.capacity.max_requests_per_second(usage))


def _rates(highest: float) -> list[float]:
    if highest <= _LOWEST:
        return [highest] if highest > 0 else []
    steps = math.floor(math.log10(highest / _LOWEST) * POINTS_PER_DECADE)
    between = [_LOWEST * 10 ** (step / POINTS_PER_DECADE) for step in range(steps + 1)]
    return [*(rate for rate in between if rate < highest), highest]
