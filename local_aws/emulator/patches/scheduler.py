"""EventBridge Scheduler: tasks of ECS as targets, dead-letter queues, and schedules that start on time."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.arn import parse_arn
from ministack.services import ecs, eventbridge, lambda_svc, scheduler

_TICK_S = 1


def run_tasks() -> None:
    """MiniStack ignores targets of ECS, and looks for due schedules every ten seconds only."""
    invoke = eventbridge._invoke_target
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_S

    def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: Any, view: Any = None) -> Any:
        parameters = target.get("EcsParameters")
        if not parameters:
            return invoke(target, event, rule, view)
        response = ecs._run_task(_request(target["Arn"], parameters))
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if response[0] >= 400 and queue:
            eventbridge._dispatch_to_sqs(parse_arn(queue), json.dumps({"error": str(response[2]), "target": target}))
        return None

    eventbridge._invoke_target = invoke_target


def _request(cluster: str, parameters: dict[str, Any]) -> dict[str, Any]:
    network = parameters.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    return {
        "cluster": cluster,
        "taskDefinition": parameters["TaskDefinitionArn"],
        "count": int(parameters.get("TaskCount", 1)),
        "launchType": parameters.get("LaunchType", "FARGATE"),
        "networkConfiguration": {
            "awsvpcConfiguration": {name[:1].lower() + name[1:]: value for name, value in network.items()}
        },
    }


def report_failed_invocations() -> None:
    """MiniStack invokes functions of rules and schedules once, without the retries and destination of their alias."""

    def dispatch(arn: str, payload: str) -> None:
        function, config, name = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            configs = lambda_svc._functions[name].get("event_invoke_configs") or {}
            record = lambda_svc._execution_record_for_config(function, config)
            chosen = {"event_invoke_config": configs.get(arn.rpartition(":")[2])}
            lambda_svc.invoke_async_with_retry({**record, **chosen}, json.loads(payload))

    eventbridge._dispatch_to_lambda = dispatch
