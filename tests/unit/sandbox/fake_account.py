"""CloudFormation of an account in memory, a clock that waits in no time, and a run in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from sandbox import state
from sandbox.environment import AccountEnvironment
from sandbox.preflight.stack_collisions import TAG
from sandbox.run_limit import Clock
from sandbox.state import RunState, StateFile
from tests.unit.deployment.aws_responses import ACCOUNT_ID, REGION

STARTED = datetime(2026, 11, 29, 12, tzinfo=UTC)
LIMIT = STARTED + timedelta(hours=4)
RUN = "k3x9ab"
STACK_TYPE = "AWS::CloudFormation::Stack"


class FakeClock(Clock):
    """A clock in which waiting takes no time.

    Attributes:
        seconds: seconds since the run started.
        waits: how often something waited.
        on_wait: called after each wait.
    """

    def __init__(self, limit: datetime | None = None) -> None:
        self.seconds = 0.0
        self.waits = 0
        self.on_wait: Callable[[], None] = lambda: None
        super().__init__(
            limit, utc_now=lambda: STARTED + timedelta(seconds=self.seconds), now=lambda: self.seconds, wait=self._pass
        )

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits += 1
        assert self.waits < 100_000, "an endless wait"
        self.on_wait()


class FakeCloudFormation:
    """Stacks in memory. Each description of a stack that changes brings it nearer to the end of the change.

    Attributes:
        calls: the changing calls: operation and stack.
        fails: ID of a stack -> how many of its deletions fail.
        steps: descriptions until a change ends.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.fails: dict[str, int] = {}
        self.steps = 2
        self.denied: set[str] = set()
        self.events: dict[str, list[dict[str, Any]]] = {}
        self._left: dict[str, int] = {}

    def add(self, name: str, run: str = RUN, status: str = "CREATE_COMPLETE") -> str:
        """Create a stack, and return its ID."""
        stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{name}/{len(self.stacks)}"
        tags = [{"Key": TAG, "Value": run}] if run else []
        self.stacks[stack_id] = {"StackName": name, "StackId": stack_id, "StackStatus": status, "Tags": tags}
        self._event(stack_id, name, status, STACK_TYPE)
        return stack_id

    def status(self, stack_id: str) -> str:
        return str(self.stacks[stack_id]["StackStatus"])

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        self._allow("DescribeStacks")
        stack = self._stack(StackName)
        left = self._left.get(stack["StackId"], 0)
        if left:
            self._left[stack["StackId"]] = left - 1
            if left == 1:
                self._end(stack)
        return {"Stacks": [dict(stack)]}

    # A parameter such as DeletionMode or RetainResources would be an error.
    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        self._change("DeleteStack", StackName, "DELETE_IN_PROGRESS")

    def cancel_update_stack(self, StackName: str) -> None:  # noqa: N803
        self._change("CancelUpdateStack", StackName, "UPDATE_ROLLBACK_IN_PROGRESS")

    def get_paginator(self, operation: str) -> Any:
        return _Pages(self, operation)

    def pages(self, operation: str, StackName: str = "") -> Iterator[dict[str, Any]]:  # noqa: N803
        if operation == "describe_stacks":
            yield {"Stacks": [stack for stack in self.stacks.values() if stack["StackStatus"] != "DELETE_COMPLETE"]}
        elif operation == "list_stack_resources":
            yield {"StackResourceSummaries": []}
        else:
            yield {"StackEvents": list(reversed(self.events[self._stack(StackName)["StackId"]]))}

    def _stack(self, name_or_id: str) -> dict[str, Any]:
        if name_or_id in self.stacks:
            return self.stacks[name_or_id]
        for stack in reversed(self.stacks.values()):
            if stack["StackName"] == name_or_id and stack["StackStatus"] != "DELETE_COMPLETE":
                return stack
        message = f"Stack with id {name_or_id} does not exist"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")

    def _change(self, operation: str, stack_id: str, status: str) -> None:
        self._allow(operation)
        self.calls.append((operation, stack_id))
        stack = self._stack(stack_id)
        stack["StackStatus"] = status
        self._left[stack["StackId"]] = self.steps
        self._event(stack["StackId"], stack["StackName"], status, STACK_TYPE)

    def _end(self, stack: dict[str, Any]) -> None:
        stack_id, name = stack["StackId"], stack["StackName"]
        if stack["StackStatus"] == "DELETE_IN_PROGRESS" and self.fails.get(stack_id, 0):
            self.fails[stack_id] -= 1
            self._event(stack_id, "Images", "DELETE_FAILED", "AWS::ECR::Repository", "it has images")
            stack["StackStatus"] = "DELETE_FAILED"
        else:
            stack["StackStatus"] = stack["StackStatus"].replace("_IN_PROGRESS", "_COMPLETE")
        self._event(stack_id, name, stack["StackStatus"], STACK_TYPE)

    def _event(self, stack_id: str, logical_id: str, status: str, type_: str, reason: str = "") -> None:
        events = self.events.setdefault(stack_id, [])
        events.append(
            {
                "EventId": f"{stack_id}/{len(events)}",
                "LogicalResourceId": logical_id,
                "ResourceType": type_,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
        )

    def _allow(self, operation: str) -> None:
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, operation)


class _Pages:
    def __init__(self, cloudformation: FakeCloudFormation, operation: str) -> None:
        self.cloudformation = cloudformation
        self.operation = operation

    def paginate(self, **named: str) -> Iterator[dict[str, Any]]:
        return self.cloudformation.pages(self.operation, **named)


@dataclass(frozen=True, kw_only=True)
class FakeAccount(AccountEnvironment):
    """The environment of a run with CloudFormation in memory; other services have no client.

    Attributes:
        caller: account ID of the credentials.
    """

    caller: str = ACCOUNT_ID

    def client(self, service: str, keys: Any = None) -> Any:  # noqa: ARG002
        if service == "sts":
            return _Sts(self.caller)
        if service != "cloudformation":
            raise EndpointConnectionError(endpoint_url=service)
        return CLOUDFORMATION_OF[self.directory]


class _Sts:
    def __init__(self, account: str) -> None:
        self.account = account

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/ann"}


# Directory of a run -> its CloudFormation.
CLOUDFORMATION_OF: dict[Path, FakeCloudFormation] = {}


def new_state(**changes: Any) -> RunState:
    """The state of a run of the target lambda."""
    given: dict[str, Any] = {
        "run": RUN,
        "account": ACCOUNT_ID,
        "region": REGION,
        "level": "smoke",
        "targets": ("lambda",),
        "assembly": "cdk.out",
        "names": ("OrdersRegistry", "OrdersData", "OrdersOnLambda"),
        "started": STARTED,
        "limit": LIMIT,
        "hours": 4.0,
        "ceiling_usd": 5.0,
    }
    return RunState(**given | changes)


def new_file(runs: Path, **changes: Any) -> StateFile:
    """The state file of a run."""
    found = new_state(**changes)
    (runs / found.run).mkdir(parents=True)
    return state.create(found, runs)


def account_of(file: StateFile, cloudformation: FakeCloudFormation, assembly: Path | None = None) -> FakeAccount:
    """The environment of a run."""
    CLOUDFORMATION_OF[file.directory] = cloudformation
    return FakeAccount(
        run=file.state.run,
        account=file.state.account,
        region=file.state.region,
        directory=file.directory,
        assembly=assembly or Path(file.state.assembly),
    )
