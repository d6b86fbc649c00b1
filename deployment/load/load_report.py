"""The report of a load with faults: pure functions."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deployment.console import INDENT, failure, milliseconds, plural, seconds
from deployment.load.load_results import LoadResults
from deployment.report import mark
from deployment.results import Outcome

_MAX_PROBLEMS = 20
VERDICTS = ("lost", "doubled", "undone")


def report(results: LoadResults) -> RenderableType:
    """Render orders, requests, faults and drained targets, and everything that must not happen."""
    problems = results.problems()
    parts: list[RenderableType] = [_orders(results), Text(""), _faults(results), Text("")]
    if results.drained:
        parts += [_drained(results), Text("")]
    parts += [_totals(results), Text("")]
    parts += [failure(message, cause) for message, cause in problems[:_MAX_PROBLEMS]]
    if len(problems) > _MAX_PROBLEMS:
        parts.append(Text(f"and {len(problems) - _MAX_PROBLEMS} more in load.json", "dim"))
    return Padding(Group(*parts), (0, 0, 0, INDENT))


def _orders(results: LoadResults) -> Table:
    account, load = results.account, results.load
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("orders", f"{account.accepted} accepted of {load.planned}: {_counts(load.mix)}")
    grid.add_row("final", _counts(account.statuses))
    for kind in VERDICTS:
        count = account.count(kind)
        outcome = Outcome.FAILED if count else Outcome.PASSED
        grid.add_row(kind, Text.assemble(mark(outcome), f" {count}"))
    wrong = account.count("stock")
    stock = "as expected" if not wrong else f"{plural(wrong, 'SKU')} wrong"
    grid.add_row("stock", Text.assemble(mark(Outcome.FAILED if wrong else Outcome.PASSED), f" {stock}"))
    latency = f"p50 {milliseconds(load.p50_ms)}, p99 {milliseconds(load.p99_ms)}"
    grid.add_row("requests", f"{load.requests}, {load.undecided} without a decision; {latency}")
    for kind, targets in load.errors.items():
        grid.add_row("", Text(f"{sum(targets.values())}× {kind} ({_counts(targets)})", "dim"))
    if results.restarts_by_reconciler:
        grid.add_row("restarted", f"{plural(results.restarts_by_reconciler, 'order')} by the reconciler")
    return grid


def _faults(results: LoadResults) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("fault", "injected", "hits", "what"):
        table.add_column(name, justify="right" if name in ("injected", "hits") else "left", no_wrap=name == "fault")
    for fault in results.faults:
        outcome = Outcome.FAILED if fault.error or not fault.hits else Outcome.PASSED
        title = Text.assemble(mark(outcome), " ", fault.name)
        table.add_row(title, str(fault.injected), str(fault.hits), Text(fault.text, "dim"))
    return table


def _drained(results: LoadResults) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("SIGTERM", "replicas", "requests", "lost", "late", ""):
        is_number = name in ("replicas", "requests", "lost", "late")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=name == "SIGTERM")
    for target in results.drained:
        title = Text.assemble(mark(target.outcome), " ", target.target)
        remark = Text(target.reason if target.outcome is Outcome.NOT_RUN else "", "dim")
        table.add_row(title, str(target.stopped), str(target.requests), str(target.lost), str(target.late), remark)
    return table


def _totals(results: LoadResults) -> Text:
    verdict = ", ".join(_verdict_words(results))
    rate = results.account.accepted / results.load.seconds if results.load.seconds else 0.0
    took = f"{seconds(results.seconds)}, {rate:.1f} orders a second"
    return Text.assemble((verdict, "bold"), f"   {took}   ", (f"ran on {results.engine.name}", "dim"))


def _verdict_words(results: LoadResults) -> Iterator[str]:
    yield plural(results.account.accepted, "order")
    yield from (f"{results.account.count(kind)} {kind}" for kind in VERDICTS)


def _counts(counts: object) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) if isinstance(counts, dict) else ""
