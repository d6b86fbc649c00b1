"""The Markdown format."""

import html
import re
from collections.abc import Iterator

from comparison.document import Block, BulletList, Cell, Document, Item, Listing, Paragraph, Table


def render(document: Document) -> str:
    """Render a document."""
    return "\n\n".join(
        part
        for section in document.sections
        for part in (
            *([f"{'#' * section.level} {section.title}"] if section.title else []),
            *map(render_block, section.blocks),
        )
    )


def table(block: Table) -> str:
    """Render a table without its caption and note."""
    lines = [
        [_escaped(column.heading) for column in block.columns],
        ["--:" if column.is_number else "---" for column in block.columns],
        *([_cell(cell) for cell in row] for row in block.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render_block(block: Block) -> str:
    """Render one block."""
    return "\n\n".join(_parts(block))


def _parts(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _escaped(block.text)
    elif isinstance(block, BulletList):
        yield "\n".join(f"- {_escaped(item.text)}" for item in block.items)
    elif isinstance(block, Listing):
        yield _listing(block)
    else:
        if block.caption:
            yield f"{_escaped(block.caption)}:"
        yield table(block)
        if block.note:
            yield _escaped(block.note)


def _listing(block: Listing) -> str:
    """A folded diff: its fence is longer than every sequence of backticks in it."""
    lines = [_diff_line(item) for item in block.items]
    longest = max((len(found) for line in lines for found in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    summary = html.escape(block.caption)
    return "\n".join([f"<details><summary>{summary}</summary>", "", f"{fence}diff", *lines, fence, "", "</details>"])


def _diff_line(item: Item) -> str:
    """The marker in the first column, where a diff has it."""
    sign = item.marker.strip()[:1]
    if sign in ("+", "-"):
        return f"{sign} {item.marker.strip()[1:].strip()} {item.text}".replace("  ", " ")
    return f"  {item.marker[2:]}{item.text}" if len(item.marker) > 2 else f"  {item.text}"


def _cell(cell: Cell) -> str:
    text = f"`{cell.text}`" if cell.is_code else _escaped(cell.text)
    return text if cell.url in ("", cell.text) else f"[{text}]({cell.url})"


def _escaped(text: str) -> str:
    """Characters that would be markup, such as `<Partition>` and `*` in an ARN, are shown as they are."""
    return re.sub(r"(`[^`]*`)|([|<*])", lambda found: found[1] or f"\\{found[2]}", text)
