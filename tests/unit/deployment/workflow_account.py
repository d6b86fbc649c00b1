"""An account of moto with a deployed workflow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from deployment.preflight.account import Account
from tests.unit.deployment.aws_responses import ACCOUNT_ID, REGION, moto_account

STACK = "OrdersWorkflow"
ORDER = "ord_019ab5b7e1d00f2ad6b94c71e6d3b5a8"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/workflow"
INDEX = {
    "IndexName": "open_orders",
    "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}, {"AttributeName": "placed_at", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"},
}


def message_body(stream: str, shard: str, sequence: str, arrived_at: datetime | None = None) -> str:
    """A dead letter as AWS documents it."""
    arrived = (arrived_at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
    batch = {
        "shardId": shard,
        "startSequenceNumber": sequence,
        "endSequenceNumber": sequence,
        "approximateArrivalOfFirstRecord": arrived,
        "approximateArrivalOfLastRecord": arrived,
        "batchSize": 1,
        "streamArn": stream,
    }
    context = {"partnerResourceArn": "arn:aws:pipes:us-east-1:1:pipe/p", "condition": "RetryAttemptsExhausted"}
    return json.dumps({"context": context, "version": "1.0", "DDBStreamBatchInfo": batch})


@dataclass
class WorkflowAccount:
    """The account, and what a test needs to know of the workflow in it."""

    account: Account
    stream: str
    queue_url: str
    state_machine: str

    def place(self, order_id: str = ORDER, *, minutes: int = 60, status: str = "PLACED", execution: str = "") -> None:
        """Write an order to the table."""
        placed_at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
        texts = {"id": order_id, "status": status, "placed_at": placed_at, "trace": "Root=1", "execution": execution}
        if status in ("PLACED", "CHECKED", "FULFILLING"):
            texts["open"] = order_id[-1]
        item = {name: {"S": value} for name, value in texts.items() if value}
        self.account.client("dynamodb").put_item(TableName="orders", Item=item)

    def send_dead_letter(self, sequence: str | None = None) -> None:
        """Send a dead letter for a record of the stream. Default: the last record."""
        streams = self.account.client("dynamodbstreams")
        [shard] = streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=self.stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        number = sequence or records[-1]["dynamodb"]["SequenceNumber"]
        self.send(message_body(self.stream, shard["ShardId"], number))

    def send(self, body: str) -> None:
        """Send a message to the dead-letter queue."""
        self.account.client("sqs").send_message(QueueUrl=self.queue_url, MessageBody=body)

    def messages(self) -> int:
        """Number of visible messages."""
        names = ["ApproximateNumberOfMessages"]
        found = self.account.client("sqs").get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        return int(found["Attributes"][names[0]])

    def inputs(self) -> dict[str, Any]:
        """Execution's name -> its input."""
        client = self.account.client("stepfunctions")
        found = client.list_executions(stateMachineArn=self.state_machine)["executions"]
        return {
            each["name"]: json.loads(client.describe_execution(executionArn=each["executionArn"])["input"])
            for each in found
        }


@contextmanager
def workflow_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkflowAccount]:
    """Deploy a workflow for the block."""
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # moto does not know the endpoints of streams that have the account's ID.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        account = moto_account()
        yield _deploy(account)


def _deploy(account: Account) -> WorkflowAccount:
    table = account.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "open", "placed_at")],
        GlobalSecondaryIndexes=[INDEX],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    queue_url = account.client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"]
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}}
    state_machine = account.client("stepfunctions").create_state_machine(
        name="orders", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    account.client("pipes").create_pipe(
        Name="placed", RoleArn=ROLE, Source=table["LatestStreamArn"], Target=state_machine
    )
    outputs = {
        "StateMachineArn": state_machine,
        "DeadLetterQueueUrl": queue_url,
        "PipeName": "placed",
        "ReconcilerName": "reconcile",
        "OrdersTable": "orders",
    }
    create_stack(account, STACK, outputs)
    return WorkflowAccount(account, table["LatestStreamArn"], queue_url, state_machine)


def create_stack(account: Account, name: str, outputs: dict[str, str]) -> None:
    """Create a stack with these outputs."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {output: {"Value": value} for output, value in outputs.items()},
    }
    account.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
