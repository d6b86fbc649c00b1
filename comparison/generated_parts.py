"""The generated parts of README.md and of the pages in `docs/`, each between two markers.

A part named "cost" is between `<!-- cost -->` and `<!-- /cost -->`; the text around it is written by hand.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from comparison.cost_document import target_cost
from comparison.document import Cell, Table, texts
from comparison.facts import CostReport, Facts
from comparison.facts.contributed import settlements
from comparison.facts.dataset import dataset
from comparison.facts.docs import read_abilities
from comparison.facts.failures import read_failures
from comparison.facts.regions import read_regions, read_zones
from comparison.facts.unverified import read_unverified
from comparison.facts.updates import Updates
from comparison.facts_document import dataset_table
from comparison.formats import markdown
from comparison.load_document import load_table, read_load
from comparison.measured_document import measured_text
from comparison.overview import (
    abilities_table,
    failures_table,
    not_covered_table,
    target_table,
    unsupported_fields_table,
)
from comparison.region_tables import regions_table, sources_table, zones_table
from comparison.thresholds import ingress_text, thresholds_text, waiting_text
from comparison.unverified_page import levels_text, records_text, unverified_page
from comparison.updates_document import (
    WITH_OPTIONS_NOTE,
    consequences_table,
    updates_table,
    updates_with_options_table,
    workload_updates_table,
)
from deployment.assembly import Assembly, metadata_of
from deployment.errors import ActionableError
from deployment.target_ids import documented_targets

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
DOCS = REPOSITORY / "docs"
WRITE_README = "python -m comparison readme --write"
WRITE_DOCS = "python -m comparison docs --write"
_LINE_LENGTH = 118
# Metadata of cdk-nag findings that the app acknowledges with a reason.
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_PACK = "AwsSolutions::AwsSolutions-"

Parts = Mapping[str, str]
"""Name of a part -> its content."""


def readme_parts(facts: Facts) -> Parts:
    """Return the parts of README.md."""
    return {
        "targets": markdown.table(target_table(facts)),
        "thresholds": _paragraphs(f"For the default service, {_hours(facts.costs)}: {thresholds_text(facts.costs)}"),
        "unsupported-fields": markdown.table(unsupported_fields_table(facts.targets)),
    }


def docs_parts(facts: Facts, assembly: Assembly) -> Mapping[str, Parts]:
    """Return page below `docs/` -> its parts."""
    failures = read_failures()
    ids = documented_targets()
    targets = {
        f"targets/{target.id}.md": {
            "cost": markdown.render(target_cost(facts.costs, target.id)),
            "failures": markdown.table(failures_table(target.id, failures)),
        }
        for target in facts.targets
    }
    return {
        "security.md": {"acknowledged": markdown.table(acknowledged_table(assembly.path))},
        "platforms.md": {
            "platforms": markdown.table(not_covered_table(facts)),
            "abilities": markdown.table(abilities_table(read_abilities())),
            "facts": markdown.table(dataset_table(dataset(facts))),
        },
        "deploy.md": {
            "regions": markdown.table(regions_table(read_regions(), ids)),
            "region-sources": markdown.table(sources_table(read_regions())),
            "vpc-link-zones": markdown.table(zones_table(read_zones())),
        },
        "unverified.md": _unverified_parts(facts, ids),
        "sandbox.md": {"levels": levels_text(read_unverified(ids), ids), "measured-on-aws": measured_text(facts)},
        "networks-and-ingress.md": {"thresholds": _paragraphs(waiting_text(facts.costs), ingress_text(facts.costs))},
        "reliability.md": {"load": markdown.table(load_table(read_load()))},
        "updates.md": _updates_parts(facts.updates),
        **targets,
    }


def write(parts: Mapping[Path, Parts]) -> None:
    """Write the parts of these files; none is written if a marker is missing.

    Raises:
        ActionableError: a marker is missing.
    """
    contents = {}
    for path, found in parts.items():
        text = path.read_text()
        for name, content in found.items():
            text = with_part(text, name, content)
        contents[path] = text
    for path, text in contents.items():
        path.write_text(text)


def check(parts: Mapping[Path, Parts], fix: str) -> None:
    """Check that the parts of these files are current.

    Args:
        parts: file -> its parts.
        fix: the command that writes them.

    Raises:
        ActionableError: a part is out of date, or a marker is missing.
    """
    for path, found in parts.items():
        for name, content in found.items():
            if part(path.read_text(), name) != content:
                message = f"part {name!r} of {path.name} is out of date"
                raise ActionableError(message, "the templates, the prices or the documented facts changed", fix)


def part(text: str, name: str) -> str:
    """Return the content of a part.

    Raises:
        ActionableError: a marker is missing.
    """
    return _split(text, name)[1].strip("\n")


def with_part(text: str, name: str, content: str) -> str:
    """Return the text with other content in a part.

    Raises:
        ActionableError: a marker is missing.
    """
    before, _, after = _split(text, name)
    return f"{before}\n{content}\n{after}"


def acknowledged_table(assembly: Path) -> Table:
    """Build the table of the acknowledged cdk-nag findings: a row for each rule and reason."""
    stacks: dict[tuple[str, str], set[str]] = {}
    for stack, rule, reason in _acknowledged(assembly):
        stacks.setdefault((rule, reason), set()).add(f"`{stack}`")
    return Table(
        "acknowledged",
        columns=texts("rule", "stacks", "reason"),
        rows=[
            (Cell(rule, is_code=True), Cell(", ".join(sorted(names))), Cell(reason))
            for (rule, reason), names in sorted(stacks.items())
        ],
    )


def _unverified_parts(facts: Facts, targets: Sequence[str]) -> Parts:
    statements, settled = read_unverified(targets), settlements(facts.records)
    return {
        "records": records_text(statements, facts.records, settled),
        "statements": unverified_page(statements, targets, settled),
    }


def _updates_parts(updates: Updates) -> Parts:
    return {
        "verdicts": "\n".join(f"- **{verdict}**: {text}" for verdict, text in updates.verdicts.items()),
        "updates": markdown.table(updates_table(updates)),
        "updates-with-options": _with_options(updates),
        "updates-of-workloads": markdown.table(workload_updates_table(updates)),
        "workload-consequences": markdown.table(consequences_table(updates.workloads or updates)),
        "update-consequences": markdown.table(consequences_table(updates)),
    }


def _with_options(updates: Updates) -> str:
    table = updates_with_options_table(updates)
    if not table.rows:
        return "The verdicts are the same with blue/green deployments, a canary or a custom domain."
    return f"{WITH_OPTIONS_NOTE}\n\n{markdown.table(table)}"


def _hours(costs: CostReport) -> str:
    return f"{costs.usage.hours_a_day:g} hours a day"


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(textwrap.fill(text, _LINE_LENGTH, break_on_hyphens=False) for text in texts if text)


def _acknowledged(assembly: Path) -> Iterator[tuple[str, str, str]]:
    """Stack, rule such as `IAM5`, and reason."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    for stack, artifact in artifacts.items():
        entries = [entry for entries in metadata_of(assembly, artifact).values() for entry in entries]
        for findings in (entry["data"] for entry in entries if entry["type"] == _ACKNOWLEDGED):
            for finding, reason in findings.items():
                if finding.startswith(_PACK):
                    yield stack, finding.removeprefix(_PACK).partition("[")[0], reason


def _split(text: str, name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ActionableError(f"there is no part {name!r}", f"it needs {begin} and {end}, once each", "add the markers")
    before, _, rest = text.partition(begin)
    content, _, after = rest.partition(end)
    return before + begin, content, end + after
