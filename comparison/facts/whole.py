"""Everything that the comparison shows: each screen, page and file is drawn from this and from nothing else."""

from dataclasses import dataclass

from comparison.constructs import SpecField
from comparison.facts.cells import Table
from comparison.facts.costs import Costs
from comparison.facts.model import Answer, Run, TargetFacts
from deployment.errors import ActionableError
from pricing.prices import Price
from pricing.sizes import Size


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it.

    Attributes:
        targets: in the assembly's order.
        spec: the fields of what a service asks for.
        answers: cheapest, simplest and fastest start.
        tables: the matrix, a group at a time.
        costs: what every target costs for the default load, and what any other load is priced from.
        sizes: every target with copies of each size: the app's own first.
        prices: the unit prices that some figure stands on.
        run: the last local run; None without one.
    """

    targets: tuple[TargetFacts, ...]
    spec: tuple[SpecField, ...]
    answers: tuple[Answer, ...]
    tables: tuple[Table, ...]
    costs: Costs
    sizes: tuple[Size, ...]
    prices: tuple[Price, ...]
    run: Run | None

    def target(self, id_: str) -> TargetFacts:
        """Return the target of that id.

        Raises:
            ActionableError: there is none.
        """
        for target in self.targets:
            if target.id == id_:
                return target
        known = ", ".join(target.id for target in self.targets)
        raise ActionableError(f"no target is called {id_!r}", f"this assembly has {known}", "name one of these")
