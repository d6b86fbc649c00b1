"""What is said about cost: sentences and lists over the answer of `comparison.cost`, for any load."""

from collections.abc import Mapping, Sequence

from comparison.costs.changes import Change, changes, thresholds
from comparison.facts.model import Answer
from comparison.wording import counted, dollars, listed, rate
from deployment.assembly import Assembly
from pricing.answer import Answer as Costs
from pricing.answer import answer
from pricing.estimate import estimate
from pricing.load import Load
from pricing.prices import Price, PriceList
from pricing.sizes import Size, own_size

__all__ = [
    "ASSUMED",
    "BY_SIZE",
    "Change",
    "Costs",
    "assumptions",
    "changes",
    "cheapest",
    "costs",
    "monthly_by_size",
    "thresholds",
    "used_prices",
]

BY_SIZE = "A month of the default load, by size of a copy"
ASSUMED = "What these figures assume"
"""The titles of what every form says beside the months themselves."""


def costs(assembly: Assembly, load: Load | None = None) -> Costs:
    """Price every target of the assembly for a load, by default the default one.

    Raises:
        ActionableError: a resource has no price, or is made in a way that its rule does not know.
    """
    return answer(assembly, load or Load(), PriceList.load())


def used_prices(found: Costs) -> tuple[Price, ...]:
    """Return the unit prices that some figure stands on."""
    used = {line.price for lines in (*(one.lines for one in found.profiles), found.beside_lines) for line in lines}
    return tuple(price for price in PriceList.load().prices if price.id in used)


def cheapest(found: Costs, load: Load, size: Size | None = None) -> Answer:
    """Return which target is cheapest for a load and a size, by default that of the templates.

    Those that are closed to new customers are left out.
    """
    size = size or own_size(found.profiles)
    months = [estimate(one, load) for one in size.profiles if not one.closed]
    able = sorted((one.usd, one.target) for one in months if one.usd is not None)
    question = "Which is cheapest?"
    if not able:
        return Answer(question=question, target="", sentence=_too_much(load, size), assumes="")
    (usd, target), rest = able[0], able[1:3]
    sentence = f"{dollars(usd)} a month"
    if rest:
        others = listed([f"{other} with {dollars(other_usd)}" for other_usd, other in rest])
        sentence += f"; next {'is' if len(rest) == 1 else 'are'} {others}"
    return Answer(question=question, target=target, sentence=f"{sentence}.", assumes=assumptions(found, load, size))


def _too_much(load: Load, size: Size) -> str:
    """What is said where no template carries a load: how far the one that needs fewest copies would have to scale."""
    sentence = "No template here carries that load"
    able = [one for one in size.profiles if not one.closed and one.capacity.could(load)]
    fewest = min(able, key=lambda one: (one.capacity.copies(load), one.target), default=None)
    if fewest is None:
        return f"{sentence}."
    copies = counted(fewest.capacity.copies(load), fewest.capacity.counted)
    return f"{sentence}; {fewest.target} would with {copies}: its template allows {fewest.capacity.max_copies:,}."


def assumptions(found: Costs, load: Load, size: Size | None = None) -> str:
    """Return load and size in words, and what the figures include."""
    always = "copies as the templates say" if load.always_on is None else f"{load.always_on:g} always on"
    hours = f"{load.hours_a_day:g} {'hour' if load.hours_a_day == 1 else 'hours'}"
    each = f"{load.cpu_seconds * 1000:g} ms of a vCPU and {load.wait_seconds * 1000:g} ms of waiting"
    return (
        f"{rate(load.requests_per_second)} requests/s for {hours} a day, each {each}; "
        f"{(size or own_size(found.profiles)).name}; {always}; {found.region}, on demand, no free tier, no tax; "
        "shared network, table and secret counted in full; targets that are closed to new customers are left out"
    )


def monthly_by_size(load: Load, sizes: Sequence[Size]) -> Mapping[str, tuple[float | None, ...]]:
    """Return target -> US dollars a month of a load at each size; None where its template cannot carry it."""
    months = [{one.target: estimate(one, load).usd for one in size.profiles} for size in sizes]
    return {target: tuple(month.get(target) for month in months) for target in months[0]}
