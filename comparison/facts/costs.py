"""What is said about cost: sentences and lists over the answer of `comparison.cost`, for any load."""

from collections.abc import Iterator
from dataclasses import dataclass

from comparison.cost.answer import Answer as Costs
from comparison.cost.answer import answer
from comparison.cost.estimate import estimate, monthly
from comparison.cost.load import Load
from comparison.cost.prices import Price, PriceList
from comparison.facts.model import Answer
from comparison.wording import dollars, listed, rate
from local_aws.deploying.assembly import Assembly

__all__ = ["Change", "Costs", "assumptions", "changes", "cheapest", "costs", "thresholds", "used_prices"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A load above which another target is the cheapest that everybody can have.

    Attributes:
        usd: US dollars a month of `target` there.
        ends: whether the one before ends there because its template does not scale further.
    """

    requests_per_second: float
    usd: float
    target: str
    ends: bool


def costs(assembly: Assembly, load: Load | None = None) -> Costs:
    """Price every target of the assembly for a load, by default the default one.

    Raises:
        LocalAwsError: a resource has no price, or is made in a way that its rule does not know.
    """
    return answer(assembly, load or Load(), PriceList.load())


def used_prices(found: Costs) -> tuple[Price, ...]:
    """Return the unit prices that some figure stands on."""
    used = {line.price for one in found.profiles for line in one.lines}
    return tuple(price for price in PriceList.load().prices if price.id in used)


def cheapest(found: Costs, load: Load) -> Answer:
    """Return which target is cheapest for a load; those that are closed to new customers are left out."""
    months = [estimate(one, load) for one in found.profiles if not one.closed]
    able = sorted((one.usd, one.target) for one in months if one.usd is not None)
    question = "Which is cheapest?"
    if not able:
        return Answer(question=question, target="", sentence="No template here carries that load.", assumes="")
    (usd, target), rest = able[0], able[1:3]
    sentence = f"{dollars(usd)} a month"
    if rest:
        others = listed([f"{other} with {dollars(other_usd)}" for other_usd, other in rest])
        sentence += f"; next {'is' if len(rest) == 1 else 'are'} {others}"
    return Answer(question=question, target=target, sentence=f"{sentence}.", assumes=assumptions(found, load))


def assumptions(found: Costs, load: Load) -> str:
    """Return the load in words, and what the figures include."""
    always = "copies as the templates say" if load.always_on is None else f"{load.always_on:g} always on"
    return (
        f"{rate(load.requests_per_second)} requests/s for {load.hours_a_day:g} hours a day, each "
        f"{load.cpu_seconds * 1000:g} ms of a vCPU; {load.memory_mib:g} MiB and {always}; {found.region}, on demand, "
        "no free tier, no tax; shared network, table and secret counted in full"
    )


def changes(found: Costs) -> Iterator[Change]:
    """Yield from which load on which target is the cheapest that everybody can have; the first is from none."""
    by_target = {one.target: one for one in found.profiles}
    before = ""
    for requests_per_second, target in found.ranges_open:
        if target in by_target:
            usd = monthly(by_target[target], found.load.at(requests_per_second))
            above = found.load.at(requests_per_second * 1.001)
            ends = bool(before) and bool(by_target[before].capacity.why_not(above))
            yield Change(requests_per_second=requests_per_second, usd=usd, target=target, ends=ends)
            before = target


def thresholds(found: Costs) -> str:
    """Return one sentence: up to which load which target is cheapest."""
    first, *rest = changes(found)
    sentence = f"{first.target} is cheapest"
    for change in rest:
        why = ", the most that its template scales to" if change.ends else ""
        sentence += f" up to {rate(change.requests_per_second)} requests/s{why}, then {change.target}"
    return f"{sentence}, up to {rate(found.most_open)} requests/s, the most that a template carries."
