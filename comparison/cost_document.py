"""The cost report and the price list as documents: tables, sentences and assumptions."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

from comparison.document import (
    BulletList,
    Cell,
    Column,
    Document,
    Item,
    Paragraph,
    Section,
    Table,
    bullets,
    cells,
    numbers,
    texts,
)
from comparison.facts.costs import ASSUMED
from comparison.formatting import amount, counted, dollars, rate
from comparison.thresholds import ingress_text, request_text, thresholds_text, thresholds_text_of_all, waiting_text
from pricing.charges import CATEGORIES, CATEGORY_LABELS
from pricing.estimate import Estimate, LineItem
from pricing.ingress import INGRESSES, NOTES
from pricing.prices import Price, PriceList
from pricing.report import ASSUMPTIONS, CostReport
from pricing.usage import Usage


def cost_document(report: CostReport, *, with_bills: bool = False) -> Document:
    """Build the cost of all targets.

    Args:
        report: the cost report.
        with_bills: whether to add the bill of each target, by resource. Default: False.
    """
    answers = [Item(line, marker="", style="") for line in (*_cheapest(report), *_ranges(report))]
    unsupported = [Item(line, marker="✘ ", style="") for line in _unsupported(report)]
    bills = (
        Section(found.target, level=3, blocks=list(_bill(report, found)))
        for found in (report.estimates if with_bills else ())
    )
    assumed = (
        [*shared_cost_notes(report), resource_types_note(report), NOTES[report.ingress], *ASSUMPTIONS]
        if with_bills
        else all_assumptions(report)
    )
    break_even = break_even_table(report)
    return Document(
        [
            Section("", [Paragraph(_head(report), is_note=True), *_warnings(report), _months(report)]),
            Section("Cheapest target", level=3, blocks=[BulletList([*answers, *unsupported])]),
            Section(break_even.caption, level=3, blocks=[dataclasses.replace(break_even, caption="")]),
            *bills,
            Section(ASSUMED, level=3, blocks=[bullets(assumed)]),
        ]
    )


def bill_document(report: CostReport, target: str) -> Document:
    """Build the bill of one target, by resource.

    Raises:
        ActionableError: the report has no such target.
    """
    head = Paragraph(_head(report), is_note=True)
    return Document(
        [
            Section("", [head, *_warnings(report)]),
            Section(target, level=3, blocks=list(_bill(report, report.estimate(target)))),
        ]
    )


def target_cost(report: CostReport, target: str) -> Document:
    """Build the monthly cost of one target by category, for its page in `docs/`."""
    found = report.estimate(target)
    here = {item.category for item in (*found.idle_line_items, *found.line_items)}
    categories = [category for category in CATEGORIES if category in here]
    months = {"idle": found.idle_line_items}
    if not found.unsupported_reason:
        months[f"with load, {counted(found.replicas, found.replica_type)}"] = found.line_items
    table = Table(
        "cost",
        columns=[*texts(""), *numbers(*categories, "total")],
        rows=[cells(name, *_by_category(items, categories)) for name, items in months.items()],
    )
    head = f"US dollars a month, {report.region}, {report.price_source}, shared stacks included.\n"
    more = f"`python -m comparison cost --target {target}` prints each resource, for the load that you enter."
    return Document([Section("", [Paragraph(f"{head}With load: {usage_text(report)}."), table, Paragraph(more)])])


def prices_document(prices: PriceList, *, by_page: bool = False) -> Document:
    """Build the price list.

    Args:
        prices: the price list.
        by_page: whether to list the prices below the AWS page that states them, in a few columns, instead of in one
            table with the source of each. Default: False.
    """
    head = f"{prices.region}, on demand; {prices.provenance}"
    if not by_page:
        return Document([Section("", [Paragraph(head, is_note=True), prices_table(prices.prices)])])
    pages = dict.fromkeys(price.source for price in prices.prices)
    return Document(
        [
            *(Section(page, [_prices_of(page, prices.prices)]) for page in pages),
            Section("Sources", [Paragraph(f"{head}; source of each price: --format markdown")]),
        ]
    )


def prices_table(prices: Sequence[Price]) -> Table:
    """Build the table of unit prices."""
    return Table(
        "prices",
        columns=[*texts("price", "description"), *numbers("USD"), *texts("unit", "AWS page", "read from", "read on")],
        rows=[
            (
                Cell(price.id, is_code=True),
                *cells(price.description, f"{price.usd:f}", price.unit),
                Cell(price.source, url=price.source),
                *cells(price.read_from, price.read_on),
            )
            for price in prices
        ],
    )


def break_even_table(report: CostReport) -> Table:
    """Build the table of the request rates at which two targets cost the same."""
    return Table(
        "break-even-points",
        caption="Break-even points",
        columns=[*numbers("requests/s"), *texts("cheaper below", "cheaper above"), *numbers("cost a month")],
        rows=[
            cells(rate(point.requests_per_second), point.cheaper_below, point.cheaper_above, dollars(point.usd))
            for point in report.break_even_points
        ],
        note=f"with {request_text(report.usage)}",
    )


def idle_cost_table(report: CostReport) -> Table:
    """Build the table of everything that is billed while idle."""
    return Table(
        "idle-cost",
        columns=[*texts("target", "item", "category", "stack"), *numbers("cost a month")],
        rows=[
            cells(found.target, item.item, category_label(item.category), _stack(item), dollars(item.usd))
            for found in report.estimates
            for item in found.idle_line_items
            if item.usd > 0
        ],
    )


def usage_table(usage: Usage) -> Table:
    """Build the table of the load that the estimates assume."""
    return Table(
        "load",
        columns=[*texts("default load"), *numbers("value")],
        rows=[
            cells(
                field.metadata["text"].partition(";")[0],
                "from the templates" if getattr(usage, field.name) is None else f"{getattr(usage, field.name):,g}",
            )
            for field in dataclasses.fields(usage)
        ],
    )


def category_label(category: str) -> str:
    """Return a cost category in plain words."""
    return CATEGORY_LABELS.get(category, category)


def usage_text(report: CostReport) -> str:
    """Return the load, and the size of the service where it is not the app's own."""
    found = report.usage
    overrides = "".join(f", {name}={value}" for name, value in report.spec_overrides.items())
    return (
        f"{rate(found.requests_per_second)} requests/s, {found.hours_a_day:g} h a day"
        f" ({found.requests / 1e6:,.1f} million a month), {found.cpu_seconds * 1000:g} ms CPU"
        f" and {found.wait_seconds * 1000:g} ms wait each{overrides}"
    )


def shared_cost_notes(report: CostReport) -> Iterator[str]:
    """Yield the cost of the stacks that belong to no target, if there are any."""
    if report.shared_costs and report.shared_costs.usd:
        monitoring = sum(item.usd for item in report.shared_costs.line_items if item.category == "monitoring")
        orders = report.usage.requests * report.usage.table_writes / 1e6
        yield (
            f"not part of any target, and the same for all: {dollars(monitoring)} a month for spans and alarms,"
            f" {dollars(report.shared_costs.usd - monitoring)} for the workflow of {orders:,.1f} million orders"
        )


def resource_types_note(report: CostReport) -> str:
    """Return how many resource types have a price rule, and the names of those that have none."""
    count = Counter(report.resource_types.values())
    names = [type_ for type_, status in report.resource_types.items() if status == "unpriced"]
    return (
        f"{count['priced']} resource types have a price rule, {count['free']} are free of charge; "
        f"not priced: {', '.join(names) or 'none'}"
    )


def target_notes(report: CostReport, target: str = "") -> list[str]:
    """Return the notes on a target's estimate; without a target, all notes, each with its target."""
    return [
        note if target else f"{model.target}: {note}"
        for model in report.cost_models
        for note in (model.closed_to_new_customers, *model.notes, *model.unpriced)
        if note and target in ("", model.target)
    ]


def all_assumptions(report: CostReport) -> list[str]:
    """Return every assumption of the estimates."""
    own = [*target_notes(report), *shared_cost_notes(report), resource_types_note(report)]
    return [*own, NOTES[report.ingress], *ASSUMPTIONS]


def _warnings(report: CostReport) -> list[Paragraph]:
    return [Paragraph(f"! {report.region_warning}")] if report.region_warning else []


def _head(report: CostReport) -> str:
    free = "with" if report.has_free_tier else "without"
    source = f"US dollars a month, {report.region}, {report.price_source}"
    if report.compute_discount_percent:
        source += f", {report.compute_discount_percent:g} % less for compute"
    return f"{source}, {free} AWS's Free Tier; {INGRESSES[report.ingress]}; load: {usage_text(report)}"


def _prices_of(page: str, prices: Sequence[Price]) -> Table:
    columns = ((33, False), (12, True), (20, False), (10, False))
    return Table(
        page,
        columns=[Column("", is_number=is_number, min_width=width) for width, is_number in columns],
        rows=[cells(price.id, f"{price.usd:f}", price.unit, price.read_on) for price in prices if price.source == page],
    )


def _months(report: CostReport) -> Table:
    paid = {item.category for found in report.estimates for item in found.line_items if item.usd > 0}
    categories = [category for category in CATEGORIES if category in paid]
    legend = [f"{category}: {CATEGORY_LABELS[category]}" for category in categories if category in CATEGORY_LABELS]
    if any(found.unsupported_reason for found in report.estimates):
        legend.append("–: unsupported load; the categories then show the idle cost")
    return Table(
        "months",
        columns=[*texts("target"), *numbers("idle", "load", "replicas", *categories)],
        rows=[
            cells(
                found.target,
                amount(found.idle_usd),
                amount(found.usd),
                f"max {found.replicas}" if found.unsupported_reason else str(found.replicas),
                *_by_category(found.line_items, categories)[:-1],
            )
            for found in report.estimates
        ],
        note=" · ".join(legend),
        details_from=4,
        details_caption="Cost of the load by category",
    )


def _by_category(items: Sequence[LineItem], categories: Sequence[str]) -> list[str]:
    """The amount of each category, "" for none, and the total."""
    sums = [sum(item.usd for item in items if item.category == category) for category in categories]
    return [*(amount(usd) if usd else "" for usd in sums), amount(sum(item.usd for item in items))]


def _bill(report: CostReport, found: Estimate) -> Iterator[Table | BulletList]:
    items = zip(found.idle_line_items, found.line_items, strict=True)
    yield Table(
        f"bill-{found.target}",
        columns=[*texts("item", "stack"), *numbers("idle", "load")],
        rows=[
            *(
                cells(item.item, _stack(item), amount(idle.usd), amount(_supported(found, item.usd)))
                for idle, item in items
                if idle.usd or item.usd
            ),
            cells("total", "", amount(found.idle_usd), amount(found.usd)),
        ],
    )
    if notes := target_notes(report, found.target):
        yield bullets(notes)


def _supported(found: Estimate, usd: float) -> float | None:
    return None if found.unsupported_reason else usd


def _stack(item: LineItem) -> str:
    return f"{item.stack}, shared" if item.shared else item.stack


def _cheapest(report: CostReport) -> Iterator[str]:
    if report.cheapest is None:
        yield "no template supports this load: try --service max_instances=100, cpu=… or memory_mib=…"
        return
    yield f"cheapest for this load: {report.cheapest}, {dollars(report.estimate(report.cheapest).usd)} a month"
    available = report.cheapest_available
    if available and available != report.cheapest:
        [closed] = [model.closed_to_new_customers for model in report.cost_models if model.target == report.cheapest]
        yield f"{report.cheapest} is {closed}; next is {available}, {dollars(report.estimate(available).usd)} a month"


def _ranges(report: CostReport) -> Iterator[str]:
    yield thresholds_text_of_all(report)
    if report.ranges_available != report.ranges:
        yield f"without targets that are closed to new customers: {thresholds_text(report)}"
    yield from filter(None, (waiting_text(report), ingress_text(report)))


def _unsupported(report: CostReport) -> Iterator[str]:
    yield from report.unsupported_targets
    for found in report.estimates:
        if found.unsupported_reason:
            yield f"{found.target} does not support the load: {found.unsupported_reason}"
