"""A deployment is followed through CloudFormation's events."""

from pathlib import Path

from botocore.exceptions import ClientError

from local_aws.assembly import Assembly, Stack
from local_aws.progress import DeployEvent, Progress

KIND = "AWS::CloudFormation::Stack"


def event(moment: int, resource: str, status: str, kind: str = "AWS::IAM::Role", reason: str = "") -> dict[str, object]:
    return {
        "Timestamp": moment,
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceType": kind,
        "ResourceStatusReason": reason,
    }


class CloudFormation:
    """Answers with the events of a few stacks, newest first."""

    def __init__(self, **events: list[dict[str, object]]) -> None:
        self.events = events

    def describe_stack_events(self, StackName: str) -> dict[str, object]:  # noqa: N803
        if StackName not in self.events:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStackEvents")
        return {"StackEvents": sorted(self.events[StackName], key=lambda item: -int(str(item["Timestamp"])))}


def followed(cloudformation: CloudFormation) -> tuple[list[DeployEvent], Progress]:
    stacks = tuple(Stack(name=name, template=Path(name), resources=2, depends_on=()) for name in ("Data", "Service"))
    told: list[DeployEvent] = []
    with Progress(Assembly(path=Path(), stacks=stacks, targets={}), cloudformation, told.append) as progress:
        pass
    return told, progress


def test_a_stack_is_done_when_cloudformation_says_so():
    made = [event(1, "Data", "CREATE_IN_PROGRESS", KIND), event(2, "Role", "CREATE_COMPLETE")]
    told, progress = followed(CloudFormation(Data=[*made, event(3, "Data", "CREATE_COMPLETE", KIND)]))
    assert told == [DeployEvent(stack="Data", state="done", resources_done=1, resources_total=2, text="Data")]
    assert progress.failure() is None


def test_the_first_failure_is_the_reason_not_what_was_cancelled_for_it():
    events = [
        event(1, "Service", "CREATE_IN_PROGRESS", KIND),
        event(3, "Tasks", "CREATE_FAILED", reason="Main exited with 7"),
        event(2, "Other", "CREATE_FAILED", reason="Resource creation cancelled"),
        event(5, "Service", "ROLLBACK_COMPLETE", KIND),
    ]
    told, progress = followed(CloudFormation(Service=events))
    assert (told[-1].state, told[-1].text) == ("failed", "Tasks: Main exited with 7")
    failure = progress.failure()
    assert failure is not None
    assert failure.fact == "Service was not deployed: Tasks failed"
    assert failure.why == "Main exited with 7"
