"""The cost of targets as a terminal table and as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from comparison.costs import sentences
from comparison.layout import FirstThatFits, bullets, columns
from comparison.wording import rate
from pricing.answer import ASSUMPTIONS, Answer
from pricing.crossovers import Crossover
from pricing.estimate import Estimate
from pricing.lines import GROUP_WORDS, GROUPS

_WORDS = ("target", "item", "stack", "cheaper below", "cheaper above")
_BILL = ("item", "stack", "idle", "load")
_CROSSOVERS = ("requests/s", "cheaper below", "cheaper above")
_CHANGE_PLACES = "where two targets change places, in requests/s"
_PAID_FOR = "what the load is paid for"
_MONTH = ("target", "idle", "load", "copies")
_NONE = "–"


def as_terminal(answer: Answer, target: str | None = None) -> RenderableType:
    """Render the table, the answers and the assumptions; with a target, its bill by resource."""
    load = sentences.of_load(answer)
    head = Text(f"US dollars a month, {answer.region}, {answer.prices_from} · {load}", "dim")
    if target:
        bill = columns(_BILL, _bill_cells(answer.estimate(target)), _WORDS)
        return Group(head, "", bill, "", bullets(sentences.of_target(answer, target)))
    return Group(
        head,
        "",
        _table(answer),
        Text(_legend(answer), "dim"),
        "",
        *[Text(line) for line in (*sentences.of_cheapest(answer), *sentences.of_ranges(answer))],
        bullets(sentences.of_refusals(answer), "✘", ""),
        "",
        Text(_CHANGE_PLACES, "dim"),
        columns(_CROSSOVERS, map(_crossover_cells, answer.crossovers), _WORDS),
        "",
        Text("what the figures assume", "dim"),
        bullets(sentences.of_everything_assumed(answer)),
    )


def as_markdown(answer: Answer, target: str | None = None) -> str:
    """Return the table, the bills by resource, the crossovers and the assumptions; with a target, its bill only."""
    head = f"US dollars a month, {answer.region}, {answer.prices_from}: {sentences.of_load(answer)}."
    if target:
        return "\n\n".join([head, *_markdown_bill(answer, answer.estimate(target))])
    blocks = [
        head,
        _markdown(*_by_column(answer)),
        f"{_legend(answer)}.",
        _bullets([*sentences.of_cheapest(answer), *sentences.of_ranges(answer), *sentences.of_refusals(answer)]),
        f"{_CHANGE_PLACES[0].upper()}{_CHANGE_PLACES[1:]}:",
        _markdown(_CROSSOVERS, map(_crossover_cells, answer.crossovers)),
    ]
    for each in answer.estimates:
        blocks += _markdown_bill(answer, each)
    general = [*sentences.of_beside(answer), sentences.of_types(answer), *ASSUMPTIONS]
    return "\n\n".join([*blocks, "### What the figures assume", _bullets(general)])


def _markdown_bill(answer: Answer, found: Estimate) -> Iterator[str]:
    yield f"### {found.target}"
    yield _markdown(_BILL, _bill_cells(found))
    if notes := list(sentences.of_target(answer, found.target)):
        yield _bullets(notes)


def _table(answer: Answer) -> RenderableType:
    """The months and what they are paid for: side by side where it is wide enough, and one below the other."""
    headings, rows = _by_column(answer)
    at = len(_MONTH)
    months = columns(_MONTH, [row[:at] for row in rows], _WORDS)
    split = columns(["target", *headings[at:]], [[row[0], *row[at:]] for row in rows], _WORDS, gap=1)
    return FirstThatFits([columns(headings, rows, _WORDS, gap=1), Group(months, "", Text(_PAID_FOR, "dim"), split)])


def _by_column(answer: Answer) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row for each target."""
    groups = _groups(answer)
    return [*_MONTH, *groups], [_cells(each, groups) for each in answer.estimates]


def _legend(answer: Answer) -> str:
    """What stands in the columns whose names do not say it."""
    words = [f"{name}: {GROUP_WORDS[name]}" for name in _groups(answer) if name in GROUP_WORDS]
    if any(each.why_not for each in answer.estimates):
        words.append(f"{_NONE}: it cannot carry the load, and what is paid for is its idle month's")
    return " · ".join(words)


def _groups(answer: Answer) -> list[str]:
    """The groups that some target pays for."""
    paid = {part.group for each in answer.estimates for part in each.split if part.usd > 0}
    return [group for group in GROUPS if group in paid]


def _cells(found: Estimate, groups: Sequence[str]) -> list[str]:
    paid = [sum(part.usd for part in found.split if part.group == group) for group in groups]
    copies = f"{found.copies}" if not found.why_not else f"max {found.copies}"
    return [found.target, _usd(found.idle_usd), _usd(found.usd), copies, *(_usd(usd) if usd else "" for usd in paid)]


def _bill_cells(found: Estimate) -> Iterator[list[str]]:
    for idle, part in zip(found.idle_split, found.split, strict=True):
        if idle.usd or part.usd:
            load = None if found.why_not else part.usd
            yield [part.item, f"{part.stack}, shared" if part.shared else part.stack, _usd(idle.usd), _usd(load)]
    yield ["all", "", _usd(found.idle_usd), _usd(found.usd)]


def _usd(usd: float | None) -> str:
    """To the cent, as on the page."""
    if usd is None:
        return _NONE
    if 0 < usd < 0.005:
        return "<0.01"
    return f"{usd:,.2f}"


def _crossover_cells(found: Crossover) -> list[str]:
    return [rate(found.requests_per_second), found.below, found.above]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = [":--" if heading in _WORDS else "--:" for heading in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))
