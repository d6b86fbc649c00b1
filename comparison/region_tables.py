"""The tables of Regions on the deployment page."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from comparison.document import Cell, Table, cells, texts
from comparison.facts.regions import RegionFacts

_WORKFLOW = "workflow"
_DEPLOYS = "yes"


def regions_table(facts: RegionFacts, targets: Sequence[str]) -> Table:
    """Build the table of Regions and targets; Regions, and targets, that lack the same are one row, or one column.

    Args:
        facts: the Regions and what they lack.
        targets: ids of all targets.
    """
    columns = _grouped((*targets, _WORKFLOW), lambda target: [facts.lacks(region, target) for region in facts.regions])
    rows = _grouped(facts.regions, lambda region: [facts.lacks(region, group[0]) for group in columns])
    return Table(
        "regions",
        columns=texts("Region", *(", ".join(map(_heading, group)) for group in columns)),
        rows=[
            (
                Cell(", ".join(group)),
                *cells(*(_text(facts.lacks(group[0], column[0])) for column in columns)),
            )
            for group in rows
        ],
    )


def sources_table(facts: RegionFacts) -> Table:
    """Build the table of the sources: one row for each feature that some Regions lack."""
    return Table(
        "region-sources",
        columns=texts("feature", "needed by", "source", "read on"),
        rows=[
            cells(one.ability, ", ".join(map(_heading, one.targets)), one.source, one.checked_on.isoformat())
            for one in facts.missing
        ],
    )


def zones_table(zones: Mapping[str, Sequence[str]]) -> Table:
    """Build the table of the Availability Zones that support VPC Links."""
    return Table(
        "vpc-link-zones",
        columns=texts("Region", "zone ids"),
        rows=[cells(region, ", ".join(ids)) for region, ids in sorted(zones.items())],
    )


def _heading(target: str) -> str:
    return "the workflow" if target == _WORKFLOW else f"`{target}`"


def _text(missing: Iterable[str]) -> str:
    return "; ".join(f"no {ability}" for ability in missing) or _DEPLOYS


def _grouped(names: Iterable[str], signature: Callable[[str], list[tuple[str, ...]]]) -> list[list[str]]:
    """Names with the same signature, in the order of the first of each group."""
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for name in names:
        groups.setdefault(tuple(signature(name)), []).append(name)
    return list(groups.values())
