"""Renders the facts as one HTML file: all charts and diagrams are drawn here, the browser loads nothing."""

import dataclasses
import functools
import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from comparison import charts
from comparison.cost_document import (
    break_even_table,
    idle_cost_table,
    prices_table,
    resource_types_note,
    shared_cost_notes,
    target_notes,
    usage_table,
)
from comparison.diagrams import dot, draw
from comparison.diff import IDENTICAL, compare, short_type
from comparison.document import Cell, Column, Table
from comparison.facts import CostReport, Facts
from comparison.facts.coefficients import coefficients
from comparison.facts.costs import ASSUMED, BY_SIZE
from comparison.facts.matrix import SUPPORTED
from comparison.facts.model import TargetFacts
from comparison.formatting import in_words, listed
from comparison.measured_document import MEASURED_ON_AWS, NOT_MEASURED, measured_table
from comparison.overview import (
    NOT_COVERED,
    cost_by_size_table,
    local_run_table,
    matrix_table,
    monthly_cost_table,
    not_covered_table,
    unsupported_fields_table,
)
from comparison.thresholds import ingress_text, request_text, thresholds_text, waiting_text
from comparison.updates_document import (
    CONSEQUENCES,
    UPDATES,
    consequences_table,
    linked,
    updates_table,
    updates_with_options_table,
)
from deployment.console import seconds
from deployment.paths import DEFAULT_DIRECTORY
from pricing.ingress import NOTES
from pricing.report import ASSUMPTIONS

DEFAULT_FILE = DEFAULT_DIRECTORY.parent / "comparison" / "index.html"
_HERE = Path(__file__).parent
_SCRIPTS = ("pricing.js", "sliders.js")
_LONG_WORD = re.compile(r"[^\s<>&;`]{16,}")
_BREAK = re.compile(r"(?<=[/.:_])(?=\w)|(?<=[a-z])(?=[A-Z])")


def default_path(directory: Path) -> Path:
    """Return where the page of a local run is written: beside build/local, or inside any other directory of a run."""
    return DEFAULT_FILE if directory.resolve() == DEFAULT_DIRECTORY else directory / "comparison" / "index.html"


def relative(path: Path) -> str:
    """Return the path relative to the current directory, if it is below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def write(facts: Facts, path: Path) -> Path:
    """Write the page completely or not at all, and return its path.

    Raises:
        ActionableError: the diagrams cannot be drawn.
    """
    text = render(facts)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def render(facts: Facts) -> str:
    """Return the page; the same bytes for the same facts.

    Raises:
        ActionableError: the diagrams cannot be drawn.
    """
    costs = facts.costs
    data = coefficients(costs, facts.sizes)
    matrix = [matrix_table(table) for table in facts.tables]
    months, sources = _monthly_costs(costs), _sources(facts)
    diagrams = draw({target.id: dot(target.template, f"d-{target.id}") for target in facts.targets})
    return (
        _environment()
        .get_template("index.html.jinja")
        .render(
            facts=facts,
            costs=costs,
            thresholds=thresholds_text(costs),
            waiting=waiting_text(costs),
            request=request_text(costs.usage),
            tables={
                "months": months,
                "sizes": cost_by_size_table(facts, [row[0].text for row in months.rows]),
                "load": usage_table(costs.usage),
                "break_even": break_even_table(costs),
                "idle_cost": idle_cost_table(costs),
                "prices": prices_table(facts.prices),
                "contract": _contract_table(facts, matrix[0]),
                "unsupported_fields": unsupported_fields_table(facts.targets),
                "matrix": matrix[1:],
                "local_run": local_run_table(facts),
                "measured_on_aws": measured_table(facts),
                "not_covered": not_covered_table(facts),
                "updates": linked(updates_table(facts.updates)),
                "updates_with_options": linked(updates_with_options_table(facts.updates)),
                "update_consequences": consequences_table(facts.updates),
            },
            titles={table.id: table.title for table in facts.tables},
            sources=sources,
            numbers={url: number for number, url in enumerate(sources, start=1)},
            charts={
                "cost": charts.cost_by_load(costs, facts.sizes),
                "idle": Markup(charts.idle_cost(costs)),  # noqa: S704 - drawn here, its texts are escaped
                "latency": Markup(charts.latency(facts)),  # noqa: S704
            },
            diagrams={name: Markup(svg) for name, svg in diagrams.items()},  # noqa: S704
            diffs=[compare(one, other) for one, other in itertools.combinations(facts.targets, 2)],
            first_diff=_first_diff(facts),
            notes=[*target_notes(costs), NOTES[costs.ingress], *ASSUMPTIONS],
            ingress=ingress_text(costs),
            notes_on_all=[*shared_cost_notes(costs), resource_types_note(costs)],
            coefficients=_embedded(data),
            max_power=math.ceil(20 * math.log10(data["max_requests_per_second"])) / 20,
            style=_file("style.css"),
            script=Markup("\n").join(map(_file, _SCRIPTS)),
        )
    )


def _monthly_costs(costs: CostReport) -> Table:
    """The monthly cost with bars, the cheapest target first; those that do not support the load come last."""
    found = sorted(costs.estimates, key=lambda one: (one.usd is None, one.usd or 0, one.target))
    highest = max((one.usd for one in found if one.usd is not None), default=0) or 1
    closed = {model.target for model in costs.cost_models if model.closed_to_new_customers}
    table = monthly_cost_table(found)
    rows = []
    for estimate, (target, usd, *rest) in zip(found, table.rows, strict=True):
        named = dataclasses.replace(target, note="closed to new customers" if estimate.target in closed else "")
        rows.append((named, usd, Cell("", bar_percent=100 * (estimate.usd or 0) / highest), *rest))
    columns = (*table.columns[:2], Column("relative cost"), *table.columns[2:])
    return dataclasses.replace(
        table, columns=columns, rows=rows, caption="Monthly cost of that load on each target, the cheapest first"
    )


def _contract_table(facts: Facts, table: Table) -> Table:
    """The fields of the service spec as marks, a column for each target: there are more fields than fit side by side.

    A field that is not supported links to the reason.
    """
    rows = [
        (Cell(field.name), *(_contract_mark(target, field.name) for target in facts.targets))
        for field in facts.spec_fields
    ]
    columns = [Column("field"), *(Column(target.id) for target in facts.targets)]
    return dataclasses.replace(table, columns=columns, rows=rows)


def _contract_mark(target: TargetFacts, field: str) -> Cell:
    if field in target.unsupported_fields:
        return Cell("no", state="unsupported", url=f"#unsupported-fields-{target.id}-{field}")
    return Cell(SUPPORTED, state="supported")


def _sources(facts: Facts) -> Mapping[str, Sequence[str]]:
    """URL -> the days on which it was read, in the order in which a reader meets them."""
    found: dict[str, set[str]] = {}
    for cell in (cell for table in facts.tables for row in table.rows.values() for cell in row):
        if cell.source:
            found.setdefault(cell.source, set()).add(cell.checked_on)
    return {url: sorted(days) for url, days in found.items()}


def _first_diff(facts: Facts) -> tuple[str, str]:
    """The pair that is shown first: the first target, and the one that it shares least with."""
    first, *others = facts.targets
    furthest = min(others, key=lambda other: (compare(first, other).identical, other.id), default=first)
    return first.id, furthest.id


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": seconds,
        "short_type": short_type,
        "listed": listed,
        "in_words": in_words,
        "code": _code,
        "breakable": _breakable,
    }
    environment.globals |= {
        "ASSUMED": ASSUMED,
        "BY_SIZE": BY_SIZE,
        "IDENTICAL": IDENTICAL,
        "MEASURED_ON_AWS": MEASURED_ON_AWS,
        "NOT_MEASURED": NOT_MEASURED,
        "NOT_COVERED": NOT_COVERED,
        "UPDATES": UPDATES,
        "CONSEQUENCES": CONSEQUENCES,
    }
    return environment


def _code(text: str) -> Markup:
    """Text between backticks as code; long names may break between their parts."""
    broken = _LONG_WORD.sub(lambda found: _BREAK.sub("<wbr>", found.group()), str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", broken))  # noqa: S704 - escaped first


def _breakable(name: str) -> Markup:
    """A name that may break after its underscores."""
    return Markup(str(escape(name)).replace("_", "_<wbr>"))  # noqa: S704 - escaped first


def _file(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8").strip())  # noqa: S704 - a file of this project


def _embedded(value: Mapping[str, Any]) -> Markup:
    """JSON that cannot end its element."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704
