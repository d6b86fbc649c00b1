"""The table at the end of executed changes: pure functions."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deployment.console import INDENT, NOTHING, failure, milliseconds, plural, seconds
from deployment.report import mark
from deployment.results import Outcome
from deployment.update_results import TargetUpdate, Update, UpdateResults


def report(results: UpdateResults) -> RenderableType:
    """Render one row for each change, what is not shown, and every failure with its cause."""
    parts: list[RenderableType] = [_table(results), Text(""), _totals(results), Text("")]
    parts += [Text(line, "dim") for line in _not_run(results)]
    for update in results.updates:
        for target in update.failed():
            found = update.targets[target]
            parts.append(failure(f"{update.change} on {target}: {found.reason}", found.cause, found.fix))
    return Padding(Group(*parts), (0, 0, 0, INDENT))


def _table(results: UpdateResults) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("change", "left"), ("to", "left"), ("updated", "right"), ("requests", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=name == "change")
    for name in ("lost", "slowest", "took"):
        table.add_column(name, justify="right")
    for update in results.updates:
        executed = [target for target in update.targets.values() if target.outcome is not Outcome.NOT_RUN]
        slowest = max((target.slowest_ms or 0.0 for target in executed), default=None)
        table.add_row(
            Text.assemble(mark(_outcome(update)), " ", update.change),
            Text(update.value, "dim"),
            _updated(executed),
            str(update.requests) if executed else NOTHING,
            Text(str(update.lost), "bold red" if update.lost else "") if executed else NOTHING,
            milliseconds(slowest) or NOTHING,
            seconds(update.seconds) if executed else NOTHING,
        )
    return table


def _updated(executed: Sequence[TargetUpdate]) -> str:
    if not executed:
        return NOTHING
    if rolled_back := sum(target.rolled_back for target in executed):
        return f"{rolled_back} rolled back"
    return f"{sum(target.template_changed for target in executed)} of {len(executed)}"


def _outcome(update: Update) -> Outcome:
    outcomes = {target.outcome for target in update.targets.values()}
    return next((one for one in (Outcome.FAILED, Outcome.PASSED) if one in outcomes), Outcome.NOT_RUN)


def _totals(results: UpdateResults) -> Text:
    requests, lost = (sum(getattr(one, name) for one in results.updates) for name in ("requests", "lost"))
    changes = sum(_outcome(one) is not Outcome.NOT_RUN for one in results.updates)
    took = seconds(results.seconds)
    return Text(f"{plural(changes, 'change')}, {plural(requests, 'request')}, {lost} lost, {took}")


def _not_run(results: UpdateResults) -> Iterator[str]:
    """Yield one line for each reason for which a change was not executed."""
    for update in results.updates:
        reasons = Counter(found.reason for found in update.targets.values() if found.outcome is Outcome.NOT_RUN)
        for reason, count in reasons.items():
            names = [name for name, found in update.targets.items() if _has_reason(found, reason)]
            where = "all targets" if count == len(update.targets) else ", ".join(names)
            yield f"not run: {update.change} on {where}: {reason}"


def _has_reason(found: TargetUpdate, reason: str) -> bool:
    return found.outcome is Outcome.NOT_RUN and found.reason == reason
