"""Everything that is said about cost, as facts: the terminal, Markdown, JSON and a page show these and no others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from comparison.costs.figures import figures
from comparison.costs.provenance import provenance
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing import deployment
from pricing.crossovers import Crossover
from pricing.estimate import Estimate, estimate
from pricing.lines import Line
from pricing.load import HOURS_A_MONTH, Load
from pricing.prices import PriceList
from pricing.profile import Profile, kind, profile, profile_beside
from pricing.sizes import Size

ASSUMPTIONS = (
    f"a month has {HOURS_A_MONTH} hours; list prices on demand, of the first tier: no taxes, free tiers, discounts",
    "each target is billed as if it were alone: the whole of a shared stack that it stands on, such as the NAT gateway",
    "the load is even while there is load; scaling follows at once, to the copies that the template's target asks for",
    "one vCPU does the same work everywhere; a copy with a share of one takes that much longer for a request",
    "Container Insights' own log events are part of its metrics' price; of a log group 15 % is left after compression",
    "of ten requests one opens a new connection to a load balancer; requests and answers are under 512 KB",
    "not in the figures: data out to the internet and between zones, which are alike for all targets; the deployments;"
    " surplus credits of T instances; image pulls; reading logs and traces",
    "changes of place are found by bisection between 20 points a decade; closer ones are not told apart",
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the targets of one assembly cost.

    Attributes:
        load: what is carried.
        service: fields of the service that differ from the app's own.
        left_out: which target cannot run that service, and why; "" where all can.
        region: AWS's code of the Region.
        prices_from: where the unit prices are from, in words, and when they were read.
        profiles: each target as plain data.
        estimates: each target's month, in the same order.
        beside: what the stacks cost that no target stands on; None without any.
        beside_lines: and what is billed there.
        cheapest: the cheapest target that carries the load; None if none does.
        cheapest_open: the cheapest of those that everybody can have.
        most: requests a second above which no template carries the load.
        most_open: the same, of those that everybody can have.
        ranges: from which requests a second on which target is cheapest.
        ranges_open: the same, of those that everybody can have.
        crossovers: where two targets change places.
        curves: target -> requests a second and US dollars a month.
        types: type of resource -> "priced", "free" or "unpriced".
    """

    load: Load
    service: Mapping[str, object]
    left_out: str
    region: str
    prices_from: str
    profiles: tuple[Profile, ...]
    estimates: tuple[Estimate, ...]
    beside: Estimate | None
    beside_lines: tuple[Line, ...]
    cheapest: str | None
    cheapest_open: str | None
    most: float
    most_open: float
    ranges: tuple[tuple[float, str], ...]
    ranges_open: tuple[tuple[float, str], ...]
    crossovers: tuple[Crossover, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]
    types: dict[str, str]

    @property
    def idle_usd(self) -> dict[str, float]:
        """Target -> US dollars a month without a request."""
        return {found.target: found.idle_usd for found in self.estimates}

    def estimate(self, target: str) -> Estimate:
        """Return a target's month.

        Raises:
            ActionableError: there is no such target.
        """
        for found in self.estimates:
            if found.target == target:
                return found
        names = ", ".join(found.target for found in self.estimates)
        raise ActionableError(f"no target is called {target!r}", f"this assembly has {names}", "give one of these")


def answer(
    assembly: Assembly,
    load: Load,
    prices: PriceList,
    service: Mapping[str, object] | None = None,
    left_out: str = "",
) -> Answer:
    """Price every target of an assembly, which was synthesised with these fields of the service, if any.

    Raises:
        ActionableError: the assembly has no target, or something in it cannot be priced.
    """
    found = deployment.deployments(assembly)
    if not found:
        raise ActionableError(f"{assembly.path} declares no target", "nothing to price", "python -m local_aws run")
    left = deployment.beside(assembly)
    beside = profile_beside(left, prices) if left else None
    return Answer(
        load=load,
        service=dict(service or {}),
        left_out=left_out,
        region=prices.region,
        prices_from=provenance(prices),
        beside=estimate(beside, load) if beside else None,
        beside_lines=beside.lines if beside else (),
        types=_types([*found, left] if left else found),
        **figures(tuple(profile(each, prices) for each in found), load),
    )


def at_size(found: Answer, size: Size) -> Answer:
    """Return the answer for the same load and the targets of that size; the same one where these are its own."""
    return found if size.profiles == found.profiles else replace(found, **figures(size.profiles, found.load))


def _types(found: Sequence[deployment.Deployment]) -> dict[str, str]:
    return {type_: kind(type_) for type_ in sorted({each.type for one in found for each in one.resources})}


def count(types: dict[str, str]) -> Counter[str]:
    """Return how many types of resource are priced, free and unpriced."""
    return Counter(types.values())
