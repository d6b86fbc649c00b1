"""Tables of short texts, each of which says where it is from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comparison.facts.statements import Statement

UNKNOWN = "not known here"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One text.

    Attributes:
        text: a few words.
        origin: "template", "construct", "run" or "page"; "" for what is not known.
        source: address or file that says it, where the origin is a page.
        checked: day on which it was read there, ISO 8601.
        entries: the same text entry by entry, where it is a list; between them it has "; ".
    """

    text: str
    origin: str = ""
    source: str = ""
    checked: str = ""
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """One group of the matrix.

    Attributes:
        id: for links.
        how_to_read: one sentence.
        rows: target -> a cell for each column.
    """

    id: str
    title: str
    how_to_read: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


def told(text: str) -> Cell:
    """Return what a template says; nothing becomes "none"."""
    return Cell(text=text or "none", origin="template")


def listed(entries: Sequence[str]) -> Cell:
    """Return what a template says in a list; nothing becomes "none"."""
    return Cell(text="; ".join(entries) or "none", origin="template", entries=tuple(entries))


def ran(text: str) -> Cell:
    """Return what a run measured."""
    return Cell(text=text, origin="run") if text else Cell(text="not run")


def stated(statement: Statement | None) -> Cell:
    """Return what a page says."""
    if statement is None:
        return Cell(text=UNKNOWN)
    return Cell(text=statement.text, origin="page", source=statement.source, checked=statement.checked.isoformat())


def first(*cells: Cell) -> Cell:
    """Return the first that says something."""
    return next((cell for cell in cells if cell.origin), cells[-1])


def both(cell: Cell, also: Cell) -> Cell:
    """Return two in one, with the source of the second."""
    if not also.origin:
        return cell
    return Cell(text=f"{cell.text}; {also.text}", origin=also.origin, source=also.source, checked=also.checked)
