"""The one write that the workflow makes itself: the template's own expressions, run by a table."""

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest

from tests.unit.stacks.conftest import States

# Of its own, and deleted again: the account that moto invents is shared with the service's tests.
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
            assert is_refused(table, arguments, "shp_1") == (status not in RECORDED)
            assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == (recorded if status in RECORDED else before)
        assert is_refused(table, arguments, "shp_2")


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


def is_refused(table: Any, arguments: dict[str, Any], shipment: str) -> bool:
    """Whether the table refuses what the step asks for with this shipment."""
    passed = ("UpdateExpression", "ConditionExpression", "ExpressionAttributeNames")
    values = {**arguments["ExpressionAttributeValues"], ":shipment": {"S": shipment}}
    update = {name: arguments[name] for name in passed}
    try:
        table.update_item(TableName=TABLE, Key=KEY, ExpressionAttributeValues=values, **update)
    except table.exceptions.ConditionalCheckFailedException:
        return True
    return False
