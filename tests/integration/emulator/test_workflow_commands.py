"""The commands of the workflow against the emulator: its streams, queue, pipe and executions."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from local_aws.cli import main
from tests.emulated.emulator import Emulator, started
from tests.emulated.templates import resource
from tests.unit.deployment.workflow_account import INDEX, ORDER, message_body

pytestmark = pytest.mark.local_run

DEFINITION = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "OrderFailed"}}}
RESOURCES = {
    "Table": resource(
        "AWS::DynamoDB::Table",
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("id", "open", "placed_at")],
        GlobalSecondaryIndexes=[INDEX],
        StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
        BillingMode="PAY_PER_REQUEST",
    ),
    "Queue": resource("AWS::SQS::Queue"),
    "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []}),
    "Machine": resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString=json.dumps(DEFINITION),
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
    ),
    # It starts no execution for an order without a matching status.
    "Pipe": resource(
        "AWS::Pipes::Pipe",
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        Source={"Fn::GetAtt": ["Table", "StreamArn"]},
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["NEVER"]}'}]}},
        Target={"Ref": "Machine"},
    ),
}
OUTPUTS = {
    "StateMachineArn": {"Ref": "Machine"},
    "DeadLetterQueueUrl": {"Ref": "Queue"},
    "PipeName": {"Ref": "Pipe"},
    "OrdersTable": {"Ref": "Table"},
    "ReconcilerName": "reconcile",
}


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        assert running.deploy("OrdersWorkflow", RESOURCES, **OUTPUTS)["StackStatus"] == "CREATE_COMPLETE"
        yield running


def run(emulator: Emulator, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--directory", str(emulator.environment.directory), "workflow", *arguments])
    assert result.exit_code == 0, result.output
    return result


def outputs(emulator: Emulator) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in emulator.stack("OrdersWorkflow")["Outputs"]}


def place(emulator: Emulator) -> None:
    placed_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    texts = {"id": ORDER, "status": "PLACED", "placed_at": placed_at, "trace": "Root=1", "open": ORDER[-1]}
    item = {name: {"S": value} for name, value in texts.items()}
    emulator.client("dynamodb").put_item(TableName="orders", Item=item)


def send_dead_letter(emulator: Emulator) -> None:
    streams = emulator.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName="orders")["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = streams.get_records(ShardIterator=iterator)["Records"]
    body = message_body(stream["StreamArn"], shard["ShardId"], record["dynamodb"]["SequenceNumber"])
    emulator.client("sqs").send_message(QueueUrl=outputs(emulator)["DeadLetterQueueUrl"], MessageBody=body)


def status(emulator: Emulator) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(emulator, "status", "--older-than", "0", "--json").stdout)
    return found


def inputs(emulator: Emulator) -> list[object]:
    states, machine = emulator.client("stepfunctions"), outputs(emulator)["StateMachineArn"]
    found = states.list_executions(stateMachineArn=machine)["executions"]
    return [json.loads(states.describe_execution(executionArn=each["executionArn"])["input"]) for each in found]


def test_a_dead_letter_is_shown_replayed_once_and_its_failed_execution_replaced(emulator: Emulator) -> None:
    place(emulator)
    send_dead_letter(emulator)
    before = status(emulator)
    assert (before["dead_letters"], before["open_orders"]) == (1, {"total": 1, "PLACED": 1})
    assert before["pipe"] == {"state": "RUNNING", "reason": ""}
    assert ORDER in run(emulator, "replay", "--dry-run").output
    for _ in range(2):
        run(emulator, "replay", "--yes")
    assert inputs(emulator) == [[{"order_id": ORDER, "trace": "Root=1"}]]
    assert status(emulator)["dead_letters"] == 0
    own(emulator, f"{ORDER}-gone")
    for _ in range(2):
        run(emulator, "redrive", "--yes")
    assert len(inputs(emulator)) == 2
    assert [{"order_id": ORDER, "trace": "", "takes_over": f"{ORDER}-gone"}] in inputs(emulator)


def own(emulator: Emulator, execution: str) -> None:
    emulator.client("dynamodb").update_item(
        TableName="orders",
        Key={"id": {"S": ORDER}},
        UpdateExpression="SET execution = :execution",
        ExpressionAttributeValues={":execution": {"S": execution}},
    )
