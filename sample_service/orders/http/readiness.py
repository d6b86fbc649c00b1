"""Readiness: whether this process can serve requests now."""

import logging
import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from orders.aws import is_transient
from orders.threads import Overloaded, Runner, SingleFlight

CACHE_SECONDS = 1.0
WAIT_SECONDS = 1.5

logger = logging.getLogger(__name__)


class NotReady(Exception):
    """The process cannot serve requests now."""


class Readiness:
    """Checks the dependencies at most once a second, whatever the number of callers: the path is public.

    Args:
        checks: Functions that block, and raise an exception if a dependency is unusable.
        runner: Runs them. Use other threads than those of requests.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, *checks: Callable[[], object], runner: Runner, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._flight = SingleFlight(runner, self._run_checks, seconds=WAIT_SECONDS)
        self._is_ready = False
        self._checked_at = float("-inf")

    async def require(self) -> None:
        """Return if the process is ready.

        Raises:
            NotReady: a dependency is unusable; the reason is in the log.
        """
        if self._clock() - self._checked_at >= CACHE_SECONDS:
            await self._check()
        if not self._is_ready:
            raise NotReady

    async def _check(self) -> None:
        try:
            self._is_ready = await self._flight.run()
        except Overloaded:
            logger.warning("not ready: the dependencies do not respond in time")
            self._is_ready = False
        self._checked_at = self._clock()

    def _run_checks(self) -> bool:
        try:
            for check in self._checks:
                check()
        except (BotoCoreError, ClientError) as error:
            _log(error, is_transient(error))
            return False
        except Exception as error:
            _log(error, transient=False)
            return False
        return True


def _log(error: Exception, transient: bool) -> None:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    level = logging.WARNING if transient else logging.ERROR
    logger.log(level, "not ready: %s %s", type(error).__name__, code or error)
