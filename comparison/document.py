"""The model of a document: sections of paragraphs, tables and lists, built once from the facts.

`comparison.formats` renders it for the terminal and as Markdown, `comparison.page` as HTML.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["", "unknown", "supported", "unsupported", "passed", "failed", "not run"]


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: the text.
        entries: the text entry by entry, if it is a list; joined with "; " in `text`.
        is_code: whether the text is a name of code.
        url: link of the text; "" for none.
        note: more text, which only the page shows.
        source: URL of the AWS page that states the text, which the page shows as a footnote; "" for none.
        state: how the page marks the text; "" for no mark.
        bar_percent: length of a bar, which the page shows instead of the text; None for none.
    """

    text: str
    entries: Sequence[str] = ()
    is_code: bool = False
    url: str = ""
    note: str = ""
    source: str = ""
    state: State = ""
    bar_percent: float | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        heading: the heading.
        is_number: whether cells are numbers, which are aligned at the right.
        is_measured: whether the local run measured the cells, which differ from run to run.
        min_width: characters on the terminal, which align several tables. Default: as wide as its cells.
    """

    heading: str
    is_number: bool = False
    is_measured: bool = False
    min_width: int | None = None


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        id: for links; unique in a document.
        columns: the columns.
        rows: a cell for each column; the last cell of a shorter row spans the remaining columns.
        caption: what the table shows.
        note: how to read it.
        id_cells: number of first cells whose texts make the id of a row on the page; 0 for none.
        is_records: whether the terminal prints one line for each cell below the row's first cell, for long texts.
        details_from: number of the column from which on a narrow terminal continues in a second table; 0 for none.
        details_caption: caption of that second table.
    """

    id: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    note: str = ""
    id_cells: int = 0
    is_records: bool = False
    details_from: int = 0
    details_caption: str = ""

    def select(self, positions: Sequence[int]) -> "Table":
        """Return the table with only the columns at these positions."""
        return replace(
            self,
            columns=[self.columns[position] for position in positions],
            rows=[tuple(row[position] for position in positions) for row in self.rows],
            details_from=0,
        )


@dataclass(frozen=True)
class Paragraph:
    """One paragraph.

    Attributes:
        text: the text.
        is_note: whether it is less important than its neighbours.
    """

    text: str
    is_note: bool = False


@dataclass(frozen=True)
class Item:
    """One item of a list.

    Attributes:
        text: the text.
        marker: what the terminal prints before it; further lines are indented by its length.
        style: the terminal's style, such as "dim" or "red".
    """

    text: str
    marker: str = "· "
    style: str = "dim"


@dataclass(frozen=True)
class BulletList:
    """A list of items."""

    items: Sequence[Item]


@dataclass(frozen=True)
class Listing:
    """A list of lines with a caption, which Markdown folds and shows as a diff.

    Attributes:
        caption: what the list shows.
        items: the lines; the marker of an added one contains "+", of a removed one "-".
    """

    caption: str
    items: Sequence[Item]


Block = Paragraph | Table | BulletList | Listing


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes:
        title: the heading; "" for none.
        blocks: its content.
        level: level of the heading in Markdown.
        is_measured: whether the local run measured its content.
    """

    title: str
    blocks: Sequence[Block]
    level: int = 2
    is_measured: bool = False


@dataclass(frozen=True)
class Document:
    """A document."""

    sections: Sequence[Section]

    def tables(self) -> Iterator[tuple[Section, Table]]:
        """Yield every table with its section."""
        for section in self.sections:
            yield from ((section, block) for block in section.blocks if isinstance(block, Table))

    def without_measurements(self) -> "Document":
        """Return the document without sections and columns that the local run measured."""
        kept = (section for section in self.sections if not section.is_measured)
        return Document([replace(section, blocks=list(map(_without_measurements, section.blocks))) for section in kept])


def _without_measurements(block: Block) -> Block:
    if not isinstance(block, Table):
        return block
    return block.select([number for number, column in enumerate(block.columns) if not column.is_measured])


def texts(*columns: str) -> tuple[Column, ...]:
    """Return columns of text with these headings."""
    return tuple(Column(heading) for heading in columns)


def numbers(*columns: str) -> tuple[Column, ...]:
    """Return columns of numbers with these headings."""
    return tuple(Column(heading, is_number=True) for heading in columns)


def measurements(*columns: str) -> tuple[Column, ...]:
    """Return columns of numbers that the local run measured."""
    return tuple(Column(heading, is_number=True, is_measured=True) for heading in columns)


def cells(*values: str) -> tuple[Cell, ...]:
    """Return cells with these texts."""
    return tuple(Cell(value) for value in values)


def bullets(lines: Iterable[str]) -> BulletList:
    """Return a list with these lines."""
    return BulletList([Item(line) for line in lines])
