"""The pages that cells of the matrix stand on, numbered in the order in which a reader meets them."""

from dataclasses import dataclass

from comparison.facts import Cell, Facts


@dataclass(frozen=True, kw_only=True)
class Source:
    """One page.

    Attributes:
        checked: the days on which something was read there.
    """

    number: int
    where: str
    checked: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """All of them."""

    all: tuple[Source, ...]

    @classmethod
    def of(cls, facts: Facts) -> "Sources":
        """Collect the sources of every cell."""
        found: dict[str, set[str]] = {}
        for table in facts.tables:
            for cells in table.rows.values():
                for cell in cells:
                    if cell.source:
                        found.setdefault(cell.source, set()).add(cell.checked_on)
        return cls(
            tuple(
                Source(number=number, where=where, checked=tuple(sorted(days)))
                for number, (where, days) in enumerate(found.items(), start=1)
            )
        )

    def number(self, cell: Cell) -> int:
        """Return the number of a cell's source; 0 where it has none."""
        return next((source.number for source in self.all if source.where == cell.source), 0)
