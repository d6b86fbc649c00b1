"""How long targets take to answer: reads of an order, one after the other."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from deployment.contract.conversation import Conversation, no_answer

WARM_UP = 5
ROUNDS = 4


@dataclass(frozen=True)
class Latency:
    """Times of the requests that were answered with 200, and what else came back.

    Attributes:
        times_ms: milliseconds of each 200, in order.
        others: what came instead of a 200, with how often.
        answered: whether every request got some answer.
    """

    times_ms: tuple[float, ...]
    others: Mapping[str, int]
    answered: bool = True

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return len(self.times_ms) + sum(self.others.values())

    @property
    def summary(self) -> str:
        """What came back, in one line."""
        parts = {"200": len(self.times_ms), **self.others}
        return ", ".join(f"{count} × {answer}" for answer, count in parts.items() if count)


def measure(talk: Conversation, path: str, requests: int, *, clock: Callable[[], float] = time.perf_counter) -> Latency:
    """Read `path` so many times over one connection, after a short warm-up that does not count.

    The first request without any answer is the last one: a target that hangs would hold up the run once a request.
    """
    for _ in range(min(WARM_UP, requests)):
        if not _timed(talk, path, clock)[1]:
            break
    times_ms: list[float] = []
    others: Counter[str] = Counter()
    for _ in range(requests):
        answer, milliseconds = _timed(talk, path, clock)
        if answer == "200":
            times_ms.append(milliseconds)
        else:
            others[answer] += 1
        if not milliseconds:
            return Latency(tuple(times_ms), others, answered=False)
    return Latency(tuple(times_ms), others)


def measure_in_rounds(
    asked: Mapping[str, tuple[Conversation, str]],
    requests: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Latency]:
    """Measure several targets, each a part of its requests in every round: what disturbs the machine disturbs all.

    Args:
        asked: target -> whom to ask for which path.
        requests: how many requests each target gets.
        clock: seconds, from any start.
    """
    parts: dict[str, list[Latency]] = {name: [] for name in asked}
    for number in range(ROUNDS):
        share = requests * (number + 1) // ROUNDS - requests * number // ROUNDS
        for name, (talk, path) in asked.items():
            # One that gave no answer is not waited for again.
            if all(part.answered for part in parts[name]):
                parts[name].append(measure(talk, path, share, clock=clock))
    return {name: _joined(found) for name, found in parts.items()}


def _joined(parts: Sequence[Latency]) -> Latency:
    others: Counter[str] = Counter()
    for part in parts:
        others.update(part.others)
    answered = all(part.answered for part in parts)
    return Latency(tuple(time_ms for part in parts for time_ms in part.times_ms), others, answered)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the nearest-rank percentile, always a value that was seen; None of nothing."""
    if not values:
        return None
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]


def _timed(talk: Conversation, path: str, clock: Callable[[], float]) -> tuple[str, float]:
    """Return the answer and its milliseconds, 0 when there was none."""
    started = clock()
    try:
        answer = str(talk.get(path).status_code)
    except httpx.TransportError as error:
        return no_answer(error), 0.0
    return answer, (clock() - started) * 1000
