"""The queue consumer: receives notices until SIGTERM, and deletes those that it has processed."""

import logging
import os
import random
import signal
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orders.aws import client, is_transient, session
from orders.dependencies import order_service
from orders.logs import start_logging
from orders.notices import Notices
from orders.settings import Settings, required

BATCH_SIZE = 10
WAIT_SECONDS = 10  # of a request for messages; a stopping worker ends at most this much later
MAX_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Worker:
    """Consumes a queue.

    A message that fails stays in the queue. It becomes visible again after the queue's visibility timeout, and moves to
    the dead-letter queue after too many attempts.

    Args:
        queue_url: the queue.
        client: the client of SQS.
        handle: processes the body of a message, or raises an error.
    """

    def __init__(self, queue_url: str, client: Any, handle: Callable[[str], None]) -> None:
        self._queue_url = queue_url
        self._client = client
        self._handle = handle
        self._stopping = threading.Event()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End after the message that is being processed."""
        self._stopping.set()

    def run(self) -> None:
        """Consume until `stop`.

        Raises:
            BotoCoreError: the queue cannot be read, and a retry cannot succeed.
            ClientError: the same, for a response of SQS.
        """
        failures = 0
        while not self._stopping.is_set():
            try:
                self._consume_batch()
                failures = 0
            except (BotoCoreError, ClientError) as error:
                if not is_transient(error):
                    raise
                failures += 1
                logger.warning("the queue is not available", exc_info=True)
                pause = min(MAX_PAUSE_SECONDS, 2.0**failures)
                self._stopping.wait(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret

    def _consume_batch(self) -> None:
        received = self._client.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=BATCH_SIZE, WaitTimeSeconds=WAIT_SECONDS
        )
        done, left = [], []
        for message in received.get("Messages", []):
            entry = {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}
            if self._stopping.is_set():
                left.append(entry | {"VisibilityTimeout": 0})
            elif self._process(message["MessageId"], message["Body"]):
                done.append(entry)
        self._report("deleted", done, self._client.delete_message_batch)
        # Another worker receives the rest at once.
        self._report("released", left, self._client.change_message_visibility_batch)

    def _process(self, message_id: str, body: str) -> bool:
        try:
            self._handle(body)
        except Exception:  # whatever fails, the other messages of the batch do not
            logger.exception("message failed", extra={"fields": {"message_id": message_id}})
            return False
        logger.info("message processed", extra={"fields": {"message_id": message_id}})
        return True

    def _report(self, outcome: str, entries: list[Any], call: Callable[..., Any]) -> None:
        if not entries:
            return
        for failed in call(QueueUrl=self._queue_url, Entries=entries).get("Failed", []):
            # It is received again, which the idempotent handler allows.
            fields = {"message_id": failed["Id"], "code": failed["Code"]}
            logger.warning("message was not %s", outcome, extra={"fields": fields})


def run_worker(environment: Mapping[str, str] = os.environ) -> int:
    """Consume QUEUE_URL until SIGTERM; returns the exit status.

    Raises:
        SettingsError: QUEUE_URL or TABLE_NAME is missing.
    """
    settings = Settings.from_environment(environment)
    worker = Worker(
        required(environment, "QUEUE_URL", "the queue of notices"), queue_client(), notices(settings).handle
    )
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    start_logging(settings.log_level)
    try:
        worker.run()
    except (BotoCoreError, ClientError):
        logger.exception("the queue cannot be read")
        return 1
    return 0


def notices(settings: Settings) -> Notices:
    """Return what processes the messages."""
    return Notices(settings.table_name, client("dynamodb"), order_service(settings))


def queue_client() -> Any:
    """Return a client of SQS that waits for messages longer than other calls wait for a response."""
    from botocore.config import Config

    config = Config(
        connect_timeout=0.5, read_timeout=WAIT_SECONDS + 5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return session().create_client("sqs", config=config)
