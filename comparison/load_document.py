"""The table of the last recorded load with faults."""

from collections.abc import Mapping
from pathlib import Path

from comparison.document import Table, cells, texts
from deployment.console import milliseconds
from deployment.load.load_results import LoadResults, read
from deployment.results import Outcome

FILE = Path(__file__).parent / "facts" / "load.json"


def read_load(path: Path = FILE) -> LoadResults:
    """Read the recorded load.

    Raises:
        ActionableError: there is none.
    """
    return read(path)


def load_table(load: LoadResults) -> Table:
    """Build the table of one load: a row for each figure."""
    account, requests = load.account, load.load
    drained = [target for target in load.drained if target.outcome is not Outcome.NOT_RUN]
    rows = [
        ("recorded", f"{load.started_at[:10]}, {load.engine.name}, {load.host}"),
        ("orders", f"{account.accepted} accepted of {requests.planned} ({_counts(requests.mix)})"),
        ("final", _counts(account.statuses)),
        *((kind, str(account.count(kind))) for kind in ("lost", "doubled", "undone")),
        ("items with wrong stock", str(account.count("stock"))),
        ("requests", f"{requests.requests}, of which {requests.undecided} without a decision and repeated"),
        *((f"of these, {kind}", str(sum(targets.values()))) for kind, targets in requests.errors.items()),
        ("latency of the others", f"p50 {milliseconds(requests.p50_ms)}, p99 {milliseconds(requests.p99_ms)}"),
        *((f"`{fault.name}`", f"{fault.injected} injected, {fault.hits} hits") for fault in load.faults),
        ("orders restarted by the reconciler", str(load.restarts_by_reconciler)),
        (
            "SIGTERM",
            f"{sum(target.stopped for target in drained)} replicas of {len(drained)} targets, "
            f"{sum(target.requests for target in drained)} requests, {sum(target.lost for target in drained)} lost",
        ),
        ("duration", f"{load.seconds:.0f} s"),
    ]
    return Table("load", columns=texts("figure", "value"), rows=[cells(*row) for row in rows])


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
