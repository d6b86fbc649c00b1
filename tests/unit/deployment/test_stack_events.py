"""A deployment, followed by CloudFormation's events and the CDK CLI's log."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deployment import cdk, stack_events
from deployment.assembly import Stack
from deployment.stack_events import DeployEvent, DeployMonitor

KIND = "AWS::CloudFormation::Stack"
PAGE = 10


def event(moment: int, resource: str, status: str, kind: str = "AWS::IAM::Role", reason: str = "") -> dict[str, object]:
    return {
        "Timestamp": moment,
        "EventId": f"{resource}-{moment}",
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceType": kind,
        "ResourceStatusReason": reason,
    }


class CloudFormation:
    """Returns the events of a few stacks, newest first, in pages; it counts the events that were read."""

    def __init__(self, **events: list[dict[str, object]]) -> None:
        self.events = events
        self.read: dict[str, int] = {}

    def get_paginator(self, _operation: str) -> "CloudFormation":
        return self

    def paginate(self, StackName: str) -> Iterator[dict[str, object]]:  # noqa: N803
        if StackName not in self.events:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStackEvents")
        newest_first = sorted(self.events[StackName], key=lambda item: -int(str(item["Timestamp"])))
        for start in range(0, len(newest_first), PAGE):
            page = newest_first[start : start + PAGE]
            self.read[StackName] = self.read.get(StackName, 0) + len(page)
            yield {"StackEvents": page}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "deploy.log"


Followed = Callable[..., tuple[list[DeployEvent], DeployMonitor]]


@pytest.fixture
def followed(log: Path) -> Followed:
    stacks = tuple(Stack(name=name, template=Path(name), resources=2, depends_on=()) for name in ("Data", "Service"))

    def follow(cloudformation: CloudFormation, written: str = "", **new: list[dict[str, object]]) -> Any:
        events_seen: list[DeployEvent] = []
        with DeployMonitor(stacks, {"Orders/Image"}, cloudformation, events_seen.append, log, 0.05) as monitor:
            cloudformation.events |= {name: cloudformation.events.get(name, []) + made for name, made in new.items()}
            log.write_text(written)
        return events_seen, monitor

    return follow


def test_a_stack_is_done_when_its_status_is_complete(followed):
    made = [event(1, "Data", "CREATE_IN_PROGRESS", KIND), event(2, "Role", "CREATE_COMPLETE")]
    events_seen, monitor = followed(CloudFormation(), Data=[*made, event(3, "Data", "CREATE_COMPLETE", KIND)])
    assert events_seen == [DeployEvent(stack="Data", state="done", resources_done=1, resources_total=2, text="Data")]
    assert monitor.failure() is None


def test_the_first_failure_is_the_reason_and_not_a_cancelled_resource(followed):
    events = [
        event(1, "Service", "CREATE_IN_PROGRESS", KIND),
        event(3, "Tasks", "CREATE_FAILED", reason="Main exited with 7"),
        event(2, "Other", "CREATE_FAILED", reason="Resource creation cancelled"),
        event(5, "Service", "ROLLBACK_COMPLETE", KIND),
    ]
    events_seen, monitor = followed(CloudFormation(), Service=events)
    assert (events_seen[-1].state, events_seen[-1].text) == ("failed", "Tasks: Main exited with 7")
    failure = monitor.failure()
    assert failure is not None
    assert failure.message == "Service was not deployed: Tasks failed"
    assert failure.cause == "Main exited with 7"


def test_an_update_that_fails_is_not_mistaken_for_the_creation_before_it(followed):
    before = [event(1, "Service", "CREATE_IN_PROGRESS", KIND), event(2, "Service", "CREATE_COMPLETE", KIND)]
    after = [
        event(3, "Service", "UPDATE_IN_PROGRESS", KIND),
        event(4, "Tasks", "UPDATE_FAILED", reason="circuit breaker"),
        event(5, "Service", "UPDATE_ROLLBACK_COMPLETE", KIND),
    ]
    events_seen, monitor = followed(CloudFormation(Service=before), Service=after)
    assert [one.state for one in events_seen] == ["failed"]
    assert monitor.failure().cause == "circuit breaker"


def test_events_of_earlier_operations_are_not_read_again(followed):
    """Otherwise each deployment of an old stack costs more CPU than the one before."""
    before = [event(moment, "Role", "UPDATE_COMPLETE") for moment in range(1000)]
    cloudformation = CloudFormation(Data=before)
    followed(cloudformation, Data=[event(1000, "Data", "UPDATE_IN_PROGRESS", KIND)])
    polls = 2
    assert 0 < cloudformation.read["Data"] <= polls * PAGE
    newest = stack_events.last_operation(stack_events.read(cloudformation, "Data"))
    assert len(newest) == 1
    assert cloudformation.read["Data"] <= (polls + 1) * PAGE


def test_a_stack_without_changes_causes_no_event(followed):
    events_seen, _ = followed(CloudFormation(Data=[event(1, "Data", "CREATE_COMPLETE", KIND)]))
    assert events_seen == []


def test_the_image_is_followed_in_the_log(followed):
    written = """Stack: start: Building Stack Template
Service: start: Building Orders/Image
Service: success: Built Orders/Image
Service: start: Publishing Orders/Image (current_account-current_region-9a0d7ae5)
Service: success: Published Orders/Image (current_account-current_region-9a0d7ae5)
"""
    events_seen, _ = followed(CloudFormation(), written)
    assert [one.text for one in events_seen if one.state == "image"] == ["building", "pushing", "pushed"]


BUILD = "OrdersWorkflow: fail: docker build --build-arg 'A=<redacted>' --tag x . exited with error code 1: DEPRECATED"


@pytest.mark.parametrize(
    ("log_text", "expected"),
    [
        (
            f"OrdersData | 1 | x\n{BUILD}\n  Install buildx\n\npull access denied for does-not-exist\n"
            "Failed to build asset Check/Image",
            "OrdersWorkflow: docker build … exited with 1\npull access denied for does-not-exist",
        ),
        (
            f"{BUILD}\nError: no route to registry\nOrdersData |  12 | 12:38:30 PM | CREATE_COMPLETE\nStack ARN:",
            "OrdersWorkflow: docker build … exited with 1\nError: no route to registry",
        ),
        ("something\nOrdersData: start: Building it\n", "something"),
        ("", ""),
    ],
    ids=["docker", "podman, among others", "no image", "nothing"],
)
def test_a_failure_that_no_resource_explains_is_read_from_the_log(log_text, expected):
    assert cdk.cause_in(log_text) == expected


def test_a_build_that_fails_may_need_another_base_image():
    assert "--base-image" in cdk.fix_for("Stack: docker build … exited with 1", Path("deploy.log"))
    assert cdk.fix_for("access denied", Path("deploy.log")) == "see deploy.log"


def test_long_lines_of_the_log_are_cut():
    assert len(cdk.cause_in("x" * 1000)) == cdk.MAX_CAUSE
