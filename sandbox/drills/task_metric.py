"""The metric of stopped tasks: stop three tasks of the workflow, and look for the events that the rule has matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from deployment.deployed_app import DeployedApp
from deployment.orders_client import client_for, order_body
from deployment.preflight.account import AWS_ERRORS, Account
from sandbox.drill import DrillContext
from sandbox.drills.target import MINUTE_S, all_resources, poll

PERMISSIONS = ("cloudwatch:GetMetricData", "ecs:ListTasks", "ecs:StopTask", "secretsmanager:GetSecretValue")
TASKS = 3
_START_LIMIT_S, _START_POLL_S = 5 * MINUTE_S, 2.0
_METRIC_LIMIT_S, _METRIC_POLL_S = 15 * MINUTE_S, 30.0
_RULE, _DEFINITION = "StoppedTasks", "Fulfil"
_REASON = "sandbox drill D7"


def counts_stopped_tasks(context: DrillContext, account: Account) -> bool | None:
    """Whether EventBridge counts stopped tasks of the workflow; None if they were not stopped, or AWS does not tell."""
    rules = [one.id for one in all_resources(context, account, "AWS::Events::Rule") if _RULE in one.logical_id]
    definitions = [
        one.id for one in all_resources(context, account, "AWS::ECS::TaskDefinition") if _DEFINITION in one.logical_id
    ]
    clusters = [one.id for one in all_resources(context, account, "AWS::ECS::Cluster")]
    if not rules or not definitions or not clusters:
        return None
    began = datetime.now(UTC)
    try:
        if not _place_orders(context) or not _stop(context, account, clusters, family_of(definitions[0])):
            return None
        return (
            poll(
                context,
                lambda: judge_counted(_counted(account, rules[0].rpartition("/")[2], began)) or None,
                "the metric of stopped tasks",
                every_s=_METRIC_POLL_S,
                limit_s=_METRIC_LIMIT_S,
            )
            is True
        )
    except AWS_ERRORS:
        return None


def family_of(definition: str) -> str:
    """Return the family in the ARN of a task definition."""
    return definition.rpartition("/")[2].partition(":")[0]


def _place_orders(context: DrillContext) -> bool:
    app = DeployedApp.read(context.environment)
    if not app.has_orders_api:
        return False
    client = client_for(app, context.target, app.api_token())
    try:
        with closing(client.http):
            return all(client.post(order_body()).status_code == httpx.codes.CREATED for _ in range(TASKS))
    except httpx.TransportError:
        return False


def _stop(context: DrillContext, account: Account, clusters: Sequence[str], family: str) -> bool:
    """Stop tasks of one family, as the workflow starts them; return whether there were enough."""
    stopped: set[str] = set()

    def stop_new() -> bool | None:
        for cluster in clusters:
            arns = account.pages(
                "ecs", "list_tasks", "taskArns", cluster=cluster, family=family, desiredStatus="RUNNING"
            )
            for arn in [arn for arn in arns if arn not in stopped][: TASKS - len(stopped)]:
                account.client("ecs").stop_task(cluster=cluster, task=arn, reason=_REASON)
                stopped.add(arn)
        return True if len(stopped) >= TASKS else None

    return bool(poll(context, stop_new, "tasks of the workflow", every_s=_START_POLL_S, limit_s=_START_LIMIT_S))


def _counted(account: Account, rule: str, since: datetime) -> list[Mapping[str, Any]]:
    metric = {
        "Namespace": "AWS/Events",
        "MetricName": "TriggeredRules",
        "Dimensions": [{"Name": "RuleName", "Value": rule}],
    }
    queries = [{"Id": "m0", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
    return list(
        account.pages(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            MetricDataQueries=queries,
            StartTime=since - timedelta(minutes=1),
            EndTime=datetime.now(UTC),
        )
    )


def judge_counted(results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rule has matched at least as many events as tasks were stopped."""
    return sum(sum(one.get("Values", ())) for one in results) >= TASKS
