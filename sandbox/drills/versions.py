"""The first version of the app, which every drill leaves behind for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployment.errors import ActionableError
from deployment.preflight.account import AWS_ERRORS
from sandbox.drill import DrillContext


@contextmanager
def first_version_afterwards(context: DrillContext, *, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Deploy the first version at the end of the block, also after an error of AWS; not after Ctrl-C.

    Args:
        context: the drill's context.
        unless: whether the first version runs already, because AWS has rolled back to it. Default: it does not.

    Raises:
        ActionableError: the first version cannot be deployed again.
    """
    try:
        yield
    except (ActionableError, *AWS_ERRORS):
        context.redeploy()
        raise
    if unless():
        return
    context.report("deploys the first version again")
    restored = context.redeploy()
    if not restored.is_complete:
        raise ActionableError(
            "the first version was not deployed again", f"its stack is {restored.status}", "destroy the run"
        )
