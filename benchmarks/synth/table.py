"""The figures as one table, targets beside them."""

from dataclasses import dataclass

# The gate, and the edit loop: Python's time as a multiple of JavaScript's for the same resources.
MOST = {True: 1.3, False: 2.3}
MOST_SECONDS_PER_100 = 0.5
HEAD = (
    *("validation", "services", "resources", "python s", "javascript s", "ratio", "cpu ratio", "target"),
    *("s per 100", "each further 100"),
)


@dataclass(frozen=True)
class Seconds:
    """What a run took: on the clock, and of the processors (which a busy machine disturbs less)."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """Medians of one size of app."""

    services: int
    validation: bool
    resources: int
    python: Seconds
    javascript: Seconds


def table(measured: list[Measured]) -> str:
    """One line for each measurement; `each further 100` is what 100 more resources cost, start-up left out."""
    rows = [HEAD, *(_row(one, _smaller(one, measured)) for one in measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _row(one: Measured, smaller: Measured | None) -> tuple[str, ...]:
    target = f"<= {MOST[one.validation]}" + ("" if one.validation else f" or {MOST_SECONDS_PER_100} s per 100")
    return (
        "on" if one.validation else "off",
        str(one.services),
        str(one.resources),
        f"{one.python.wall:.2f}",
        f"{one.javascript.wall:.2f}",
        f"{one.python.wall / one.javascript.wall:.2f}",
        f"{one.python.cpu / one.javascript.cpu:.2f}",
        target,
        f"{100 * one.python.wall / one.resources:.2f}",
        f"{_each_further_100(one, smaller):.2f}" if smaller else "-",
    )


def _each_further_100(one: Measured, smaller: Measured) -> float:
    return 100 * (one.python.wall - smaller.python.wall) / (one.resources - smaller.resources)


def _smaller(one: Measured, measured: list[Measured]) -> Measured | None:
    before = [other for other in measured if other.validation == one.validation and other.resources < one.resources]
    return max(before, key=lambda other: other.resources, default=None)
