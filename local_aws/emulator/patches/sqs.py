"""SQS: the metrics of queues, and the alarms on them."""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, sqs

_NAMESPACE = "AWS/SQS"
_POLL_S = 0.5


def publish_metrics() -> None:
    """MiniStack publishes no metrics of queues, and evaluates an alarm on the metrics of all resources together."""
    evaluate = cloudwatch._evaluate_alarm

    def evaluate_alarm(alarm: dict[str, Any]) -> None:
        if alarm.get("Namespace") == _NAMESPACE:
            _evaluate(alarm)
        else:
            evaluate(alarm)

    cloudwatch._evaluate_alarm = evaluate_alarm
    threading.Thread(target=_watch, name="local-aws-queue-metrics", daemon=True).start()


def _watch() -> None:
    known: set[str] = set()
    while True:
        time.sleep(_POLL_S)
        for (account, region, _), queue in list(sqs._queues._data.items()):
            # A message that moves to a dead-letter queue keeps its ID, and does not count as sent.
            new = {message["id"] for message in list(queue["messages"])} - known
            known |= new
            name = queue["attributes"]["QueueArn"].rpartition(":")[2]
            with request_scope(account, region):
                if new:
                    cloudwatch.record_metric(_NAMESPACE, "NumberOfMessagesSent", len(new), "Count", {"QueueName": name})
                    cloudwatch._evaluate_all_alarms()


def _evaluate(alarm: dict[str, Any]) -> None:
    """Set the state of an alarm on one metric by its datapoints, one for each period."""
    if alarm["MetricName"] != "NumberOfMessagesSent":
        return
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions", [])))
    points = cloudwatch._metrics.get((_NAMESPACE, alarm["MetricName"], dimensions)) or []
    since = time.time() - alarm["Period"] * alarm["EvaluationPeriods"]
    total = sum(point["Value"] for point in points if point["Timestamp"] >= since)
    state, before = ("ALARM" if total >= alarm["Threshold"] else "OK"), alarm["StateValue"]
    if state != before:
        reason = f"{total} messages sent"
        alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
