"""The cost of targets as a terminal table, as Markdown and as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from comparison.cost import sentences
from comparison.cost.answer import ASSUMPTIONS, Answer
from comparison.cost.crossovers import Crossover
from comparison.cost.estimate import Estimate
from comparison.cost.lines import GROUP_WORDS, GROUPS
from comparison.wording import rate

_WORDS = ("target", "item", "resource", "cheaper below", "cheaper above")
_NONE = "–"
_DIGITS = 6


def as_terminal(answer: Answer, target: str | None = None) -> RenderableType:
    """Render the table, the answers and the assumptions; with a target, its bill by resource."""
    load = sentences.of_load(answer)
    head = Text(f"US dollars a month, {answer.region}, prices read {answer.prices_read} · {load}", "dim")
    if target:
        bill = _rendered(("item", "resource", "idle", "load"), _bill_cells(answer.estimate(target)))
        return Group(head, "", bill, "", *_dim(sentences.of_target(answer, target)))
    return Group(
        head,
        "",
        _table(answer),
        Text(" · ".join(f"{name}: {GROUP_WORDS[name]}" for name in _columns(answer) if name in GROUP_WORDS), "dim"),
        "",
        *[Text(line) for line in (*sentences.of_cheapest(answer), *sentences.of_ranges(answer))],
        *[Text(f"✘ {line}") for line in sentences.of_refusals(answer)],
        "",
        Text("where two targets change places, in requests/s", "dim"),
        _rendered(("requests/s", "cheaper below", "cheaper above"), map(_crossover_cells, answer.crossovers)),
        "",
        *_dim(sentences.of_everything_assumed(answer)),
    )


def as_markdown(answer: Answer) -> str:
    """Return the table, the bills by resource, the crossovers and the assumptions."""
    blocks = [
        f"US dollars a month, {answer.region}, prices read {answer.prices_read}: {sentences.of_load(answer)}.",
        _markdown(*_by_column(answer)),
        _bullets([*sentences.of_cheapest(answer), *sentences.of_ranges(answer), *sentences.of_refusals(answer)]),
        _markdown(("requests/s", "cheaper below", "cheaper above"), map(_crossover_cells, answer.crossovers)),
    ]
    for each in answer.estimates:
        blocks += [f"### {each.target}", _markdown(("item", "resource", "idle", "load"), _bill_cells(each))]
        blocks += [_bullets(list(sentences.of_target(answer, each.target)))]
    return "\n\n".join(
        block
        for block in [*blocks, "### What the figures assume", _bullets(sentences.of_everything_assumed(answer))]
        if block
    )


def as_json(answer: Answer) -> str:
    """Return everything, with the lines and capacities from which any other load can be priced.

    A profile's `machines` says how many AWS starts for 0, 1, 2 … copies; it is empty where there are none to pay.
    """
    found = asdict(answer)
    for written, profile in zip(found["profiles"], answer.profiles, strict=True):
        packing, most = profile.capacity.packing, profile.capacity.max_copies
        written["machines"] = [packing.machines(copies) for copies in range(most + 1)] if packing else []
    return json.dumps(_rounded({**found, "assumptions": ASSUMPTIONS}), indent=2)


def _table(answer: Answer) -> Table:
    return _rendered(*_by_column(answer), gap=1)


def _rendered(headings: Sequence[str], rows: Iterable[Sequence[str]], gap: int = 2) -> Table:
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in _WORDS else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _by_column(answer: Answer) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row for each target."""
    columns = _columns(answer)
    return ["target", "idle", "load", "copies", *columns], [_cells(each, columns) for each in answer.estimates]


def _columns(answer: Answer) -> list[str]:
    """The groups that some target pays for."""
    paid = {part.group for each in answer.estimates for part in each.split if part.usd > 0}
    return [group for group in GROUPS if group in paid]


def _cells(found: Estimate, columns: Sequence[str]) -> list[str]:
    groups = [sum(part.usd for part in found.split if part.group == group) for group in columns]
    copies = f"{found.copies}" if not found.why_not else f"max {found.copies}"
    return [found.target, _usd(found.idle_usd), _usd(found.usd), copies, *(_usd(usd) if usd else "" for usd in groups)]


def _bill_cells(found: Estimate) -> Iterator[list[str]]:
    for idle, part in zip(found.idle_split, found.split, strict=True):
        if idle.usd or part.usd:
            load = None if found.why_not else part.usd
            yield [part.item, f"{part.stack}, shared" if part.shared else part.stack, _usd(idle.usd), _usd(load)]
    yield ["all", "", _usd(found.idle_usd), _usd(found.usd)]


def _usd(usd: float | None) -> str:
    """Cents below a hundred dollars, none above."""
    if usd is None:
        return _NONE
    if 0 < usd < 0.005:
        return "<0.01"
    return f"{usd:,.0f}" if usd >= 99.995 else f"{usd:.2f}"


def _crossover_cells(found: Crossover) -> list[str]:
    return [rate(found.requests_per_second), found.below, found.above]


def _dim(lines: Iterable[str]) -> list[Text]:
    return [Text(f"· {line}", "dim") for line in lines]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = [":--" if heading in _WORDS else "--:" for heading in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def _rounded(value: object) -> object:
    """The same with numbers of six digits: what the last bits of a machine's arithmetic are is nobody's business."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
