"""The generated parts of the pages below `docs/`, from the cloud assembly and the price list."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from comparison.costs import sentences
from comparison.readme import part, with_part
from deployment.assembly import Assembly, metadata_of
from deployment.errors import ActionableError
from pricing.charges import CATEGORIES
from pricing.estimate import LineItem
from pricing.prices import PriceList
from pricing.report import CostReport, cost_report
from pricing.usage import Usage

DOCS = Path(__file__).resolve().parent.parent / "docs"
WRITE_PAGES = "python -m comparison docs --write"
# What the CDK calls findings that somebody acknowledged, in a stack's metadata.
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_PACK = "AwsSolutions::AwsSolutions-"

Parts = Mapping[str, Mapping[str, str]]


def parts(assembly: Assembly) -> Parts:
    """Page, from `docs/` -> name of a part -> what has to stand there."""
    costs = cost_report(assembly, Usage(), PriceList.load())
    return {
        "security.md": {"acknowledged": acknowledged_as_markdown(assembly)},
        **{f"targets/{target}.md": {"cost": cost_as_markdown(costs, target)} for target in assembly.targets},
    }


def cost_as_markdown(costs: CostReport, target: str) -> str:
    """Return a month of one target: idle and with the default load, by what is billed."""
    found = costs.estimate(target)
    here = {amount.category for amount in (*found.idle_line_items, *found.line_items)}
    groups = [group for group in CATEGORIES if group in here]
    months = {"idle": found.idle_line_items}
    if not found.unsupported_reason:
        months[f"with load, {found.replica_type}: {found.replicas}"] = found.line_items
    return "\n".join(
        [
            f"US dollars a month, {costs.region}, {costs.price_source}, shared stacks included; with load:",
            f"{sentences.of_load(costs)}.",
            "",
            f"| | {' | '.join(groups)} | all |",
            f"|---|{'--:|' * (len(groups) + 1)}",
            *(f"| {name} | {' | '.join(_dollars(split, groups))} |" for name, split in months.items()),
            "",
            f"`python -m comparison cost --target {target}` prints each resource, for the load that you give.",
        ]
    )


def _dollars(split: Sequence[LineItem], groups: Sequence[str]) -> Iterator[str]:
    for group in groups:
        usd = sum(amount.usd for amount in split if amount.category == group)
        yield f"{usd:,.2f}" if usd else ""
    yield f"{sum(amount.usd for amount in split):,.2f}"


def acknowledged_as_markdown(assembly: Assembly) -> str:
    """Return what cdk-nag found and somebody acknowledged: one row for each rule and reason, with the stacks."""
    found: dict[tuple[str, str], set[str]] = {}
    for stack, rule, reason in _acknowledged(assembly.path):
        found.setdefault((rule, reason), set()).add(stack)
    lines = [f"| `{rule}` | {', '.join(f'`{stack}`' for stack in sorted(found[rule, reason]))} | {reason} |"
             for rule, reason in sorted(found)]  # fmt: skip
    return "\n".join(["| rule | where | why it stands |", "|---|---|---|", *lines])


def write(wanted: Parts, folder: Path = DOCS) -> None:
    """Bring the pages up to date.

    Raises:
        ActionableError: a marker is missing.
    """
    texts = {folder / page: (folder / page).read_text() for page in wanted}
    for page, contents in wanted.items():
        for name, content in contents.items():
            texts[folder / page] = with_part(texts[folder / page], name, content)
    for path, text in texts.items():
        path.write_text(text)


def check(wanted: Parts, folder: Path = DOCS) -> None:
    """Let through pages that are up to date.

    Raises:
        ActionableError: one is not, or a marker is missing.
    """
    for page, contents in wanted.items():
        for name, content in contents.items():
            if part((folder / page).read_text(), name) != content:
                raise ActionableError(
                    f"part {name!r} of {page} is out of date", "a construct or stack changed", WRITE_PAGES
                )


def _acknowledged(assembly: Path) -> Iterator[tuple[str, str, str]]:
    """Stack, rule such as `IAM5`, reason."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    for stack, artifact in artifacts.items():
        entries = [entry for entries in metadata_of(assembly, artifact).values() for entry in entries]
        for acknowledged in (entry["data"] for entry in entries if entry["type"] == _ACKNOWLEDGED):
            for finding, reason in acknowledged.items():
                if finding.startswith(_PACK):
                    yield stack, finding.removeprefix(_PACK).partition("[")[0], reason
