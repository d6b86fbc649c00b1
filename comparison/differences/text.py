"""A difference on the terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from comparison.differences.compare import Difference, Part
from local_aws.screen.marks import plural


def as_terminal(difference: Difference) -> RenderableType:
    """Render what only one side has, then what both have but not alike."""
    return Group(*_lines(difference))


def short(kind: str) -> str:
    """Return "ECS Service" for "AWS::ECS::Service"."""
    return " ".join(part for part in kind.split("::") if part != "AWS")


def _lines(difference: Difference) -> Iterator[Text]:
    yield Text(f"{difference.one} → {difference.other}", "bold")
    yield from _only("-", "red", difference.one, difference.only_one)
    yield from _only("+", "green", difference.other, difference.only_other)
    if difference.changed:
        yield Text(f"\nboth have, but not alike ({len(difference.changed)})")
    for pair in difference.changed:
        yield _line(f"  ~ {short(pair.kind)}  {pair.place}", "yellow")
        for change in pair.changes:
            yield from _change(change.path, change.one, change.other)
    yield Text(f"\n{plural(difference.same, 'resource')} alike in both", "dim")


def _only(sign: str, style: str, target: str, parts: Sequence[Part]) -> Iterator[Text]:
    yield Text(f"\nonly {target} has ({len(parts)})")
    for part in parts:
        yield _line(f"  {sign} {short(part.kind)}  {part.place}", style)


def _change(path: str, one: str | None, other: str | None) -> Iterator[Text]:
    yield _line(f"      {path}", "dim")
    if one is not None:
        yield _line(f"      - {one}", "red")
    if other is not None:
        yield _line(f"      + {other}", "green")


def _line(text: str, style: str) -> Text:
    """One line, cut at the terminal's edge: wrapped, a change would look like two."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")
