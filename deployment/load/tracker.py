"""Accepted orders that are not final: their number, and the time since one of them changed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deployment.workflow_verification import FINAL

_BATCH = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
POLL_S = 1.0

Read = Callable[[Sequence[str]], Mapping[str, str]]
"""Order IDs -> the status of each order that exists; raises while the table cannot be read."""


def status_reader(dynamodb: Any, table: str) -> Read:
    """Return a function that reads statuses from the table, a hundred with each call."""

    def read(ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        names = {"#status": "status"}
        for start in range(0, len(ids), _BATCH):
            keys = [{"id": {"S": identifier}} for identifier in ids[start : start + _BATCH]]
            request = {
                "Keys": keys,
                "ConsistentRead": True,
                "ProjectionExpression": "id, #status",
                "ExpressionAttributeNames": names,
            }
            response = dynamodb.batch_get_item(RequestItems={table: request})
            for item in response["Responses"].get(table, []):
                found[item["id"]["S"]] = item["status"]["S"]
        return found

    return read


class Tracker:
    """Follows accepted orders until they are final; methods can be called from several threads.

    Args:
        read: Reads statuses.
        clock: Returns seconds from any start. Default: the monotonic clock.
    """

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._open: dict[str, str] = {}
        self._final: Counter[str] = Counter()
        self._changed = clock()
        self._lock = threading.Lock()

    def add(self, ids: Iterable[str]) -> None:
        """Follow accepted orders."""
        with self._lock:
            self._open |= dict.fromkeys(ids, "")
            self._changed = self._clock()

    @property
    def open(self) -> int:
        """Number of accepted orders that are not final."""
        with self._lock:
            return len(self._open)

    @property
    def given_up(self) -> set[str]:
        """The orders that are not final; after the wait, those that never became final."""
        with self._lock:
            return set(self._open)

    @property
    def final(self) -> Mapping[str, int]:
        """Final status -> number of orders."""
        with self._lock:
            return dict(self._final)

    @property
    def finished(self) -> int:
        """Number of orders that became final."""
        with self._lock:
            return self._final.total()

    @property
    def stalled_s(self) -> float:
        """Seconds since the last change of any order."""
        with self._lock:
            return self._clock() - self._changed

    def poll(self) -> None:
        """Read all open orders once; a table that cannot be read now is read again later."""
        with self._lock:
            ids = list(self._open)
        try:
            found = self._read(ids)
        except (BotoCoreError, ClientError):
            return
        with self._lock:
            for identifier, status in found.items():
                if self._open.get(identifier) != status:
                    self._open[identifier] = status
                    self._changed = self._clock()
                if status in FINAL and self._open.pop(identifier, None) is not None:
                    self._final[status] += 1
