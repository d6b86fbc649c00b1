"""Blocking calls from an event loop: a thread per connection, and a bounded queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from orders.aws import MAX_CONCURRENT_CALLS

P = ParamSpec("P")
T = TypeVar("T")


class Overloaded(Exception):
    """Too many calls are pending."""


class Runner(Protocol):
    """Runs blocking functions from an event loop."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""


class InlineRunner:
    """Runs functions in the event loop's thread, for Lambda: a function handles one request at a time."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""
        return function(*args, **kwargs)


class ThreadRunner:
    """Runs functions in threads, for servers."""

    def __init__(self, workers: int = MAX_CONCURRENT_CALLS, *, max_pending: int = 16 * MAX_CONCURRENT_CALLS) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="aws")
        self._max_pending = max_pending
        self._pending = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread with the caller's context, which includes the trace.

        Raises:
            Overloaded: too many calls are pending.
        """
        if self._pending >= self._max_pending:
            raise Overloaded
        self._pending += 1
        try:
            call = partial(copy_context().run, function, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._pending -= 1
