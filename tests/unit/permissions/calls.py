"""The permissions that the calls of the sample service need, recorded while its code runs."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tests.unit.permissions.expected import TABLE, TOKEN, Grant

# Service of botocore -> its prefix in IAM, and the resource that its calls are on.
SERVICES = {
    "dynamodb": ("dynamodb", TABLE),
    "secretsmanager": ("secretsmanager", TOKEN),
    "stepfunctions": ("states", "MachineOrders"),
}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


class Needed(NamedTuple):
    """A permission that a call needs."""

    action: str
    resource: str


class Recorder:
    """Records calls as a handler of botocore's event `before-parameter-build`.

    Attributes:
        operations: Service and operation, such as `("dynamodb", "GetItem")`.
        needed: The permissions that the calls need.
    """

    def __init__(self) -> None:
        self.operations: set[tuple[str, str]] = set()
        self.needed: set[Needed] = set()

    def __call__(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Record one call."""
        service = model.service_model.service_name
        self.operations.add((service, model.name))
        self.needed |= set(needed(service, model.name, params))


def needed(service: str, operation: str, params: dict[str, Any]) -> Iterator[Needed]:
    """Yield the permissions that a call needs; a transaction needs those of its parts."""
    prefix, resource = SERVICES[service]
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in params["TransactItems"]:
            for part in item:
                yield Needed("dynamodb:GetItem" if part == "Get" else _PARTS[part], resource)
        return
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    yield Needed(f"{prefix}:{operation}", resource + index)


def granted(grants: Iterable[Grant]) -> set[Needed]:
    """Return the permissions of grants."""
    return {Needed(action, resource) for one in grants for action in one.actions.split() for resource in one.resources}
