"""Facts about the workflow after its first orders: whether its sampling rule matches, and an order without a trace."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from deployment.deployed_app import DeployedApp
from deployment.preflight.account import AWS_ERRORS, Account
from deployment.workflow_verification import FINAL
from sandbox.drill import DrillContext
from sandbox.drills.target import MINUTE_S, all_resources, poll

PERMISSIONS = ("dynamodb:GetItem", "dynamodb:PutItem", "xray:GetSamplingStatisticSummaries")
_RULE = "AWS::XRay::SamplingRule"
_STATISTICS_LIMIT_S, _STATISTICS_POLL_S = 5 * MINUTE_S, 30.0
_ORDER_POLL_S = 5.0
# The attribute that is left out, and those that later steps of the workflow add.
_ADDED = ("execution", "reason", "shipment", "trace")


def sampling_rule_matches(context: DrillContext, account: Account, since: datetime) -> bool | None:
    """Whether X-Ray counts requests for the workflow's sampling rule; None if it does not say so.

    No other service has the state machine's name, so that a request that the rule has counted is an execution.
    """
    rules = {one.id.rpartition("/")[2] for one in all_resources(context, account, _RULE)}
    if not rules:
        return None
    try:
        return poll(
            context,
            lambda: judge_sampling(_statistics(account), rules, since) or None,
            "the statistics of the sampling rule",
            every_s=_STATISTICS_POLL_S,
            limit_s=_STATISTICS_LIMIT_S,
        )
    except AWS_ERRORS:
        return None


def _statistics(account: Account) -> list[Mapping[str, Any]]:
    return list(account.pages("xray", "get_sampling_statistic_summaries", "SamplingStatisticSummaries"))


def judge_sampling(summaries: Iterable[Mapping[str, Any]], rules: Iterable[str], since: datetime) -> bool:
    """Whether one of the rules has counted a request since a time."""
    names = set(rules)
    return any(
        one.get("RuleName") in names and one.get("RequestCount", 0) > 0 and one["Timestamp"] >= since
        for one in summaries
    )


def order_without_trace(context: DrillContext, account: Account, app: DeployedApp, order: str) -> str | None:
    """Write an order without the attribute `trace`, as another program would, and return its final status.

    Args:
        context: the drill's context.
        account: the account.
        app: the deployed app.
        order: ID of an order to take the other attributes from.

    Returns:
        "PLACED" if the workflow has not started it in time; None if there is no such order.
    """
    table = app.output("TableName")
    found = account.client("dynamodb").get_item(TableName=table, Key={"id": {"S": order}}, ConsistentRead=True)
    if "Item" not in found:
        return None
    item = new_order(found["Item"], f"ord_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}")
    account.client("dynamodb").put_item(TableName=table, Item=item)

    def status() -> str | None:
        read = account.client("dynamodb").get_item(TableName=table, Key={"id": item["id"]}, ConsistentRead=True)
        found: str = read.get("Item", {}).get("status", {}).get("S", "")
        return found if found in FINAL else None

    limit_s = app.environment.timeouts.orders_s
    return poll(context, status, "an order without a trace", every_s=_ORDER_POLL_S, limit_s=limit_s) or "PLACED"


def new_order(item: Mapping[str, Any], order_id: str) -> dict[str, Any]:
    """Return the item of a placed order like another one, without the attribute `trace`.

    Args:
        item: the item of an order.
        order_id: ID of the new order.
    """
    kept = {name: value for name, value in item.items() if name not in _ADDED}
    # The last digit of the ID is its partition in the index of open orders.
    return {**kept, "id": {"S": order_id}, "status": {"S": "PLACED"}, "open": {"S": order_id[-1]}}
