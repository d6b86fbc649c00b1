"""ECS: EventBridge receives an event when a task stops."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import ecs, eventbridge


def publish_stopped_tasks() -> None:
    """MiniStack publishes no event of ECS, and gives no group to a task that runs alone."""
    original = ecs._mark_task_stopped

    def mark_task_stopped(task_arn: str, task: dict[str, Any], *args: Any, **options: Any) -> bool:
        stopped = bool(original(task_arn, task, *args, **options))
        if stopped:
            detail = {name: value for name, value in task.items() if not name.startswith("_")}
            family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
            detail["group"] = task.get("group") or f"family:{family}"
            entry = {
                "Source": "aws.ecs",
                "DetailType": "ECS Task State Change",
                "Detail": json.dumps(detail, default=str),
                "Resources": [task_arn],
            }
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
        return stopped

    ecs._mark_task_stopped = mark_task_stopped
