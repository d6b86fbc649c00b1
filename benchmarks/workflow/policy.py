"""Retry policies of Step Functions, and the parts of the state machine that decide how long an order waits."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """A retrier of a state.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error

    Attributes:
        attempts: maximum number of retries.
        interval_seconds: delay before the first retry.
        backoff_rate: factor between delays.
        max_delay_seconds: longest delay.
        has_jitter: whether a delay is random from zero to that value (`FULL`). Default: true.
    """

    attempts: int
    interval_seconds: float
    backoff_rate: float
    max_delay_seconds: float
    has_jitter: bool = True

    def delay(self, retry: int, source: random.Random) -> float:
        """Return the delay before a retry in seconds.

        Args:
            retry: number of the retries before it.
            source: the random numbers.
        """
        # The exponent is bounded: a float overflows after some thousand retries.
        longest = min(self.max_delay_seconds, self.interval_seconds * self.backoff_rate ** min(retry, 64))
        return source.uniform(0, longest) if self.has_jitter else longest


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The parts of the state machine that decide how long an order waits.

    Attributes:
        start: retries of the state that starts the task, for a task without capacity.
        transitions: state transitions of an order that nothing delays.
        slot: retries of the state that acquires a slot. Default: the workflow has no slots.
        slots: number of slots. Default: the quota of tasks.
    """

    start: RetryPolicy
    transitions: int
    slot: RetryPolicy | None = None
    slots: int | None = None


# Eight retries of the start, and no slots.
WITHOUT_SLOTS = Workflow(
    start=RetryPolicy(attempts=8, interval_seconds=5, backoff_rate=2, max_delay_seconds=60), transitions=6
)
