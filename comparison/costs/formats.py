"""The cost of targets as a terminal table and as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from comparison.costs import sentences
from comparison.layout import FirstThatFits, bullets, columns
from comparison.wording import rate
from pricing.break_even import BreakEvenPoint
from pricing.charges import CATEGORIES, CATEGORY_LABELS
from pricing.estimate import Estimate
from pricing.report import ASSUMPTIONS, CostReport

_WORDS = ("target", "item", "stack", "cheaper below", "cheaper above")
_BILL = ("item", "stack", "idle", "load")
_BREAK_EVEN_COLUMNS = ("requests/s", "cheaper below", "cheaper above")
_CHANGE_PLACES = "where two targets change places, in requests/s"
_PAID_FOR = "what the load is paid for"
_MONTH = ("target", "idle", "load", "copies")
_NONE = "–"


def as_terminal(report: CostReport, target: str | None = None) -> RenderableType:
    """Render the table, the answers and the assumptions; with a target, its bill by resource."""
    usage = sentences.of_load(report)
    head = Text(f"US dollars a month, {report.region}, {report.price_source} · {usage}", "dim")
    if target:
        bill = columns(_BILL, _bill_cells(report.estimate(target)), _WORDS)
        return Group(head, "", bill, "", bullets(sentences.of_target(report, target)))
    return Group(
        head,
        "",
        _table(report),
        Text(_legend(report), "dim"),
        "",
        *[Text(line) for line in (*sentences.of_cheapest(report), *sentences.of_ranges(report))],
        bullets(sentences.of_refusals(report), "✘", ""),
        "",
        Text(_CHANGE_PLACES, "dim"),
        columns(_BREAK_EVEN_COLUMNS, map(_break_even_cells, report.break_even_points), _WORDS),
        "",
        Text("what the figures assume", "dim"),
        bullets(sentences.of_everything_assumed(report)),
    )


def as_markdown(report: CostReport, target: str | None = None) -> str:
    """Return the table, the bills by resource, the crossovers and the assumptions; with a target, its bill only."""
    head = f"US dollars a month, {report.region}, {report.price_source}: {sentences.of_load(report)}."
    if target:
        return "\n\n".join([head, *_markdown_bill(report, report.estimate(target))])
    blocks = [
        head,
        _markdown(*_by_column(report)),
        f"{_legend(report)}.",
        _bullets([*sentences.of_cheapest(report), *sentences.of_ranges(report), *sentences.of_refusals(report)]),
        f"{_CHANGE_PLACES[0].upper()}{_CHANGE_PLACES[1:]}:",
        _markdown(_BREAK_EVEN_COLUMNS, map(_break_even_cells, report.break_even_points)),
    ]
    for each in report.estimates:
        blocks += _markdown_bill(report, each)
    general = [*sentences.of_shared_costs(report), sentences.of_types(report), *ASSUMPTIONS]
    return "\n\n".join([*blocks, "### What the figures assume", _bullets(general)])


def _markdown_bill(report: CostReport, found: Estimate) -> Iterator[str]:
    yield f"### {found.target}"
    yield _markdown(_BILL, _bill_cells(found))
    if notes := list(sentences.of_target(report, found.target)):
        yield _bullets(notes)


def _table(report: CostReport) -> RenderableType:
    """The months and what they are paid for: side by side where it is wide enough, and one below the other."""
    headings, rows = _by_column(report)
    at = len(_MONTH)
    months = columns(_MONTH, [row[:at] for row in rows], _WORDS)
    split = columns(["target", *headings[at:]], [[row[0], *row[at:]] for row in rows], _WORDS, gap=1)
    return FirstThatFits([columns(headings, rows, _WORDS, gap=1), Group(months, "", Text(_PAID_FOR, "dim"), split)])


def _by_column(report: CostReport) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row for each target."""
    groups = _groups(report)
    return [*_MONTH, *groups], [_cells(each, groups) for each in report.estimates]


def _legend(report: CostReport) -> str:
    """What stands in the columns whose names do not say it."""
    words = [f"{name}: {CATEGORY_LABELS[name]}" for name in _groups(report) if name in CATEGORY_LABELS]
    if any(each.unsupported_reason for each in report.estimates):
        words.append(f"{_NONE}: it cannot carry the load, and what is paid for is its idle month's")
    return " · ".join(words)


def _groups(report: CostReport) -> list[str]:
    """The groups that some target pays for."""
    paid = {part.category for each in report.estimates for part in each.line_items if part.usd > 0}
    return [group for group in CATEGORIES if group in paid]


def _cells(found: Estimate, groups: Sequence[str]) -> list[str]:
    paid = [sum(part.usd for part in found.line_items if part.category == group) for group in groups]
    copies = f"{found.replicas}" if not found.unsupported_reason else f"max {found.replicas}"
    return [found.target, _usd(found.idle_usd), _usd(found.usd), copies, *(_usd(usd) if usd else "" for usd in paid)]


def _bill_cells(found: Estimate) -> Iterator[list[str]]:
    for idle, part in zip(found.idle_line_items, found.line_items, strict=True):
        if idle.usd or part.usd:
            usage = None if found.unsupported_reason else part.usd
            yield [part.item, f"{part.stack}, shared" if part.shared else part.stack, _usd(idle.usd), _usd(usage)]
    yield ["all", "", _usd(found.idle_usd), _usd(found.usd)]


def _usd(usd: float | None) -> str:
    """To the cent, as on the page."""
    if usd is None:
        return _NONE
    if 0 < usd < 0.005:
        return "<0.01"
    return f"{usd:,.2f}"


def _break_even_cells(found: BreakEvenPoint) -> list[str]:
    return [rate(found.requests_per_second), found.cheaper_below, found.cheaper_above]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = [":--" if heading in _WORDS else "--:" for heading in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))
