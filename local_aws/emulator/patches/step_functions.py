"""Step Functions: `ecs:runTask.sync` fails when its task does."""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine


def believe_exit_codes(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack succeeds whatever the containers' exit codes; its answer is in camelCase."""
    original = stepfunctions._poll_ecs_tasks

    def poll(cluster: str, task_arns: list[str]) -> Any:
        result = original(cluster, task_arns)
        for task in result["tasks"]:
            codes = [container.get("exitCode") for container in task["containers"]]
            if task.get("stopCode") == "TaskFailedToStart" or any(code != 0 for code in codes):
                raise stepfunctions._ExecutionError("States.TaskFailed", f"{task['stoppedReason']}; exit codes {codes}")
        return _pascal(result)

    stepfunctions._poll_ecs_tasks = poll


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _pascal(item) for key, item in value.items()}
    return [_pascal(item) for item in value] if isinstance(value, list) else value
