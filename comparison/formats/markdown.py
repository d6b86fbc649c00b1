"""The Markdown format."""

import re
from collections.abc import Iterator

from comparison.document import Block, BulletList, Cell, Document, Paragraph, Table


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
    else:
        if block.caption:
            yield f"{_escaped(block.caption)}:"
        yield table(block)
        if block.note:
            yield _escaped(block.note)


def _cell(cell: Cell) -> str:
    text = f"`{cell.text}`" if cell.is_code else _escaped(cell.text)
    return text if cell.url in ("", cell.text) else f"[{text}]({cell.url})"


def _escaped(text: str) -> str:
    """Characters that would be markup, such as `<Partition>` and `*` in an ARN, are shown as they are."""
    return re.sub(r"(`[^`]*`)|([|<*])", lambda found: found[1] or f"\\{found[2]}", text)
