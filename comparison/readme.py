"""The generated parts of the README: each stands between two markers, and only there."""

import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from comparison.facts import Costs, Facts, TargetFacts
from comparison.facts.costs import changes, thresholds
from comparison.formats import fixed_as_markdown, targets_as_markdown
from comparison.wording import dollars, rate
from deployment.errors import ActionableError
from local_aws.emulator.services import EXECUTORS

README = Path(__file__).resolve().parent.parent / "README.md"
WRITE = "python -m comparison readme --write"
_COLUMNS = (
    "target",
    "what it is",
    "cheapest, requests/s",
    "idle a month",
    "to zero",
    "goes back by itself for",
    "you patch",
    "runs locally on",
)
_RULE = tuple("--:" if column == "idle a month" else "---" for column in _COLUMNS)
_WIDTH = 118


def parts(facts: Facts) -> Mapping[str, str]:
    """Return name of a part -> what has to stand there: nothing that one machine measured."""
    rows = [target.row for target in facts.targets]
    return {
        "decision": decision_as_markdown(facts),
        "thresholds": textwrap.fill(_sentence(facts.costs), _WIDTH, break_on_hyphens=False),
        "targets": targets_as_markdown(rows, facts.costs.idle_usd),
        "fixed": fixed_as_markdown(rows),
    }


def decision_as_markdown(facts: Facts) -> str:
    """Return the table that a reader decides by: what each target is, costs, leaves to patch, and how it goes back."""
    cheapest, rollout = _cheapest(facts.costs), next(table for table in facts.tables if table.id == "rollout")
    place = rollout.columns.index("goes back by itself for")
    goes_back = {target: cells[place].text for target, cells in rollout.rows.items()}
    lines = [
        (
            f"[`{target.id}`](docs/targets/{target.id}.md)",
            target.row.what.partition(":")[0].rstrip("."),
            cheapest.get(target.id, "closed to new customers" if target.closed else "–"),
            dollars(facts.costs.idle_usd[target.id]),
            "yes" if target.scaling and target.scaling.least == 0 else "no",
            goes_back[target.id],
            target.you_patch.text if target.you_patch else "",
            ", ".join(_locally(target)),
        )
        for target in facts.targets
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (_COLUMNS, _RULE, *lines))


def _sentence(costs: Costs) -> str:
    load = costs.load
    work = f"{load.cpu_seconds * 1000:g} ms of a vCPU for each request, {load.hours_a_day:g} hours a day"
    return f"For the default service, with {work}: {thresholds(costs)}"


def _cheapest(costs: Costs) -> Mapping[str, str]:
    """Target -> the loads for which it is the cheapest that everybody can have."""
    found = list(changes(costs))
    starts = [change.requests_per_second for change in found]
    ranges: dict[str, list[str]] = {}
    for change, (start, end) in zip(found, pairwise([*starts, costs.most_open]), strict=True):
        words = f"up to {rate(end)}" if change is found[0] else f"{rate(start)} to {rate(end)}"
        ranges.setdefault(change.target, []).append(words)
    return {target: ", ".join(words) for target, words in ranges.items()}


def _locally(target: TargetFacts) -> Iterator[str]:
    """What runs it in the local run, by the types of its resources."""
    kinds = {kind for kind, _ in target.kinds}
    return (executor.name for kind, executor in EXECUTORS.items() if kind in kinds)


def part(text: str, name: str) -> str:
    """Return what stands between the markers of a part.

    Raises:
        ActionableError: a marker is missing.
    """
    return _split(text, name)[1].strip("\n")


def with_part(text: str, name: str, content: str) -> str:
    """Return the text with another content between the markers of a part.

    Raises:
        ActionableError: a marker is missing.
    """
    before, _, after = _split(text, name)
    return f"{before}\n{content}\n{after}"


def _split(text: str, name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ActionableError(
            f"the page has no part {name!r}", f"it needs {begin} and {end}, once each", "put them back"
        )
    before, _, rest = text.partition(begin)
    content, _, after = rest.partition(end)
    return before + begin, content, end + after
