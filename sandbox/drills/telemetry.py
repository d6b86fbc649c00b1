"""Logs, metrics and one trace of a request: whether they arrive, as the services of AWS say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from deployment.preflight.account import AWS_ERRORS, Account
from sandbox.drill import DrillContext
from sandbox.drills.target import MINUTE_S, poll, resources
from sandbox.inventory import Resource
from sandbox.preflight.remaining_logs import PREFIXES
from sandbox.resource_kinds import cluster_of, judge_error

PERMISSIONS = (
    "cloudwatch:GetMetricData",
    "logs:DescribeLogGroups",
    "logs:FilterLogEvents",
    "xray:GetTraceSegmentDestination",
    "xray:ListRetrievedTraces",
    "xray:StartTraceRetrieval",
)
_LOGS_LIMIT_S, _LOGS_POLL_S = 5 * MINUTE_S, 10.0
_METRICS_LIMIT_S, _METRICS_POLL_S = 15 * MINUTE_S, 30.0
_METRICS_WINDOW = timedelta(minutes=15)
_TRACE_LIMIT_S, _TRACE_POLL_S = 15 * MINUTE_S, 15.0
_RETRIEVAL_WINDOW = timedelta(minutes=15)
_OWN_SPAN = "microservice.target"
# The fields of each line that the service logs.
_LINE_FIELDS = frozenset({"time", "level", "logger", "message"})
_EXPORTER = '"opentelemetry"'

Seen = Literal["found", "missing", "not looked for"]
Spans = Literal["pending", "found", "none", "failed"]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The result of looking for one kind of telemetry.

    Attributes:
        seen: whether it was found.
        reason: why it is missing or was not looked for. Default: "".
    """

    seen: Seen
    reason: str = ""


def log_groups(context: DrillContext, account: Account) -> list[str]:
    """Return the log groups of the target: those in its stack, and those that AWS creates for its service."""
    groups = [one.id for one in resources(context, account, "AWS::Logs::LogGroup")]
    for one in resources(context, account, "AWS::AppRunner::Service", "AWS::ElasticBeanstalk::Environment"):
        prefix = PREFIXES[one.type].format(stack=context.stack)
        groups += [
            found["logGroupName"]
            for found in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        ]
    return list(dict.fromkeys(groups))


def find_log_line(
    context: DrillContext, account: Account, groups: Sequence[str], text: str, since: datetime
) -> str | None:
    """Return a log line that contains a text; None if none arrives in time.

    Args:
        context: the drill's context.
        account: the account.
        groups: names of the log groups.
        text: what the line contains.
        since: when it was written, at the earliest.
    """
    return poll(
        context,
        lambda: _line(account, groups, f'"{text}"', since),
        "the log line of a request",
        every_s=_LOGS_POLL_S,
        limit_s=_LOGS_LIMIT_S,
    )


def has_exporter_errors(account: Account, groups: Sequence[str], since: datetime) -> bool:
    """Whether the service logs that it cannot send spans; once a minute is enough to find it."""
    return _line(account, groups, _EXPORTER, since) is not None


def _line(account: Account, groups: Sequence[str], pattern: str, since: datetime) -> str | None:
    for group in groups:
        # A page without events is not the last one: the paginator follows the token.
        for event in account.pages(
            "logs",
            "filter_log_events",
            "events",
            logGroupName=group,
            startTime=int(since.timestamp() * 1000),
            filterPattern=pattern,
        ):
            return str(event["message"])
    return None


def judge_log_line(line: str | None) -> bool | None:
    """Whether a log line is the one JSON object that the service wrote; None without a line."""
    if line is None:
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.keys() >= _LINE_FIELDS


def metrics_of(found: Sequence[Resource], target_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the metric that each resource of a target sends when it is used.

    Args:
        found: resources of the target's stack.
        target_ids: logical IDs of the target's own resources: the stack may have other functions.
    """
    metrics = []
    for one in found:
        if one.type == "AWS::ApiGatewayV2::Api":
            metrics.append(_metric("AWS/ApiGateway", "Count", ApiId=one.id))
        elif one.type == "AWS::Lambda::Function" and one.logical_id in target_ids:
            metrics.append(_metric("AWS/Lambda", "Invocations", FunctionName=one.id))
        elif one.type in ("AWS::ECS::Service", "AWS::ECS::ExpressGatewayService"):
            service = one.id.rpartition("/")[2]
            metrics.append(_metric("AWS/ECS", "CPUUtilization", ClusterName=cluster_of(one.id), ServiceName=service))
        elif one.type == "AWS::AppRunner::Service":
            _, name, service_id = one.id.rsplit("/", 2)
            metrics.append(_metric("AWS/AppRunner", "Requests", ServiceName=name, ServiceID=service_id))
        elif one.type == "AWS::AutoScaling::AutoScalingGroup":
            metrics.append(_metric("AWS/EC2", "CPUUtilization", AutoScalingGroupName=one.id))
        elif one.type == "AWS::ElasticBeanstalk::Environment":
            metrics.append(_metric("AWS/ElasticBeanstalk", "EnvironmentHealth", EnvironmentName=one.id))
    return metrics


METRIC_TYPES = (
    "AWS::ApiGatewayV2::Api",
    "AWS::AppRunner::Service",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ECS::ExpressGatewayService",
    "AWS::ECS::Service",
    "AWS::ElasticBeanstalk::Environment",
    "AWS::Lambda::Function",
)


def _metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def find_metrics(context: DrillContext, account: Account, metrics: Sequence[Mapping[str, Any]]) -> Observation:
    """Return whether each metric has a value; ListMetrics would show a new one up to 15 minutes late."""
    if not metrics:
        return Observation(seen="not looked for", reason="no resource of the stack sends a metric")
    missing = [_name(metric) for metric in metrics]

    def complete() -> bool | None:
        missing[:] = judge_metrics(metrics, list(_metric_data(account, metrics)))
        return None if missing else True

    found = poll(context, complete, "metrics", every_s=_METRICS_POLL_S, limit_s=_METRICS_LIMIT_S)
    if found:
        return Observation(seen="found")
    return Observation(seen="missing", reason=f"no value of {', '.join(missing)}")


def _metric_data(account: Account, metrics: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    end = datetime.now(UTC)
    queries = [
        {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "SampleCount"}}
        for number, metric in enumerate(metrics)
    ]
    return list(
        account.pages(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            MetricDataQueries=queries,
            StartTime=end - _METRICS_WINDOW,
            EndTime=end,
        )
    )


def judge_metrics(metrics: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the metrics without a value."""
    found = {result["Id"] for result in results if result.get("Values")}
    return [_name(metric) for number, metric in enumerate(metrics) if f"m{number}" not in found]


def _name(metric: Mapping[str, Any]) -> str:
    return f"{metric['Namespace']} {metric['MetricName']}"


def find_spans(context: DrillContext, account: Account, trace_id: str, sent: datetime) -> Observation:
    """Return whether spans of the service are in a trace. X-Ray indexes 1 % of them only: a retrieval finds all.

    Args:
        context: the drill's context.
        account: the account.
        trace_id: the trace ID in X-Ray's format.
        sent: when the request was sent.
    """
    try:
        destination = account.client("xray").get_trace_segment_destination()
    except AWS_ERRORS as error:
        _, reason = judge_error(error, "xray:GetTraceSegmentDestination")
        return Observation(seen="not looked for", reason=reason)
    if (destination["Destination"], destination["Status"]) != ("CloudWatchLogs", "ACTIVE"):
        return Observation(seen="not looked for", reason="Transaction Search is off")
    token = ""

    def retrieved() -> Spans | None:
        nonlocal token
        token = token or str(
            account.client("xray").start_trace_retrieval(
                TraceIds=[trace_id], StartTime=sent - _RETRIEVAL_WINDOW, EndTime=datetime.now(UTC)
            )["RetrievalToken"]
        )
        found = judge_retrieval(_retrieved(account, token))
        if found != "pending":
            # A retrieval that has ended without spans finds none later: start another.
            token = ""
        return found if found == "found" else None

    seen = poll(context, retrieved, "the trace of a request", every_s=_TRACE_POLL_S, limit_s=_TRACE_LIMIT_S)
    minutes = f"{_TRACE_LIMIT_S / MINUTE_S:.0f} minutes"
    return Observation(seen="found") if seen else Observation(seen="missing", reason=f"no span within {minutes}")


def _retrieved(account: Account, token: str) -> dict[str, Any]:
    page: dict[str, Any] = account.client("xray").list_retrieved_traces(RetrievalToken=token, TraceFormat="OTEL")
    traces = list(page.get("Traces", ()))
    while next_token := page.get("NextToken"):
        page = account.client("xray").list_retrieved_traces(
            RetrievalToken=token, TraceFormat="OTEL", NextToken=next_token
        )
        traces += page.get("Traces", ())
    return {**page, "Traces": traces}


def judge_retrieval(response: Mapping[str, Any]) -> Spans:
    """Return whether a retrieval has found spans that the service itself sent, not only segments of AWS.

    Args:
        response: the response of ListRetrievedTraces, with all of its pages.
    """
    documents = [span.get("Document", "") for trace in response.get("Traces", ()) for span in trace.get("Spans", ())]
    if any(_OWN_SPAN in document for document in documents):
        return "found"
    status = response["RetrievalStatus"]
    if status in ("SCHEDULED", "RUNNING"):
        return "pending"
    return "none" if status == "COMPLETE" else "failed"
