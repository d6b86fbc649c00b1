"""The only direct write of the workflow: a table evaluates the expressions of the template."""

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest

from tests.unit.stacks.conftest import States

# Deleted after each test: other tests use the same account of moto.
TABLE = "recorded"

KEY = {"id": {"S": "ord_1"}}
RECORDED = ("FULFILLING", "FULFILLED")


@pytest.mark.parametrize("status", ["PLACED", "CHECKED", "REJECTED", "CANCELLED", "FAILED", *RECORDED])
def test_recording_a_shipment_twice_has_one_effect(tasks: States, status: str) -> None:
    arguments = tasks["Record shipment"]["Arguments"]
    with orders_table() as table:
        shipped = {"shipment": {"S": "shp_1"}} if status == "FULFILLED" else {}
        table.put_item(TableName=TABLE, Item={**KEY, "status": {"S": status}, **shipped})
        before = table.get_item(TableName=TABLE, Key=KEY)["Item"]
        recorded = {**KEY, "status": {"S": "FULFILLED"}, "shipment": {"S": "shp_1"}}
        for _ in range(2):
            assert is_rejected(table, arguments, "shp_1") == (status not in RECORDED)
            assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == (recorded if status in RECORDED else before)
        assert is_rejected(table, arguments, "shp_2")


@contextlib.contextmanager
def orders_table() -> Iterator[Any]:
    with moto.mock_aws():
        table = boto3.client("dynamodb", region_name="us-east-1")
        table.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        try:
            yield table
        finally:
            table.delete_table(TableName=TABLE)


def is_rejected(table: Any, arguments: dict[str, Any], shipment: str) -> bool:
    """Whether the table rejects the write of the step with this shipment."""
    passed = ("UpdateExpression", "ConditionExpression", "ExpressionAttributeNames")
    values = {**arguments["ExpressionAttributeValues"], ":shipment": {"S": shipment}}
    update = {name: arguments[name] for name in passed}
    try:
        table.update_item(TableName=TABLE, Key=KEY, ExpressionAttributeValues=values, **update)
    except table.exceptions.ConditionalCheckFailedException:
        return True
    return False
