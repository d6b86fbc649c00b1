"""Faults of what a person asks for, all of them at once, each with its value, what is allowed and the fix."""

from collections.abc import Sequence

from deployment.errors import ActionableError


class InvalidLoadError(ActionableError):
    """A load that no service has; its `why` names every fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(
            f"the load cannot be priced, {len(faults)} value(s) are wrong",
            "; ".join(faults),
            "python -m comparison cost --help",
        )


class UnknownPriceError(ActionableError):
    """A price that the list does not hold."""

    def __init__(self, price: str) -> None:
        super().__init__(
            f"no price is called {price!r}",
            "pricing/prices.json does not hold it",
            "add it there with its unit, its page and the date",
        )
