"""Constant requests to the target of a drill while it changes, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from deployment.deployed_app import DeployedApp
from deployment.prober import LIVENESS_PATH, REQUESTS_PER_S, Prober, Tally, aims_for, wait_until_quiet
from sandbox.drill import DrillContext
from sandbox.drills.target import MINUTE_S

PERMISSIONS = ("secretsmanager:GetSecretValue",)
_SETTLE_S, _SETTLE_LIMIT_S = 30.0, 5 * MINUTE_S


@contextmanager
def probed(context: DrillContext, *, rate: float = REQUESTS_PER_S, only_orders: bool = False) -> Iterator[Prober]:
    """Send requests to the target in the block; every fifth opens a connection of its own.

    Args:
        context: the drill's context.
        rate: requests per second. Default: 5.
        only_orders: whether each request reads an order from the table. Default: False, one of four does.

    Raises:
        ActionableError: the target is not ready, or creates no order.
    """
    aims = aims_for(DeployedApp.read(context.environment), [context.target])
    if only_orders:
        aims = {
            name: replace(aim, paths=tuple(path for path in aim.paths if path != LIVENESS_PATH))
            for name, aim in aims.items()
        }
    with Prober(aims, rate=rate) as prober:
        yield prober


def settled_tally(context: DrillContext, prober: Prober, since_s: float) -> Tally:
    """Wait until no request has been lost for 30 seconds, and return the count since a time of the prober."""
    context.report("waits until no request is lost")
    wait_until_quiet(lambda: prober.lost, _SETTLE_S, _SETTLE_LIMIT_S, clock=context.now, sleep=context.sleep)
    return prober.tally(context.target, since_s)
