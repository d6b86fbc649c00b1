"""Blocking calls from an event loop: a thread per connection, a bounded queue, and a deadline."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Generic, ParamSpec, Protocol, TypeVar

from orders.aws import MAX_CONCURRENT_CALLS, time_limit

P = ParamSpec("P")
T = TypeVar("T")

CALL_SECONDS = 1.4
"""Time from a request for a call to its result, or to its rejection."""

START_SECONDS = 0.7
"""Time within which a function starts each of its calls of AWS."""


class Overloaded(Exception):
    """Too many calls are pending, or a call takes too long."""


class Runner(Protocol):
    """Runs blocking functions from an event loop."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function."""


class InlineRunner:
    """Runs functions in the event loop's thread, for Lambda: a function handles one request at a time."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function, whose calls of AWS start within 0.7 s."""
        with time_limit(START_SECONDS):
            return function(*args, **kwargs)


class ThreadRunner:
    """Runs functions in threads, for servers.

    Args:
        workers: Number of threads.
        max_pending: Number of calls that wait or run; further ones are rejected. Default: 16 for each thread.
        seconds: Time within which a call ends, or is rejected. Default: 1.4. A call that has not started is then
            dropped; the thread of one that has started returns soon afterwards, because its calls of AWS have a time
            limit.
    """

    def __init__(
        self, workers: int = MAX_CONCURRENT_CALLS, *, max_pending: int | None = None, seconds: float | None = None
    ) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="aws")
        self._max_pending = 16 * workers if max_pending is None else max_pending
        self._seconds = CALL_SECONDS if seconds is None else seconds
        self._pending = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread with the caller's context, which includes the trace.

        Raises:
            Overloaded: too many calls are pending, or the call takes too long.
        """
        if self._pending >= self._max_pending:
            raise Overloaded
        self._pending += 1
        try:
            call = partial(copy_context().run, _limited, partial(function, *args, **kwargs))
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except TimeoutError:
            raise Overloaded from None
        finally:
            self._pending -= 1


class SingleFlight(Generic[T]):
    """Shares one run of a function among all callers that wait for it at the same time.

    Args:
        runner: Runs the function.
        function: The function.
        seconds: Time that a caller waits. The run continues afterwards.
    """

    def __init__(self, runner: Runner, function: Callable[[], T], *, seconds: float) -> None:
        self._runner = runner
        self._function = function
        self._seconds = seconds
        self._task: asyncio.Task[T] | None = None

    async def run(self) -> T:
        """Wait for the current run, or start one.

        Raises:
            Overloaded: the run takes longer than a caller waits.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
            # A failure that no caller waits for any more is not an error of the event loop.
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(self._task)
        except TimeoutError:
            raise Overloaded from None

    async def _run(self) -> T:
        return await self._runner.run(self._function)


def _limited(call: Callable[[], T]) -> T:
    with time_limit(START_SECONDS):
        return call()
