"""The scheduled job: counts the orders by status, and writes the numbers as metrics."""

import logging
import os
import signal
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orders.aws import client
from orders.logs import start_logging
from orders.metrics import write_metrics
from orders.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)


def count_orders(table_name: str, client: "DynamoDBClient") -> Counter[str]:
    """Return the number of orders by status.

    It reads the whole table, eventually consistent: for a large one, let DynamoDB export it.
    """
    counts: Counter[str] = Counter()
    pages = client.get_paginator("scan").paginate(
        TableName=table_name,
        ProjectionExpression="#status",
        FilterExpression="attribute_exists(#status)",
        ExpressionAttributeNames={"#status": "status"},
    )
    for page in pages:
        counts.update(item["status"]["S"] for item in page["Items"])
    return counts


def write_report(settings: Settings) -> dict[str, int]:
    """Count, and write one metric for each status."""
    counts = count_orders(settings.table_name, client("dynamodb"))
    for status, count in sorted(counts.items()):
        write_metrics({"Report": "orders", "Status": status}, {"OrdersByStatus": (count, "Count")})
    logger.info("orders by status", extra={"fields": {"orders": dict(counts)}})
    return dict(counts)


def run_report(environment: Mapping[str, str] = os.environ) -> int:
    """Write the report once; returns the exit status.

    Raises:
        SettingsError: TABLE_NAME is missing.
    """
    # It changes nothing: there is nothing to finish.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    settings = Settings.from_environment(environment)
    start_logging(settings.log_level)
    try:
        write_report(settings)
    except (BotoCoreError, ClientError):
        logger.exception("the table cannot be read")
        return 1
    return 0
