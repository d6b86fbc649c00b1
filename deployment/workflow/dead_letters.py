"""Dead letters of the pipe: messages with the position of stream records, and the orders in these records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from deployment.preflight.account import error_code
from deployment.workflow.resources import Workflow

# Other commands see a received message again after this time, if it is not deleted.
VISIBILITY_SECONDS = 120
# Long polling asks all servers of the queue.
WAIT_SECONDS = 1
_MAX_MESSAGES = 10
# A page of records may be empty although others follow.
_MAX_PAGES = 20
# The record is older than 24 hours, or its shard is.
_EXPIRED = {"TrimmedDataAccessException", "ResourceNotFoundException"}


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message of the dead-letter queue.

    Attributes:
        id: ID of the message.
        receipt: receipt handle, with which it is deleted.
        stream: ARN of the stream.
        shard: ID of the shard.
        first: first sequence number.
        last: last sequence number.
        arrived_at: when the last of its records was written.
    """

    id: str
    receipt: str
    stream: str
    shard: str
    first: str
    last: str
    arrived_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlacedOrder:
    """The order of a stream record.

    Attributes:
        id: its ID.
        trace: the trace header of the request that placed it; "" without one.
    """

    id: str
    trace: str


def parse(message: Mapping[str, Any]) -> DeadLetter | None:
    """Return the dead letter of an SQS message; None if the pipe did not send it.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
    """
    try:
        batch = json.loads(message["Body"])["DDBStreamBatchInfo"]
        return DeadLetter(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            stream=str(batch["streamArn"]),
            shard=str(batch["shardId"]),
            first=_sequence_number(batch["startSequenceNumber"]),
            last=_sequence_number(batch["endSequenceNumber"]),
            arrived_at=datetime.fromisoformat(batch["approximateArrivalOfLastRecord"]).astimezone(UTC),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _sequence_number(value: object) -> str:
    """Return a sequence number as it is: leading zeros belong to it."""
    text = str(value)
    int(text)
    return text


def count(workflow: Workflow) -> int:
    """Return about how many dead letters there are, those that a command has received included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    response = workflow.client("sqs").get_queue_attributes(QueueUrl=workflow.queue_url, AttributeNames=names)
    return sum(int(value) for name, value in response.get("Attributes", {}).items() if name in names)


def receive(workflow: Workflow, limit: int) -> Iterator[dict[str, Any]]:
    """Receive messages until the queue has no more.

    Args:
        workflow: the workflow.
        limit: maximum number of messages.
    """
    seen: set[str] = set()
    while len(seen) < limit:
        response = workflow.client("sqs").receive_message(
            QueueUrl=workflow.queue_url,
            MaxNumberOfMessages=min(_MAX_MESSAGES, limit - len(seen)),
            VisibilityTimeout=VISIBILITY_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
        )
        new = [message for message in response.get("Messages", ()) if message["MessageId"] not in seen]
        if not new:
            return
        seen.update(message["MessageId"] for message in new)
        yield from new


def delete(workflow: Workflow, receipt: str) -> None:
    """Delete a message."""
    workflow.client("sqs").delete_message(QueueUrl=workflow.queue_url, ReceiptHandle=receipt)


def release(workflow: Workflow, receipt: str) -> None:
    """Make a received message visible again."""
    workflow.client("sqs").change_message_visibility(
        QueueUrl=workflow.queue_url, ReceiptHandle=receipt, VisibilityTimeout=0
    )


def read_orders(workflow: Workflow, letter: DeadLetter) -> list[PlacedOrder] | None:
    """Return the orders of a dead letter's records; None if the stream no longer has them."""
    try:
        return [_placed(record) for record in _records(workflow, letter)] or None
    except ClientError as error:
        if error_code(error) in _EXPIRED:
            return None
        raise


def _records(workflow: Workflow, letter: DeadLetter) -> Iterator[Mapping[str, Any]]:
    streams = workflow.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=letter.stream,
        ShardId=letter.shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=letter.first,
    )["ShardIterator"]
    for _ in range(_MAX_PAGES):
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > int(letter.last):
                return
            # The pipe's filter skips all others.
            if record["eventName"] == "INSERT" and "status" in record["dynamodb"].get("NewImage", {}):
                yield record
            if int(record["dynamodb"]["SequenceNumber"]) == int(letter.last):
                return
        if not (iterator := page.get("NextShardIterator")):
            return


def _placed(record: Mapping[str, Any]) -> PlacedOrder:
    image = record["dynamodb"]["NewImage"]
    return PlacedOrder(id=image["id"]["S"], trace=image.get("trace", {}).get("S", ""))
