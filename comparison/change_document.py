"""The change of an app as a document: a table of the targets, then what is behind each figure."""

from collections.abc import Iterator, Sequence

from comparison.change import AppChange, ItemChange, Month, StackChange, TargetChange
from comparison.diff import ChangedResource, changed_items, one_sided_items, short_type
from comparison.document import (
    Block,
    BulletList,
    Document,
    Item,
    Listing,
    Paragraph,
    Section,
    Table,
    cells,
    numbers,
    texts,
)
from comparison.formats import markdown
from comparison.formatting import NO_VALUE, amount, listed, rate
from deployment.console import plural
from deployment.template import strip_hashes
from updates.change_set import ResourceChange
from updates.findings import SHARED
from updates.verdicts import MEANINGS

NO_CHANGE = "The templates, the cost and the running services stay the same."
NO_EFFECT = "Nothing is replaced in a way that interrupts requests or loses data."
_NAMES = {SHARED: "shared stacks"}
# GitHub rejects the summary of a step with more than 1 MiB, and other tools add to it.
MAX_SUMMARY_BYTES = 900_000
TOO_LONG = "The properties that differ are too long for a summary: `python -m comparison change BASE` prints them."


def change_document(change: AppChange, *, detailed: bool = True) -> Document:
    """Build the document.

    Args:
        change: the change.
        detailed: whether it has the lines of the templates that differ. Default: True.
    """
    title = f"{change.base} → {change.head}"
    if not change.targets:
        return Document([Section(title, [Paragraph(NO_CHANGE)])])
    sections = [
        Section(title, list(_overview(change))),
        Section("Running services", list(_effects(change)), level=3),
    ]
    if change.items:
        sections.append(Section("Cost of a month", [_items(change.items)], level=3))
    if change.stacks:
        brief: list[Block] = [_stack_names(change.stacks), Paragraph(TOO_LONG)]
        blocks: list[Block] = [_listing(stack) for stack in change.stacks] if detailed else brief
        sections.append(Section("Templates", blocks, level=3))
    return Document(sections)


def summary(change: AppChange, max_bytes: int = MAX_SUMMARY_BYTES) -> str:
    """Return the document as Markdown, without the properties that differ if it would be too long."""
    text = markdown.render(change_document(change))
    return text if len(text.encode()) <= max_bytes else markdown.render(change_document(change, detailed=False))


def _overview(change: AppChange) -> Iterator[Paragraph | Table]:
    table = Table(
        "change",
        columns=[
            *texts("target", "resources"),
            *numbers("idle $", "change", "load $", "change"),
            *texts("update"),
        ],
        rows=[cells(*_row(row)) for row in change.targets],
    )
    yield table
    usage = change.usage
    unchanged = f"Unchanged: {listed(list(change.unchanged))}. " if change.unchanged else ""
    yield Paragraph(
        f"{unchanged}Dollars a month after the change, and the difference: {change.region}, {change.price_source}, for"
        f" both sides; load: {rate(usage.requests_per_second)} requests/s, {usage.hours_a_day:g} h a day."
        " The cost of a target includes the shared stacks that it needs.",
        is_note=True,
    )
    for row in change.targets:
        if row.unpriced:
            yield Paragraph(f"{_name(row)} has no cost: {row.unpriced}", is_note=True)


def _row(row: TargetChange) -> tuple[str, ...]:
    verdict = {"added": "new", "removed": "kept by AWS"}.get(row.state, str(row.verdict or NO_VALUE))
    return (_name(row), _counts(row), *_months(row.idle), *_months(row.load), verdict)


def _name(row: TargetChange) -> str:
    return _NAMES.get(row.id, row.id)


def _counts(row: TargetChange | StackChange) -> str:
    found = [row.added, row.removed, row.changed]
    numbers_ = [one if isinstance(one, int) else len(one) for one in found]
    return " ".join(f"{sign}{count}" for sign, count in zip("+-~", numbers_, strict=True) if count) or NO_VALUE


def _months(month: Month) -> tuple[str, str]:
    return amount(month.after), difference(month.difference)


def difference(usd: float | None) -> str:
    """Format a difference in US dollars: "+0.40", "-1,234.56", "<0.01" or "0"; a dash for None."""
    if usd is None:
        return NO_VALUE
    if 0 < abs(usd) < 0.005:
        return "<0.01"
    return f"{usd:+,.2f}" if usd else "0"


def _effects(change: AppChange) -> Iterator[BulletList | Paragraph]:
    verdicts = dict.fromkeys(row.verdict for row in change.targets if row.verdict)
    items = [Item(f"{what}: {text}", style=style) for what, text, style in _findings(change)]
    yield BulletList([Item(f"{verdict}: {MEANINGS[verdict]}") for verdict in verdicts])
    if not change.findings:
        yield Paragraph(NO_EFFECT)
    if items:
        yield BulletList(items)
    if change.removed_stacks:
        names = listed(change.removed_stacks)
        yield Paragraph(f"The app no longer has {names}. AWS keeps what is deployed: delete it in CloudFormation.")


def _findings(change: AppChange) -> Iterator[tuple[str, str, str]]:
    # What happens to many resources for the same reason is one entry.
    groups: dict[tuple[str, str], list[str]] = {}
    for found in change.findings:
        where = f" ({found.property})" if found.property else ""
        cascade = f" Caused by {' → '.join(found.cascade)}." if len(found.cascade) > 1 else ""
        resource = f"{short_type(found.type)} {found.stack}/{found.logical_id}{where}"
        groups.setdefault((found.kind, f"{found.consequence}{cascade}"), []).append(resource)
    for (kind, consequence), resources in groups.items():
        yield kind, f"{'; '.join(resources)}: {consequence}", "red"
    interrupted = {(found.stack, found.logical_id) for found in change.findings}
    unnoticed = [one for one in change.effects.replaced if one.key not in interrupted]
    if unnoticed:
        yield "replaced", f"{_resources(unnoticed)}: no effect on requests or data", ""
    if change.effects.rolling:
        yield "rolling", _resources(change.effects.rolling), ""


def _resources(found: Sequence[ResourceChange]) -> str:
    """The resources by type, without the hashes of their IDs: a new version of a function has another one."""
    by_type: dict[str, list[str]] = {}
    for one in found:
        by_type.setdefault(short_type(one.type), []).append(f"{one.stack}/{strip_hashes(one.logical_id)}")
    return "; ".join(f"{type_} {', '.join(names)}" for type_, names in by_type.items())


def _items(items: Sequence[ItemChange]) -> Table:
    return Table(
        "items",
        columns=[*texts("item", "stack"), *numbers("idle", "load"), *texts("targets")],
        rows=[
            cells(
                one.item,
                one.stack,
                difference(one.idle.difference),
                difference(one.load.difference),
                ", ".join(_NAMES.get(target, target) for target in one.targets),
            )
            for one in items
        ],
    )


def _listing(stack: StackChange) -> Listing:
    targets = f" ({', '.join(stack.targets)})" if stack.targets else ""
    caption = f"{stack.stack}{targets}: {_counts(stack)}"
    if stack.state != "changed":
        count = plural(len(stack.added or stack.removed), "resource")
        sign, style = ("+ ", "green") if stack.state == "added" else ("- ", "red")
        return Listing(caption, [Item(f"{stack.state} stack with {count}", marker=f"  {sign}", style=style)])
    outside = [ChangedResource(type="Outside the resources", path="", changes=stack.sections)] if stack.sections else []
    items = [
        *one_sided_items(0, stack.removed),
        *one_sided_items(1, stack.added),
        *(item for resource in (*stack.changed, *outside) for item in changed_items(resource)),
    ]
    return Listing(caption, items)


def _stack_names(stacks: Sequence[StackChange]) -> BulletList:
    return BulletList([Item(f"{stack.stack}: {_counts(stack)}") for stack in stacks])
