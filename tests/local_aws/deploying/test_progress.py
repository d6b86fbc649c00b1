"""A deployment is followed through CloudFormation's events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deployment import cdk_log
from deployment.assembly import Assembly, Stack
from deployment.deploy_progress import DeployEvent, Progress

KIND = "AWS::CloudFormation::Stack"


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
    """Answers with the events of a few stacks, newest first."""

    def __init__(self, **events: list[dict[str, object]]) -> None:
        self.events = events

    def get_paginator(self, _operation: str) -> "CloudFormation":
        return self

    def paginate(self, StackName: str) -> list[dict[str, object]]:  # noqa: N803
        if StackName not in self.events:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStackEvents")
        return [{"StackEvents": sorted(self.events[StackName], key=lambda item: -int(str(item["Timestamp"])))}]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "deploy.log"


Followed = Callable[..., tuple[list[DeployEvent], Progress]]


@pytest.fixture
def followed(log: Path) -> Followed:
    stacks = tuple(Stack(name=name, template=Path(name), resources=2, depends_on=()) for name in ("Data", "Service"))
    assembly = Assembly(path=Path(), stacks=stacks, targets={}, images=frozenset({"Orders/Image"}))

    def follow(cloudformation: CloudFormation, written: str = "", **new: list[dict[str, object]]) -> Any:
        told: list[DeployEvent] = []
        with Progress(assembly, cloudformation, told.append, log) as progress:
            cloudformation.events |= {name: cloudformation.events.get(name, []) + made for name, made in new.items()}
            log.write_text(written)
        return told, progress

    return follow


def test_a_stack_is_done_when_cloudformation_says_so(followed):
    made = [event(1, "Data", "CREATE_IN_PROGRESS", KIND), event(2, "Role", "CREATE_COMPLETE")]
    told, progress = followed(CloudFormation(), Data=[*made, event(3, "Data", "CREATE_COMPLETE", KIND)])
    assert told == [DeployEvent(stack="Data", state="done", resources_done=1, resources_total=2, text="Data")]
    assert progress.failure() is None


def test_the_first_failure_is_the_reason_not_what_was_cancelled_for_it(followed):
    events = [
        event(1, "Service", "CREATE_IN_PROGRESS", KIND),
        event(3, "Tasks", "CREATE_FAILED", reason="Main exited with 7"),
        event(2, "Other", "CREATE_FAILED", reason="Resource creation cancelled"),
        event(5, "Service", "ROLLBACK_COMPLETE", KIND),
    ]
    told, progress = followed(CloudFormation(), Service=events)
    assert (told[-1].state, told[-1].text) == ("failed", "Tasks: Main exited with 7")
    failure = progress.failure()
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
    told, progress = followed(CloudFormation(Service=before), Service=after)
    assert [one.state for one in told] == ["failed"]
    assert progress.failure().cause == "circuit breaker"


def test_a_stack_that_does_not_change_is_not_mentioned(followed):
    told, _ = followed(CloudFormation(Data=[event(1, "Data", "CREATE_COMPLETE", KIND)]))
    assert told == []


def test_the_image_is_followed_in_the_log(followed):
    written = """Stack: start: Building Stack Template
Service: start: Building Orders/Image
Service: success: Built Orders/Image
Service: start: Publishing Orders/Image (current_account-current_region-9a0d7ae5)
Service: success: Published Orders/Image (current_account-current_region-9a0d7ae5)
"""
    told, _ = followed(CloudFormation(), written)
    assert [one.text for one in told if one.state == "image"] == ["building", "pushing", "pushed"]


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
def test_what_no_resource_explains_is_read_from_the_log(log_text, expected):
    assert cdk_log.cause(log_text) == expected


def test_a_build_that_fails_may_need_another_base_image():
    assert "--base-image" in cdk_log.fix("Stack: docker build … exited with 1", Path("deploy.log"))
    assert cdk_log.fix("access denied", Path("deploy.log")) == "see deploy.log"


def test_long_lines_of_the_log_are_cut():
    assert len(cdk_log.cause("x" * 1000)) == cdk_log.LINE
