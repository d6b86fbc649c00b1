"""The one write that the workflow makes itself: the template's own expressions, run by a table."""

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest

from tests.stacks.conftest import States

RECORDED = {"FULFILLING": "FULFILLED", "FULFILLED": "FULFILLED"}


@pytest.mark.parametrize("status", ["PLACED", "CHECKED", "REJECTED", "CANCELLED", "FAILED", "FULFILLING", "FULFILLED"])
def test_recording_a_shipment_twice_has_one_effect(tasks: States, status: str) -> None:
    arguments = tasks["Record shipment"]["Arguments"]
    held = {":shipment": {"S": "shp_1"}}
    values = {name: held.get(name, value) for name, value in arguments["ExpressionAttributeValues"].items()}
    expressions = {name: arguments[name] for name in ("UpdateExpression", "ConditionExpression")}
    with orders_table() as table:
        shipped = {"shipment": {"S": "shp_1"}} if status == "FULFILLED" else {}
        table.put_item(TableName="orders", Item={"id": {"S": "ord_1"}, "status": {"S": status}, **shipped})
        for _ in range(2):
            refused = record(
                table,
                Key={"id": {"S": "ord_1"}},
                ExpressionAttributeNames=arguments["ExpressionAttributeNames"],
                ExpressionAttributeValues=values,
                **expressions,
            )
            item = table.get_item(TableName="orders", Key={"id": {"S": "ord_1"}})["Item"]
            assert item["status"] == {"S": RECORDED.get(status, status)}
            assert refused == (status not in RECORDED)
            assert ("shipment" in item) == (status in RECORDED)
        values[":shipment"] = {"S": "shp_2"}
        names = arguments["ExpressionAttributeNames"]
        other = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values, **expressions}
        assert record(table, Key={"id": {"S": "ord_1"}}, **other)


@contextlib.contextmanager
def orders_table() -> Iterator[Any]:
    with moto.mock_aws():
        table = boto3.client("dynamodb", region_name="us-east-1")
        table.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield table


def record(table: Any, **update: Any) -> bool:
    """Whether the table refuses."""
    try:
        table.update_item(TableName="orders", **update)
    except table.exceptions.ConditionalCheckFailedException:
        return True
    return False
