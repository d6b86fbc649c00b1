"""The table of measurements."""

from dataclasses import dataclass

# The goal: time for 100 more resources. The ratio has no goal, since the floor has no constructs.
MAX_SECONDS_PER_100 = 0.5
HEAD = (
    *("validation", "services", "resources", "python s", "floor s", "ratio", "cpu ratio"),
    *("s per 100", "each further 100", "goal"),
)


@dataclass(frozen=True)
class Seconds:
    """Duration of a run: wall time, and CPU time, which other processes affect less."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """Medians for one size of the app."""

    services: int
    validation: bool
    resources: int
    python: Seconds
    floor: Seconds


def table(measured: list[Measured]) -> str:
    """Return one line per measurement; `each further 100` is the time for 100 more resources, without the start."""
    rows = [HEAD, *(_row(one, _smaller(one, measured)) for one in measured)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _row(one: Measured, smaller: Measured | None) -> tuple[str, ...]:
    return (
        "on" if one.validation else "off",
        str(one.services),
        str(one.resources),
        f"{one.python.wall:.2f}",
        f"{one.floor.wall:.2f}",
        f"{one.python.wall / one.floor.wall:.2f}",
        f"{one.python.cpu / one.floor.cpu:.2f}",
        f"{100 * one.python.wall / one.resources:.2f}",
        f"{_each_further_100(one, smaller):.2f}" if smaller else "-",
        f"<= {MAX_SECONDS_PER_100}" if smaller else "-",
    )


def _each_further_100(one: Measured, smaller: Measured) -> float:
    return 100 * (one.python.wall - smaller.python.wall) / (one.resources - smaller.resources)


def _smaller(one: Measured, measured: list[Measured]) -> Measured | None:
    before = [other for other in measured if other.validation == one.validation and other.resources < one.resources]
    return max(before, key=lambda other: other.resources, default=None)
