"""What the targets cost for the default load, and the plain numbers with which any other load is priced."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comparison.cost.deployment import deployments
from comparison.cost.estimate import Crossover, Estimate, crossovers, curve, estimate, most, ranges
from comparison.cost.load import Load
from comparison.cost.prices import Price, PriceList
from comparison.cost.profile import Profile, kind, profile
from comparison.facts.model import Answer
from comparison.wording import dollars, listed, number
from local_aws.deploying.assembly import Assembly


@dataclass(frozen=True, kw_only=True)
class Change:
    """A load above which another target is the cheapest that a new account can have."""

    requests_per_second: float
    usd: float
    target: str


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What it costs.

    Attributes:
        load: the default load.
        profiles: what each target's templates say about its cost; any load can be priced with them.
        closed: targets that a new account cannot have.
        estimates: a month of the default load, a target each.
        curves: target -> (requests a second, US dollars a month), as far as its template carries it.
        changes: where the cheapest changes; the first holds from no load at all.
        crossovers: every load at which one of two targets becomes cheaper than the other.
        prices: the unit prices that some figure stands on.
        priced, free, unpriced: resource types of the assembly, by how they are billed.
    """

    load: Load
    region: str
    profiles: tuple[Profile, ...]
    closed: frozenset[str]
    estimates: tuple[Estimate, ...]
    curves: Mapping[str, Sequence[tuple[float, float]]]
    changes: tuple[Change, ...]
    crossovers: tuple[Crossover, ...]
    prices: tuple[Price, ...]
    priced: tuple[str, ...]
    free: tuple[str, ...]
    unpriced: tuple[str, ...]


def costs(assembly: Assembly, closed: frozenset[str], load: Load | None = None) -> Costs:
    """Price every target of the assembly.

    Raises:
        LocalAwsError: a resource has no price, or is made in a way that its rule does not know.
    """
    load, prices = load or Load(), PriceList.load()
    found = deployments(assembly)
    profiles = tuple(profile(deployment, prices) for deployment in found)
    kinds: dict[str, set[str]] = defaultdict(set)
    for deployment in found:
        for resource in deployment.resources:
            kinds[kind(resource.type)].add(resource.type)
    used = {line.price for one in profiles for line in one.lines}
    highest = most(profiles, load)
    return Costs(
        load=load,
        region=prices.region,
        profiles=profiles,
        closed=closed,
        estimates=tuple(estimate(one, load) for one in profiles),
        curves={one.target: tuple(curve(one, load, highest)) for one in profiles},
        changes=tuple(_changes(profiles, closed, load)),
        crossovers=tuple(crossovers(profiles, load)),
        prices=tuple(price for price in prices.prices if price.id in used),
        priced=tuple(sorted(kinds["priced"])),
        free=tuple(sorted(kinds["free"])),
        unpriced=tuple(sorted(kinds["unpriced"])),
    )


def answer(found: Costs, load: Load) -> Answer:
    """Return which target is cheapest for a load; those that are closed to new customers are left out."""
    months = [estimate(one, load) for one in found.profiles if one.target not in found.closed]
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
        f"{number(load.requests_per_second)} requests/s for {load.hours_a_day:g} hours a day, each "
        f"{load.cpu_seconds * 1000:g} ms of a vCPU; {load.memory_mib:g} MiB and {always}; {found.region}, on demand, "
        "no free tier, no tax; shared network, table and secret counted in full"
    )


def thresholds(found: Costs) -> str:
    """Return one sentence: up to which load which target is cheapest."""
    first, rest = found.changes[0], found.changes[1:]
    sentence = f"{first.target} is cheapest"
    for change in rest:
        sentence += f" up to {number(change.requests_per_second)} requests/s, then {change.target}"
    return f"{sentence}{'' if rest else ' at every load'}."


def _changes(profiles: Sequence[Profile], closed: frozenset[str], load: Load) -> list[Change]:
    able = [one for one in profiles if one.target not in closed]
    found = []
    for rate, target in ranges(able, load) if able else []:
        best = next((one for one in able if one.target == target), None)
        if best:
            usd = estimate(best, load.at(rate)).usd
            found.append(Change(requests_per_second=rate, usd=usd or 0.0, target=target))
    return found
