"""Slots: a limit of how many executions of the workflow run a task at the same time.

The state machine takes and releases them with conditional updates of one item, whose set `holders` has the names of the
executions. An execution that ends without releasing its slot, for example because an operator aborts it, leaves its name;
the reconciler removes it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SLOTS_ID = "fulfilment"


class Slots:
    """The slots of the workflow's task."""

    def __init__(self, table_name: str, client: "DynamoDBClient") -> None:
        self._name = table_name
        self._client = client

    def holders(self) -> list[str]:
        """Return the names of the executions that hold a slot."""
        response = self._client.get_item(TableName=self._name, Key={"id": {"S": SLOTS_ID}}, ConsistentRead=True)
        return sorted(response.get("Item", {}).get("holders", {}).get("SS", ()))

    def release(self, execution: str) -> None:
        """Release the slot of an execution; no effect if it holds none."""
        self._client.update_item(
            TableName=self._name,
            Key={"id": {"S": SLOTS_ID}},
            UpdateExpression="DELETE holders :execution",
            ExpressionAttributeValues={":execution": {"SS": [execution]}},
        )
