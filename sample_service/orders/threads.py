"""Calls that block, beside an event loop: as many threads as there are connections, a short queue before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from orders.aws import MAX_CALLS_AT_ONCE

P = ParamSpec("P")
T = TypeVar("T")


class Overloaded(Exception):
    """More calls are waiting than can be answered in good time."""


class Runner(Protocol):
    """Runs blocking functions for an event loop."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""


class Inline:
    """Runs them where it stands, for Lambda: there is one request at a time, and nobody else to wait for it."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""
        return function(*args, **kwargs)


class Threads:
    """Runs them in threads, for servers."""

    def __init__(self, workers: int = MAX_CALLS_AT_ONCE, *, max_unanswered: int = 16 * MAX_CALLS_AT_ONCE) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="aws")
        self._max_unanswered = max_unanswered
        self._unanswered = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in the caller's context (its trace goes with it).

        Raises:
            Overloaded: too many calls are unanswered already.
        """
        if self._unanswered >= self._max_unanswered:
            raise Overloaded
        self._unanswered += 1
        try:
            call = partial(copy_context().run, function, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._unanswered -= 1
