"""Lambda handler of the queue consumer: returns the messages that failed, so that Lambda deletes the others."""

import logging
from typing import Any

from orders.logs import start_logging
from orders.settings import Settings
from orders.worker import notices

_settings = Settings.from_environment()
start_logging(_settings.log_level)
_notices = notices(_settings)

logger = logging.getLogger(__name__)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Process a batch of SQS messages.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    failed = []
    for record in event["Records"]:
        try:
            _notices.handle(record["body"])
        except Exception:  # whatever fails, the other messages of the batch do not
            logger.exception("message failed", extra={"fields": {"message_id": record["messageId"]}})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
