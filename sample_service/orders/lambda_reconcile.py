"""Lambda handler of the reconciler: runs on a schedule, and when a task of the workflow stops."""

import logging
import os
from datetime import UTC, datetime
from typing import Any

from orders.aws import client
from orders.executions import Executions
from orders.logs import start_logging
from orders.metrics import write_metrics
from orders.reconciler import Reconciler, Report
from orders.settings import Settings, required
from orders.slots import Slots
from orders.table import OrdersTable

_settings = Settings.from_environment()
start_logging(_settings.log_level)
_workflow = required(os.environ, "WORKFLOW_NAME", "the dimension of the workflow's metrics")
_executions = Executions(
    required(os.environ, "STATE_MACHINE_ARN", "the state machine of the workflow"), client("stepfunctions")
)
_reconciler = Reconciler(
    table=OrdersTable(_settings.table_name, client("dynamodb")),
    slots=Slots(required(os.environ, "SLOTS_TABLE_NAME", "the table with the slots"), client("dynamodb")),
    executions=_executions,
    after_s=60 * float(required(os.environ, "RECONCILE_AFTER_MINUTES", "the minimum age of a restarted order")),
)

logger = logging.getLogger(__name__)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handle an event of EventBridge: a stopped task of ECS, or the schedule."""
    if event.get("detail-type") == "ECS Task State Change":
        return _task_stopped(event["detail"])
    now = datetime.fromisoformat(event["time"]) if "time" in event else datetime.now(UTC)
    report = Report()
    try:
        _reconciler.run(now, report)
    finally:
        _write_metrics(report)
    return {
        "open_orders": dict(report.open_orders),
        "oldest_seconds": report.oldest_s,
        "restarted": report.restarted,
        "slots_in_use": report.slots_in_use,
        "slots_released": report.slots_released,
    }


def _write_metrics(report: Report) -> None:
    write_metrics(
        {"Workflow": _workflow},
        {
            "OpenOrders": (report.open_orders.total(), "Count"),
            "OldestOpenOrderSeconds": (report.oldest_s, "Seconds"),
            "SlotsInUse": (report.slots_in_use, "Count"),
            "OrdersRestarted": (len(report.restarted), "Count"),
        },
    )
    for status in ("PLACED", "CHECKED", "FULFILLING"):
        write_metrics({"Workflow": _workflow, "Status": status}, {"OpenOrders": (report.open_orders[status], "Count")})


def _task_stopped(detail: dict[str, Any]) -> dict[str, Any]:
    """Tell the state machine that a task ended without a report, instead of letting it wait for its timeout."""
    variables = {
        variable["name"]: variable["value"]
        for override in detail.get("overrides", {}).get("containerOverrides", ())
        for variable in override.get("environment", ())
    }
    codes = sorted({str(container.get("exitCode", "none")) for container in detail.get("containers", ())})
    if codes == ["0"] or "TASK_TOKEN" not in variables:
        return {"reported": False}
    cause = f"{detail.get('stoppedReason', 'the task stopped')}; exit code {', '.join(codes)}"
    logger.warning("task stopped", extra={"fields": {"order": variables.get("ORDER_ID", ""), "cause": cause}})
    _executions.fail_task(variables["TASK_TOKEN"], cause)
    return {"reported": True}
