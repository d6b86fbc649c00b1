"""The texts that `python -m updates` prints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from updates.change_set import Action, ResourceChange
from updates.facts import Facts
from updates.findings import SHARED, Finding
from updates.kubernetes import HELM_CHART, MANIFEST, object_changes
from updates.verdicts import MEANINGS, Judgement, Verdict

if TYPE_CHECKING:  # It loads the CDK, which takes seconds.
    from updates.matrix import Matrix

_INDENT = "  "
_COLUMN = 3
# Kind of changes -> heading, if it is not the kind.
_HEADINGS = {"with options": "with blue/green deployments, a canary and a custom domain"}
# Verdict -> its sign in the table, and its style.
SIGNS: Mapping[str, tuple[str, str]] = {
    Verdict.UNCHANGED: ("·", "dim"),
    Verdict.IN_PLACE: ("=", "green"),
    Verdict.ROLLING: ("»", "green"),
    Verdict.REPLACEMENT: ("!", "yellow"),
    Verdict.REJECTED: ("✘", "red"),
    Verdict.UNSUPPORTED: ("–", "dim"),
    Verdict.UNDECLARED: ("?", "bold red"),
}


def table(facts: Facts) -> RenderableType:
    """Render the verdicts: a line for each change, and a column for each target below its name."""
    targets = [*facts["targets"], SHARED]
    width = max(len(change["id"]) for change in facts["changes"]) + len(_INDENT) + 2
    lines: list[Text] = [
        Text(f"{' ' * width}{'│  ' * number}┌ {target}", "dim") for number, target in enumerate(targets)
    ]
    kind = ""
    for change in facts["changes"]:
        if change["kind"] != kind:
            kind = change["kind"]
            lines.append(Text(_HEADINGS.get(kind, kind), "bold"))
        line = Text(f"{_INDENT}{change['id']:<{width - len(_INDENT)}}")
        for target in targets:
            sign, style = SIGNS[change["cells"][target]["verdict"]] if target in change["cells"] else ("", "")
            line.append(f"{sign:<{_COLUMN}}", style)
        lines.append(line)
    return Group(*lines, Text(), legend())


def legend() -> RenderableType:
    """Render what the signs mean."""
    grid = _grid()
    for verdict, text in MEANINGS.items():
        sign, style = SIGNS[verdict]
        grid.add_row(Text(sign, style), Text(verdict.value), Text(text, "dim"))
    return grid


def of_target(facts: Facts, target: str) -> RenderableType:
    """Render the verdicts of one target, with the consequences of replacements and the reasons of rejections."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for change in facts["changes"]:
        cell = change["cells"].get(target)
        if cell is not None:
            _, style = SIGNS[cell["verdict"]]
            grid.add_row(Text(change["id"]), Text(cell["verdict"], style), Text(explanation(cell), "dim"))
    return Group(Text(f"{target}: what a change does to the running service", "bold"), grid)


def explanation(cell: Mapping[str, Any]) -> str:
    """Return the reason of a cell, or its consequence and the way around."""
    parts = [cell[key] for key in ("reason", "consequence") if key in cell]
    if way_around := cell.get("way_around"):
        parts.append(f"Way around: {way_around}")
    return " ".join(parts)


def of_change(matrix: "Matrix", change: str, targets: Sequence[str]) -> RenderableType:
    """Render what a change does on some targets: the resources that change, and the reasons."""
    [found] = [one for one in matrix.changes if one.id == change]
    parts: list[RenderableType] = [Text(f"{change}: {found.text}", "bold")]
    for target in targets:
        if judgement := matrix.judgements.get((change, target)):
            parts += [Text(), *_judgement(target, judgement)]
    return Group(*parts)


def undeclared(matrix: "Matrix") -> Iterator[str]:
    """Yield a line for each finding that nothing declares, and for each declaration that covers nothing."""
    for change, target, finding in matrix.undeclared:
        yield f"{change} on {target}: {finding.kind} of {_named(finding)}. {finding.consequence}"
        yield from (f"    {entry}" for entry in finding.cascade)
    for declaration, target, change in matrix.unused:
        kinds = ", ".join(declaration.kinds)
        yield f"declared.toml: {change} on {target} causes no {kinds} of {declaration.type}: remove the entry"


def _judgement(target: str, judgement: Judgement) -> Iterator[RenderableType]:
    sign, style = SIGNS[judgement.verdict]
    yield Text.assemble((f"{sign} ", style), (target, "bold"), f": {judgement.verdict}")
    if judgement.message:
        yield Padding(Text(judgement.message), (0, 0, 0, 2))
    for finding, declaration in judgement.findings:
        text = declaration.consequence if declaration else finding.consequence
        yield Padding(Text(f"{finding.kind}: {_named(finding)}. {text}"), (0, 0, 0, 2))
        for entry in finding.cascade:
            yield Padding(Text(entry, "dim"), (0, 0, 0, 4))
    for around in dict.fromkeys(one.way_around for one in judgement.declarations):
        yield Padding(Text(f"Way around: {around}"), (0, 0, 0, 2))
    if judgement.changes:
        yield Padding(_changes(judgement.changes), (0, 0, 0, 2))


def _changes(changes: Sequence[ResourceChange]) -> RenderableType:
    lines: list[RenderableType] = []
    for change in changes:
        paths = sorted({one.path for one in change.properties if one.replaces or change.action is Action.MODIFIED})
        name = f"{change.type.removeprefix('AWS::')} {change.logical_id}"
        lines.append(Text(f"{change.action.value:<9} {name}", overflow="fold"))
        lines += [Padding(Text(path, "dim", overflow="fold"), (0, 0, 0, 10)) for path in paths]
        for action, name, paths in object_changes(change) if change.type in (HELM_CHART, MANIFEST) else ():
            lines.append(Padding(Text(f"{action:<9} {name}", overflow="fold"), (0, 0, 0, 10)))
            lines += [Padding(Text(path, "dim", overflow="fold"), (0, 0, 0, 20)) for path in paths]
    return Group(*lines)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(overflow="fold")
    return grid


def _named(finding: Finding) -> str:
    where = f" ({finding.property})" if finding.property else ""
    return f"{finding.type} {finding.stack}/{finding.logical_id}{where}"
