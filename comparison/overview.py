"""The facts as a document: what `python -m comparison` prints, and the tables that README, docs and page share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from comparison.cost_document import all_assumptions, usage_table
from comparison.document import (
    Cell,
    Column,
    Document,
    Paragraph,
    Section,
    Table,
    bullets,
    cells,
    measurements,
    numbers,
    texts,
)
from comparison.facts import CostReport, Facts, LocalRun, TargetFacts
from comparison.facts import Table as MatrixTable
from comparison.facts.costs import ASSUMED, BY_SIZE, monthly_usd_by_size
from comparison.facts.docs import NewAbility
from comparison.facts.failures import Failure
from comparison.facts.matrix import NOT_RUN
from comparison.formatting import counted, dollars, rate
from comparison.measured_document import MEASURED_ON_AWS, measured_table
from comparison.thresholds import thresholds, thresholds_text
from comparison.updates_document import CONSEQUENCES, UPDATES, consequences_table, summary_table
from deployment.console import mebibytes, milliseconds, seconds
from deployment.results import Outcome
from pricing.estimate import Estimate

LINES = "template, construct: lines of the stack's template and of the construct's file"
MONTHS = "Monthly cost"
UNSUPPORTED_FIELDS = "Unsupported fields of the service spec"
NOT_COVERED = "Platforms that are not covered"


def overview(facts: Facts) -> Document:
    """Build the whole comparison, as far as a terminal can show it."""
    costs = facts.costs
    answers = (
        Section(
            f"{answer.question} {answer.headline}",
            blocks=[
                Paragraph(text, is_note=is_note)
                for text, is_note in ((answer.sentence, False), (answer.assumptions, True))
                if text
            ],
            is_measured="fastest" in answer.question,
        )
        for answer in facts.answers
    )
    months = (monthly_cost_table(costs.estimates), Paragraph(thresholds_text(costs), is_note=True))
    sizes = (cost_by_size_table(facts),) if len(facts.sizes) > 1 else ()
    return Document(
        [
            Section("Targets", [resources_table(facts)]),
            Section("", [Paragraph(_measured_on(facts), is_note=True)], is_measured=True),
            *_on_aws(facts),
            *answers,
            Section(MONTHS, months),
            *(Section(BY_SIZE, [table]) for table in sizes),
            Section(ASSUMED, [usage_table(costs.usage), bullets(all_assumptions(costs))]),
            Section(UNSUPPORTED_FIELDS, [unsupported_fields_table(facts.targets)]),
            *(Section(table.title, [matrix_table(table)]) for table in facts.tables[1:]),
            Section(UPDATES, [summary_table(facts.updates)]),
            Section(CONSEQUENCES, [consequences_table(facts.updates)]),
            Section(NOT_COVERED, [not_covered_table(facts)]),
        ]
    )


def shareable_overview(facts: Facts) -> Document:
    """Build the comparison without measurements, which is the same on every machine, with the target table."""
    targets, *sections = overview(facts).without_measurements().sections
    blocks = (target_table(facts), *targets.blocks)
    return Document([Section(targets.title, blocks), *sections])


def target_table(facts: Facts) -> Table:
    """Build the table that a target is chosen by: nothing in it depends on a local run."""
    cheapest, usage = _cheapest_at(facts.costs), facts.costs.usage
    request = f"{usage.cpu_seconds * 1000:g} ms CPU, {usage.wait_seconds * 1000:g} ms wait"
    [rollout] = [table for table in facts.tables if table.id == "rollout"]
    rollback = rollout.columns.index("automatic rollback on")
    return Table(
        "targets",
        columns=[
            *texts("target", "what it is"),
            *numbers("idle cost a month"),
            *texts(
                f"cheapest at ({request})", "scales to zero", "automatic rollback on", "you patch", "runs locally on"
            ),
        ],
        rows=[
            (
                Cell(target.id, is_code=True, url=f"docs/targets/{target.platform}.md"),
                *cells(
                    target.summary.partition(":")[0].rstrip("."),
                    dollars(facts.costs.idle_usd[target.id]),
                    cheapest.get(target.id, "closed to new customers" if target.closed_to_new_customers else "–"),
                    "yes" if target.workload.min_replicas == 0 else "no",
                    rollout.rows[target.id][rollback].text,
                    target.you_patch.text if target.you_patch else "",
                    target.local_execution.text if target.local_execution else "",
                ),
            )
            for target in facts.targets
        ],
        is_records=True,
    )


def resources_table(facts: Facts) -> Table:
    """Build the table of resources, lines and measurements of each target."""
    columns = (*numbers("resources", "template", "construct"), *measurements("first response", "p50", "MiB"))
    outcome = Column("local run", is_measured=True)
    return Table(
        "resources",
        columns=[*texts("target"), *columns, outcome],
        rows=[cells(target.id, *_resources(target)) for target in facts.targets],
        note=LINES,
    )


def closing_document(facts: Facts) -> Document:
    """Build what the report of a local run does not show yet, with the median latency beside it."""
    return Document([Section("", [resources_table(facts).select(range(6))])])


def monthly_cost_table(estimates: Iterable[Estimate]) -> Table:
    """Build the table of each target's monthly cost."""
    return Table(
        "months",
        columns=[*texts("target"), *numbers("with load", "idle"), *texts("replicas under load")],
        rows=[
            cells(
                found.target,
                dollars(found.usd),
                dollars(found.idle_usd),
                found.unsupported_reason or counted(found.replicas, found.replica_type),
            )
            for found in estimates
        ],
        id_cells=1,
    )


def cost_by_size_table(facts: Facts, order: Sequence[str] = ()) -> Table:
    """Build the table of each target's monthly cost at each replica size.

    Args:
        facts: the facts.
        order: ids of the targets, in the order of the rows. Default: the assembly's order.
    """
    months = monthly_usd_by_size(facts.costs.usage, facts.sizes)
    return Table(
        "sizes",
        columns=[*texts("target"), *numbers(*(size.name for size in facts.sizes))],
        rows=[cells(target, *map(dollars, months[target])) for target in order or months],
    )


def unsupported_fields_table(targets: Iterable[TargetFacts]) -> Table:
    """Build the table of the fields of the service spec that a target does not support."""
    return Table(
        "unsupported-fields",
        columns=texts("target", "field", "reason"),
        rows=[
            (Cell(target.id, is_code=True), Cell(field, is_code=True), Cell(reason))
            for target in targets
            for field, reason in target.unsupported_fields.items()
        ],
        id_cells=2,
    )


def not_covered_table(facts: Facts) -> Table:
    """Build the table of AWS's container platforms that are not targets."""
    return Table(
        "not-covered",
        columns=texts("platform", "what it is", "why it is not a target", "read on"),
        rows=[
            (
                Cell(platform.name, url=platform.source),
                *cells(platform.summary, platform.reason, platform.checked_on.isoformat()),
            )
            for platform in facts.not_covered
        ],
        is_records=True,
    )


def abilities_table(abilities: Sequence[NewAbility]) -> Table:
    """Build the table of the features that AWS added to the platforms of targets."""
    return Table(
        "abilities",
        columns=texts("feature", "targets", "since", "in the templates", "read on"),
        rows=[
            (
                Cell(one.name, url=one.source),
                *cells(", ".join(f"`{target}`" for target in one.targets), one.since, one.use),
                Cell(one.checked_on.isoformat()),
            )
            for one in abilities
        ],
    )


def failures_table(target: str, failures: Sequence[Failure]) -> Table:
    """Build the table of the failures of one target."""
    return Table(
        "failures",
        columns=texts("failure", "result", "within", "shown by"),
        rows=[
            cells(
                failure.title,
                *failure.results[target],
                "the local run" if target in failure.executed else "an account only",
            )
            for failure in failures
        ],
    )


def matrix_table(table: MatrixTable) -> Table:
    """Build one table of the matrix."""
    rows = table.rows.values()
    measured = {
        number for row in rows for number, cell in enumerate(row) if cell.origin == "run" or cell.text == NOT_RUN
    }
    return Table(
        table.id,
        columns=[
            *texts("target"),
            *(Column(name, is_measured=number in measured) for number, name in enumerate(table.columns)),
        ],
        rows=[
            (
                Cell(target, is_code=True),
                *(
                    Cell(cell.text, entries=cell.entries, source=cell.source, state="" if cell.origin else "unknown")
                    for cell in row
                ),
            )
            for target, row in table.rows.items()
        ],
        note=table.how_to_read,
        is_records=True,
    )


def local_run_table(facts: Facts) -> Table:
    """Build the table of each target's results in the last local run."""
    return Table(
        "local-run-targets",
        columns=[
            *texts("target", "outcome"),
            *numbers("deployment", "first response after", "p50", "p99", "memory"),
            *texts("runs as", "emulated by"),
        ],
        rows=[(Cell(target.id), *_local_run(target.local_run)) for target in facts.targets],
    )


def _local_run(run: LocalRun | None) -> tuple[Cell, ...]:
    if run is None:
        return (Cell(NOT_RUN, state="not run"), Cell("not part of the last run", state="unknown"))
    if run.outcome == Outcome.FAILED:
        return (Cell(run.outcome, state="failed"), Cell(run.reason))
    if run.outcome != Outcome.PASSED:
        return (Cell(run.outcome, state="not run"), Cell(run.reason))
    after = "" if run.healthy_s is None else f"{run.healthy_s:.2f}s"
    measured = (seconds(run.deploy_s), after, milliseconds(run.p50_ms), milliseconds(run.p99_ms))
    emulated_by = Cell(
        ", ".join(run.emulated_by) or "the emulator", note=f"not shown: {run.not_shown}" if run.not_shown else ""
    )
    return (Cell(run.outcome, state="passed"), *cells(*measured, mebibytes(run.memory_mib), run.runs_as), emulated_by)


def _resources(target: TargetFacts) -> tuple[str, ...]:
    run = target.local_run
    measured = ("", "", "", "not run")
    if run:
        memory = "" if run.memory_mib is None else f"{run.memory_mib:.0f}"
        measured = (seconds(run.startup_s), milliseconds(run.p50_ms), memory, run.outcome)
    return (str(target.resource_count), str(target.template_lines), str(target.construct_lines), *measured)


def _measured_on(facts: Facts) -> str:
    if facts.run:
        return f"first response, p50, MiB: measured on this machine, {facts.run.engine.partition(',')[0]}"
    return "first response, p50, MiB: not measured yet; `python -m local_aws run` measures them"


def _on_aws(facts: Facts) -> Iterator[Section]:
    table = measured_table(facts)
    if table.rows:
        yield Section(MEASURED_ON_AWS, [table])


def _cheapest_at(costs: CostReport) -> Mapping[str, str]:
    """Target -> the request rates at which it is the cheapest target that is open to new customers."""
    found = list(thresholds(costs))
    starts = [threshold.requests_per_second for threshold in found]
    ranges: dict[str, list[str]] = {}
    for threshold, (start, end) in zip(
        found, pairwise([*starts, costs.max_requests_per_second_available]), strict=True
    ):
        text = f"up to {rate(end)}" if threshold is found[0] else f"{rate(start)} to {rate(end)}"
        ranges.setdefault(threshold.target, []).append(text)
    return {target: f"{', '.join(found)} requests/s" for target, found in ranges.items()}
