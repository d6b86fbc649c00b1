"""ECS sends events of stopped tasks to EventBridge."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs, eventbridge

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
_FIELDS = (
    "clusterArn",
    "containers",
    "desiredStatus",
    "group",
    "lastStatus",
    "overrides",
    "startedBy",
    "stopCode",
    "stoppedReason",
    "taskArn",
    "taskDefinitionArn",
)


def send_task_events() -> None:
    """MiniStack's ECS sends no events: nobody would learn of a task that was killed."""
    original = ecs._mark_task_stopped

    def mark_stopped(arn: str, task: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        stopped = original(arn, task, *args, **kwargs)
        if stopped:
            account, region = get_account_id(), get_region()
            detail = json.dumps({field: task.get(field) for field in _FIELDS} | {"lastStatus": "STOPPED"})
            spawn_background(lambda: _send(account, region, arn, detail), thread_name="local-aws-ecs-event")
        return stopped

    ecs._mark_task_stopped = mark_stopped


def _send(account: str, region: str, arn: str, detail: str) -> None:
    entry = {"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Resources": [arn], "Detail": detail}
    with request_scope(account, region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
