"""What every form has to say, straight from the facts."""

from comparison.costs import sentences

from comparison.facts import Facts, LocalRun
from comparison.facts.costs import monthly_usd_by_size, thresholds
from comparison.formatting import counted, dollars, dollars_or_none
from deployment.console import mebibytes, milliseconds
from tests.comparison.forms import said
from tests.comparison.forms.said import Said


def of_facts(facts: Facts) -> Said:
    found = said.thresholds(thresholds(facts.costs))
    for answer in facts.answers:
        found |= said.answer(answer.question, answer.headline, answer.sentence, answer.assumptions)
    for one in facts.costs.estimates:
        copies = one.unsupported_reason or counted(one.replicas, one.replica_type)
        found |= said.month(one.target, dollars_or_none(one.usd), dollars(one.idle_usd), copies)
    names = [size.name for size in facts.sizes]
    for name, usd in monthly_usd_by_size(facts.costs.usage, facts.sizes).items():
        found |= said.sizes(name, names, [dollars_or_none(each) for each in usd])
    found |= said.load(sentences.inputs(facts.costs.usage))
    found |= {("assumed", line): "1 ×" for line in sentences.of_everything_assumed(facts.costs)}
    for target in facts.targets:
        run = target.local_run or LocalRun(outcome="not run")
        found |= said.parts(target.id, target.resource_count, target.template_lines, target.construct_lines)
        found |= said.run(target.id, run.outcome, milliseconds(run.p50_ms), mebibytes(run.memory_mib))
    for table in facts.tables:
        for name, cells in table.rows.items():
            found |= said.matrix(table.id, name, table.columns, [cell.text for cell in cells])
    return found


def measured(facts: Facts) -> set[tuple[str, str]]:
    """Table and column of what a run measures."""
    return {
        (table.id, column)
        for table in facts.tables
        for cells in table.rows.values()
        for column, cell in zip(table.columns, cells, strict=True)
        if cell.origin == "run"
    }
