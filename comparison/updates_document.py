"""The tables of what a change does to a running service."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from comparison.document import Cell, Table, cells, texts
from comparison.facts.updates import SHARED, WITH_OPTIONS, Update, Updates

UPDATES = "Updates of a running service"
CONSEQUENCES = "Consequences"
WITH_OPTIONS_NOTE = "With blue/green deployments, a canary or a custom domain, these changes have another verdict:"
_SHARED_HEADING = "shared stacks"
_NOT_AN_OPTION = "–"
_CONSEQUENCES_ID = "update-consequences"
_WITH_CONSEQUENCE = frozenset({"replacement", "rejected"})
_WITHOUT_EFFECT = frozenset({"unchanged", "unsupported", _NOT_AN_OPTION})


def updates_table(updates: Updates) -> Table:
    """Build the table of every change on every target."""
    return Table(
        "updates",
        columns=texts("change", *updates.targets, _SHARED_HEADING),
        rows=[_row(updates, change) for change in _shown(updates)],
        note=legend(updates),
    )


def workload_updates_table(updates: Updates) -> Table:
    """Build the table of every option of the constructs of workers and jobs, which depend on no shared stack."""
    found = updates.workloads or replace(updates, targets=(), changes=())
    return Table(
        "updates-of-workloads",
        columns=texts("change", *found.targets),
        rows=[_row(found, change)[:-1] for change in _shown(found)],
    )


def updates_with_options_table(updates: Updates) -> Table:
    """Build the table of the changes that do something else beside blue/green, canary, or a custom domain."""
    plain = {change.id: change for change in updates.changes}
    differing = [
        change
        for change in updates.changes
        if _has_options(change) and _differs(change, plain[change.id.removesuffix(WITH_OPTIONS)])
    ]
    return Table(
        "updates-with-options",
        columns=texts("change", *updates.targets, _SHARED_HEADING),
        rows=[_row(updates, change) for change in differing],
    )


def consequences_table(updates: Updates) -> Table:
    """Build the table of the changes that replace a part of a service, or that are rejected.

    Another value of a field, or the same change beside options, has a row only if its effect differs.
    """
    return Table(
        _CONSEQUENCES_ID,
        columns=texts("change", "targets", "verdict", "consequence", "way around"),
        rows=list(_consequences(updates)),
        is_records=True,
    )


def summary_table(updates: Updates) -> Table:
    """Build the table of every change with its usual verdict, and the targets that differ from it."""
    return Table(
        "updates-summary",
        columns=texts("change", "verdict", "other targets"),
        rows=[(Cell(_label(change), is_code=True), *cells(*_summary(change))) for change in _shown(updates)],
        note=legend(updates),
    )


def legend(updates: Updates) -> str:
    """Return what the verdicts mean."""
    return "; ".join(f"{verdict}: {text}" for verdict, text in updates.verdicts.items())


def linked(table: Table) -> Table:
    """Return a table of verdicts for the page: replacements and rejections link to the table of consequences."""
    rows = [(change, *map(_linked, verdicts)) for change, *verdicts in table.rows]
    return replace(table, rows=rows)


def _linked(cell: Cell) -> Cell:
    if cell.text in _WITH_CONSEQUENCE:
        return replace(cell, url=f"#{_CONSEQUENCES_ID}", state="unsupported")
    return replace(cell, state="unknown") if cell.text in _WITHOUT_EFFECT else cell


def _shown(updates: Updates) -> Iterator[Update]:
    """The changes without those that say the same as another one: an option on and off, and other values of a field."""
    verdicts = {
        change.id: {target: cell.verdict for target, cell in change.cells.items()} for change in updates.changes
    }
    for change in updates.changes:
        field, _, value = change.id.partition("=")
        option, _, state = change.id.rpartition(" ")
        repeats_field = value and verdicts[change.id] == verdicts[field]
        is_option = state in ("on", "off")
        if _has_options(change) or repeats_field:
            continue
        if not is_option or verdicts[f"{option} on"] != verdicts[f"{option} off"]:
            yield change
        elif state == "on":
            yield replace(change, id=option)


def _row(updates: Updates, change: Update) -> tuple[Cell, ...]:
    return (
        Cell(_label(change), is_code=True),
        *(
            Cell(change.cells[target].verdict) if target in change.cells else Cell(_NOT_AN_OPTION)
            for target in (*updates.targets, SHARED)
        ),
    )


def _consequences(updates: Updates) -> Iterator[tuple[Cell, ...]]:
    changes = {change.id: change for change in updates.changes}
    for change in updates.changes:
        plain = changes.get(change.id.removesuffix(WITH_OPTIONS).partition("=")[0])
        found: dict[tuple[str, str, str], list[str]] = {}
        for target, cell in change.cells.items():
            consequence = cell.consequence or (cell.reason if cell.verdict == "rejected" else "")
            is_repeated = plain not in (None, change) and plain.cells.get(target) == cell
            if consequence and not is_repeated:
                found.setdefault((cell.verdict, consequence, cell.way_around), []).append(target)
        for (verdict, consequence, way_around), targets in found.items():
            yield (Cell(_label(change), is_code=True), *cells(", ".join(targets), verdict, consequence, way_around))


def _label(change: Update) -> str:
    """The name of a change; a context value, which may have the name of an option, as the CDK CLI takes it."""
    return f"-c {change.id}" if change.kind == "context" else change.id


def _summary(change: Update) -> tuple[str, str]:
    counts = Counter(cell.verdict for target, cell in change.cells.items() if target != SHARED)
    usual = counts.most_common(1)[0][0]
    others: dict[str, list[str]] = {}
    for target, cell in change.cells.items():
        if target != SHARED and cell.verdict != usual:
            others.setdefault(cell.verdict, []).append(target)
    return usual, "; ".join(f"{verdict}: {', '.join(targets)}" for verdict, targets in others.items())


def _has_options(change: Update) -> bool:
    return change.id.endswith(WITH_OPTIONS)


def _differs(change: Update, plain: Update) -> bool:
    return any(cell.verdict != plain.cells[target].verdict for target, cell in change.cells.items())
