"""Facts in, one HTML file out: every picture is drawn here, and nothing is fetched when it is read."""

import functools
import itertools
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from comparison import charts
from comparison.costs import sentences
from comparison.diagrams import dot, draw
from comparison.differences import compare
from comparison.differences.text import short
from comparison.facts import Facts
from comparison.facts.coefficients import coefficients
from comparison.facts.costs import CostReport, monthly_usd_by_size, thresholds
from comparison.page.sources import Sources
from comparison.wording import counted, dollars, in_words, listed, rate
from deployment.console import milliseconds, seconds
from pricing.estimate import Estimate
from pricing.report import ASSUMPTIONS

_HERE = Path(__file__).parent
_STYLE = ("page", "cards", "tables", "charts", "drawings", "pairs", "print")
_SCRIPTS = ("pricing", "chart", "answer")
_LONG_WORD = re.compile(r"[^\s<>&;`]{16,}")
_SEAM = re.compile(r"(?<=[/.:_])(?=\w)|(?<=[a-z])(?=[A-Z])")


def write(facts: Facts, path: Path) -> Path:
    """Write the page whole or not at all, and return its path.

    Raises:
        ActionableError: the diagrams could not be drawn.
    """
    text = render(facts)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def render(facts: Facts) -> str:
    """Return the page: the same bytes for the same facts.

    Raises:
        ActionableError: the diagrams could not be drawn.
    """
    asked = coefficients(facts.costs, facts.sizes)
    drawings = draw({target.id: dot(target.template, f"d-{target.id}") for target in facts.targets})
    return (
        _environment()
        .get_template("index.html.jinja")
        .render(
            facts=facts,
            costs=facts.costs,
            answers=facts.answers,
            thresholds=thresholds(facts.costs),
            sources=Sources.of(facts),
            closed={one.target for one in facts.costs.cost_models if one.closed_to_new_customers},
            months=_cheapest_first(facts.costs),
            dearest=max((one.usd for one in facts.costs.estimates if one.usd is not None), default=0),
            chosen=_chosen(facts),
            charts={
                "cost": charts.cost_against_load(facts.costs, facts.sizes),
                "idle": Markup(charts.idle_cost(facts.costs)),  # noqa: S704 - drawn here, its words are escaped
                "latency": Markup(charts.latency(facts)),  # noqa: S704
            },
            drawings={id_: Markup(svg) for id_, svg in drawings.items()},  # noqa: S704
            differences=[compare(one, other) for one, other in itertools.combinations(facts.targets, 2)],
            by_size=monthly_usd_by_size(facts.costs.usage, facts.sizes),
            inputs=list(sentences.inputs(facts.costs.usage)),
            assumed=[*sentences.of_targets(facts.costs), *ASSUMPTIONS],
            for_all=[*sentences.of_shared_costs(facts.costs), sentences.of_types(facts.costs)],
            coefficients=_embedded(asked),
            highest=math.ceil(20 * math.log10(asked["max_requests_per_second"])) / 20,
            style=Markup("\n").join(_file(f"style/{part}.css") for part in _STYLE),
            script=Markup("\n").join(_file(f"{part}.js") for part in _SCRIPTS),
        )
    )


def _cheapest_first(costs: CostReport) -> list[Estimate]:
    """Every target's month of the default load; those that cannot carry it come last."""
    return sorted(costs.estimates, key=lambda one: (one.usd is None, one.usd or 0, one.target))


def _chosen(facts: Facts) -> tuple[str, str]:
    """The pair that is shown first: the first target, and the one that it shares least with."""
    first, *others = facts.targets
    furthest = min(others, key=lambda other: (compare(first, other).same, other.id), default=first)
    return first.id, furthest.id


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "parts"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "dollars": dollars,
        "rate": rate,
        "seconds": seconds,
        "milliseconds": milliseconds,
        "short": short,
        "listed": listed,
        "counted": counted,
        "in_words": in_words,
        "ticks": _ticks,
        "breakable": _breakable,
    }
    environment.globals["category_labels"] = charts.CATEGORY_LABELS
    return environment


def _ticks(text: str) -> Markup:
    """Words between backticks as code; long names may break where people would break them."""
    broken = _LONG_WORD.sub(lambda found: _SEAM.sub("<wbr>", found.group()), str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", broken))  # noqa: S704 - escaped first


def _breakable(name: str) -> Markup:
    """A name that may break after its underscores."""
    return Markup(str(escape(name)).replace("_", "_<wbr>"))  # noqa: S704 - escaped first


def _file(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8").strip())  # noqa: S704 - our own


def _embedded(value: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the element it stands in."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704
