"""A load with faults, from the first order until every order is final, and the account of all of them."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from deployment import host
from deployment.deployed_app import DeployedApp
from deployment.environment import Environment
from deployment.latency import percentile
from deployment.load import drain, tracker
from deployment.load.accounting import Snapshot, account, read_items
from deployment.load.clients import Clients, errors_by_kind
from deployment.load.faults import Fault, FaultCycle
from deployment.load.load_results import Load, LoadResults
from deployment.load.order_stream import plan
from deployment.load.reconcile import Reconciler
from deployment.load.tracker import Tracker
from deployment.prober import Prober, aims_for
from deployment.results import rounded
from deployment.workflow_verification import FINAL

_RECONCILE_EVERY_S = 15.0
# A large load has about this many faults, so that it makes progress between them.
_FAULTS = 60
_PROGRESS_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a load.

    Attributes:
        orders: number of orders.
        clients: number of clients at the same time. Default: 16.
        open_orders: maximum number of orders that are accepted and not final; new ones wait. Default: 120.
        pause_s: seconds between two faults. Default: 4.
        patience_s: how long a client repeats a request, in seconds. Default: 300.
        stalled_s: how long no order may change at the end, in seconds, before the load has failed. Default: 240.
    """

    orders: int
    clients: int = 16
    open_orders: int = 120
    pause_s: float = 4.0
    patience_s: float = 300.0
    stalled_s: float = 240.0


class LoadRun:
    """One load on deployed targets.

    Args:
        environment: Where the app is deployed.
        targets: IDs of the targets that receive orders.
        options: Options of the load.
        on_progress: Called with the current step and its details. Default: nothing happens.
    """

    def __init__(
        self,
        environment: Environment,
        targets: Sequence[str],
        options: Options,
        on_progress: Callable[[str, str], None] = lambda _word, _detail: None,
    ) -> None:
        self._environment = environment
        self._targets = targets
        self._options = options
        self._on_progress = on_progress
        self._name = f"load-{secrets.token_hex(3)}"

    def run(self, faults: Sequence[Fault]) -> LoadResults:
        """Place the orders while faults happen, wait until all are final, and account for them.

        Args:
            faults: The faults, in the order of injection.

        Raises:
            ActionableError: a target is not ready.
            EnvironmentLost: a fault ended the environment.
        """
        started, started_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
        app = DeployedApp.read(self._environment)
        aims = aims_for(app, self._targets)
        follow = Tracker(tracker.status_reader(self._environment.client("dynamodb"), app.output("TableName")))
        clients = Clients(
            aims,
            patience_s=self._options.patience_s,
            concurrency=self._options.clients,
            on_accepted=lambda placed: follow.add(placed.ids),
        )
        reconciler = Reconciler.find(self._environment.client("lambda"))
        between = max(20, self._options.orders // _FAULTS)
        with FaultCycle(faults, self._options.pause_s, lambda: follow.finished, between) as cycle:
            self._place_all(clients, follow, cycle, reconciler)
            cycle.require_environment()
            placed_s = time.monotonic() - started
        self._wait_until_final(follow, reconciler)
        found = self._snapshot(app)
        if unknown := {order.id for order in found.orders if order.status not in FINAL} - follow.given_up:
            # The client of these orders received no response.
            follow.add(unknown)
            self._wait_until_final(follow, reconciler)
            found = self._snapshot(app)
        accounted = account(clients.placed, found)
        times_ms = [one.duration_s * 1000 for one in clients.attempts if one.is_decided]
        return LoadResults(
            environment=self._environment.name,
            started_at=started_at,
            engine=self._environment.runs_on,
            host=host.description(),
            targets=list(self._targets),
            load=Load(
                planned=self._options.orders,
                mix=dict(Counter(str(one.order.kind) for one in clients.placed)),
                requests=len(clients.attempts),
                errors=errors_by_kind(clients.attempts),
                p50_ms=rounded(percentile(times_ms, 50)),
                p99_ms=rounded(percentile(times_ms, 99)),
                seconds=round(placed_s, 1),
            ),
            account=accounted,
            faults=cycle.results(),
            restarts_by_reconciler=reconciler.restarted,
            seconds=round(time.monotonic() - started, 1),
        )

    def drain(self, results: LoadResults) -> LoadResults:
        """Stop each replica of the targets under load, and add that to the results."""
        containers = self._environment.containers
        if containers is None:
            return results
        started = time.monotonic()
        app = DeployedApp.read(self._environment)
        with Prober(aims_for(app, self._targets)) as prober:
            time.sleep(drain.SETTLE_S)
            found = drain.drain(
                containers,
                prober,
                app.assembly,
                self._targets,
                recovery_s=self._environment.timeouts.recovery_s,
            )
        seconds = round(results.seconds + time.monotonic() - started, 1)
        return replace(results, drained=found, seconds=seconds)

    def _place_all(self, clients: Clients, follow: Tracker, cycle: FaultCycle, reconciler: Reconciler) -> None:
        """Place all orders; each fault of the first round happens while orders are on their way."""
        orders = self._options.orders
        ended = threading.Event()

        def may_continue(number: int) -> bool:
            cycle.require_environment()
            return follow.open < self._options.open_orders and number < orders * cycle.allowed_share

        def watch() -> None:
            reconciled = time.monotonic()
            while not ended.wait(_PROGRESS_S):
                follow.poll()
                reconciled = self._reconcile(follow, reconciler, reconciled)
                fault = f", {cycle.now}" if cycle.now else ""
                self._on_progress(f"{len(clients.placed)}/{orders}", f"{follow.open} open{fault}")

        watcher = threading.Thread(target=watch, name="tracker", daemon=True)
        watcher.start()
        try:
            asyncio.run(clients.place_all(plan(orders, self._targets, run=self._name), may_continue))
        except BaseExceptionGroup:
            cycle.require_environment()
            raise
        finally:
            ended.set()
            watcher.join()

    def _wait_until_final(self, follow: Tracker, reconciler: Reconciler) -> None:
        """Wait until all orders are final; the reconciler helps those whose execution has ended."""
        reconciled = 0.0
        while True:
            follow.poll()
            if not follow.open or follow.stalled_s > self._options.stalled_s:
                return
            self._on_progress("waiting", f"{follow.open} open, {sum(follow.final.values())} final")
            reconciled = self._reconcile(follow, reconciler, reconciled)
            time.sleep(tracker.POLL_S)

    def _reconcile(self, follow: Tracker, reconciler: Reconciler, last: float) -> float:
        """Run the reconciler if it is time, and return when it ran; `last` is when it ran before."""
        if time.monotonic() - last < _RECONCILE_EVERY_S:
            return last
        if follow.stalled_s > _RECONCILE_EVERY_S / 2:
            reconciler.advance()
        reconciler.run()
        return time.monotonic()

    def _snapshot(self, app: DeployedApp) -> Snapshot:
        """Read the whole table."""
        client, table = self._environment.client("dynamodb"), app.output("TableName")
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return read_items((item for page in pages for item in page["Items"]), self._name)
