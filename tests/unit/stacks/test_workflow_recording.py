"""The direct writes of the workflow: a table evaluates the expressions of the template."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import moto
import pytest

from tests.unit.stacks.conftest import States

# Deleted after each test: other tests use the same account of moto.
TABLE = "recorded"

KEY = {"id": {"S": "ord_1"}}
EXECUTION = "{% $states.context.Execution.Name %}"
OWNER = "execution-1"
RECORDED = ("FULFILLING", "FULFILLED")


@pytest.mark.parametrize("status", ["PLACED", "CHECKED", "REJECTED", "CANCELLED", "FAILED", *RECORDED])
def test_recording_a_shipment_twice_has_one_effect(tasks: States, status: str) -> None:
    arguments = tasks["Record shipment"]["Arguments"]
    with orders_table() as table:
        shipped = {"shipment": {"S": "shp_1"}} if status == "FULFILLED" else {"open": {"S": "1"}}
        owned = {**KEY, "execution": {"S": OWNER}}
        table.put_item(TableName=TABLE, Item={**owned, "status": {"S": status}, **shipped})
        before = table.get_item(TableName=TABLE, Key=KEY)["Item"]
        recorded = {**owned, "status": {"S": "FULFILLED"}, "shipment": {"S": "shp_1"}}
        for _ in range(2):
            assert is_rejected(table, arguments, "shp_1") == (status not in RECORDED)
            assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == (recorded if status in RECORDED else before)
        assert is_rejected(table, arguments, "shp_2")


def test_only_the_owner_records_a_shipment(tasks: States) -> None:
    arguments = tasks["Record shipment"]["Arguments"]
    with orders_table() as table:
        other = {**KEY, "status": {"S": "FULFILLING"}, "execution": {"S": "another"}}
        table.put_item(TableName=TABLE, Item=other)
        assert is_rejected(table, arguments, "shp_1")
        assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == other


def test_slots_are_limited_and_taken_once_by_each_execution(tasks: States) -> None:
    """An update that is repeated after a lost response takes no second slot."""
    with orders_table() as table:
        limit = int(tasks["Acquire slot"]["Arguments"]["ExpressionAttributeValues"][":limit"]["N"])
        for number in range(limit):
            for _ in range(2):
                assert change_slots(table, tasks["Acquire slot"], f"e{number}")
        assert not change_slots(table, tasks["Acquire slot"], "one-more")
        for _ in range(2):
            assert change_slots(table, tasks["Release slot"], "e0")
        assert change_slots(table, tasks["Acquire slot"], "one-more")
        [item] = table.scan(TableName=TABLE)["Items"]
        assert sorted(item["holders"]["SS"]) == sorted(["one-more", *(f"e{number}" for number in range(1, limit))])


def test_the_last_slot_can_be_released(tasks: States) -> None:
    with orders_table() as table:
        for state in ("Acquire slot", "Release slot", "Release slot", "Acquire slot"):
            assert change_slots(table, tasks[state], "e0")


def change_slots(table: Any, state: dict[str, Any], execution: str) -> bool:
    """Make the write of a state; return whether its condition held."""
    arguments = json.loads(json.dumps(state["Arguments"]).replace(EXECUTION, execution))
    try:
        table.update_item(**arguments | {"TableName": TABLE})
    except table.exceptions.ConditionalCheckFailedException:
        return False
    return True


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
    values = {**arguments["ExpressionAttributeValues"], ":shipment": {"S": shipment}, ":execution": {"S": OWNER}}
    update = {name: arguments[name] for name in passed}
    try:
        table.update_item(TableName=TABLE, Key=KEY, ExpressionAttributeValues=values, **update)
    except table.exceptions.ConditionalCheckFailedException:
        return True
    return False
