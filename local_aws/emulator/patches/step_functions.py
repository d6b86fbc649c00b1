"""Step Functions: `ecs:runTask.sync` fails when its task fails."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions


def fail_tasks_on_exit_code() -> None:
    """MiniStack ignores exit codes of containers, and returns the task with camelCase keys."""
    original = stepfunctions._poll_ecs_tasks

    def poll(cluster: str, task_arns: list[str]) -> Any:
        result = original(cluster, task_arns)
        for task in result["tasks"]:
            codes = [container.get("exitCode") for container in task["containers"]]
            if task.get("stopCode") == "TaskFailedToStart" or any(code != 0 for code in codes):
                raise stepfunctions._ExecutionError("States.TaskFailed", f"{task['stoppedReason']}; exit codes {codes}")
        return _pascal_case(result)

    stepfunctions._poll_ecs_tasks = poll


def _pascal_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _pascal_case(item) for key, item in value.items()}
    return [_pascal_case(item) for item in value] if isinstance(value, list) else value
