"""Prices of CloudWatch and X-Ray: logs, alarms, Container Insights and spans."""

import json
import re
from collections.abc import Iterator
from typing import Any

from deployment.errors import ActionableError
from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.usage import HOURS_PER_MONTH

# CloudWatch compresses stored logs. https://aws.amazon.com/cloudwatch/pricing/
_COMPRESSED, _DAYS_PER_MONTH = 0.15, 30.4
_CONTROL_PLANE_GB = 3
"""Five control plane logs of an idle cluster, per month; an assumption."""
# Bytes of a value of an access log's variables; those that are not here are numbers of a few digits.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
_VALUE_BYTES = {
    "requestId": 16,
    "requestTime": 26,
    "identity.sourceIp": 14,
    "identity.userAgent": 40,
    "path": 20,
    "routeKey": 10,
    "protocol": 8,
    "integrationErrorMessage": 1,
}
_OTHER_VALUE_BYTES = 4
_SERVICE_WRITERS = ("AWS::ECS::TaskDefinition", "AWS::EC2::LaunchTemplate")


def log_group(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price what its writer logs per request; rejected packets and deployments log next to nothing."""
    days = float(resource.properties.get("RetentionInDays", _DAYS_PER_MONTH))
    if str(resource.properties.get("LogGroupName", "")).startswith("/aws/eks/"):
        yield from logs(resource, context, "control plane logs", "months", _CONTROL_PLANE_GB, days)
        return
    for writer in context.templates.resources:
        if writer.stack == resource.stack and context.templates.refers(writer, resource):
            yield from _written_by(writer, resource, context, days)


def _written_by(writer: Resource, resource: Resource, context: PricingContext, days: float) -> Iterator[Charge]:
    if writer.type == "AWS::ApiGatewayV2::Stage":
        line = access_log_bytes(str(writer.properties["AccessLogSettings"]["Format"]))
        yield from logs(resource, context, "access log", "million_requests", line / 1000, days)
    elif not context.is_shared(writer) and (
        writer.type in _SERVICE_WRITERS or writer.properties.get("PackageType") == "Image"
    ):
        yield from logs(resource, context, "log of the service", "log_gb", 1, days)


def access_log_bytes(format_: str) -> int:
    """Return the bytes of a typical line of an access log: its text, and a value for each variable."""
    text, count = re.subn(r"\$context\.[\w.]+", "", format_)
    names = re.findall(r"\$context\.([\w.]+)", format_)
    return len(text) + sum(_VALUE_BYTES.get(name, _OTHER_VALUE_BYTES) for name in names) if count else len(format_)


def logs(
    resource: Resource,
    context: PricingContext,
    item: str,
    usage_metric: str,
    gigabytes: float,
    days: float = _DAYS_PER_MONTH,
) -> Iterator[Charge]:
    """Price ingestion and storage of that many gigabytes for each unit of the usage metric."""
    stored = gigabytes * _COMPRESSED * days / _DAYS_PER_MONTH
    yield context.charge(resource, item, "logs-gb", usage_metric, gigabytes)
    yield context.charge(resource, f"{item}, storage", "logs-stored-gb-month", usage_metric, stored)


def alarm(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price each metric that the alarm reads: an expression over two metrics counts twice."""
    queries = resource.properties.get("Metrics", [])
    metrics = sum("MetricStat" in query for query in queries) if queries else 1
    yield alarms(resource, context, "alarm", metrics)


def alarms(resource: Resource, context: PricingContext, item: str, metrics: int) -> Charge:
    """Return the charge for alarms that read that many metrics."""
    return context.charge(resource, item, "alarm-metric-month", "months", metrics)


def dashboard(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a dashboard, and the custom metrics that it shows: AWS's own metrics are free."""
    yield context.charge(resource, "dashboard", "dashboard-month", "months")
    custom = custom_metrics(resource)
    yield context.charge(resource, "custom metrics", "metric-month", "months", len(custom))


def custom_metrics(dashboard: Resource) -> set[tuple[str, ...]]:
    """Return namespace, name and dimensions of the custom metrics that a dashboard shows."""
    body = dashboard.properties["DashboardBody"]
    pieces = [body] if isinstance(body, str) else body["Fn::Join"][1]
    # Values that are known only after a deployment are inside quotation marks.
    content = json.loads("".join(piece if isinstance(piece, str) else "token" for piece in pieces))
    rows = [row for widget in content["widgets"] for row in widget["properties"].get("metrics", ())]
    series = {tuple(word for word in row if isinstance(word, str)) for row in rows}
    return {each for each in series if each and not each[0].startswith("AWS/")}


def scaling_policy(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the two alarms that target tracking creates."""
    if "TargetTracking" in str(resource.properties.get("PolicyType")):
        yield alarms(resource, context, "alarms of scaling", 2)


def container_insights(service: Resource, context: PricingContext, task: Resource) -> Iterator[Charge]:
    """Price the Container Insights metrics of an ECS service and its cluster.

    Counted from AWS's list (2026-11-24): every metric of a task or container has a series for the cluster, two for the
    service and its task family, and two for each task.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html

    Raises:
        ActionableError: the cluster has Container Insights without enhanced observability, which has other prices.
    """
    if not _has_container_insights(context.templates.follow(service, service.properties.get("Cluster"))):
        return
    on_fargate = "FARGATE" in task.properties.get("RequiresCompatibilities", [])
    health_check = any("HealthCheck" in found for found in task.properties["ContainerDefinitions"])
    containers = len(task.properties["ContainerDefinitions"])
    of_a_task, of_a_container = (16 if on_fargate else 13), (8 if health_check else 7)
    each = of_a_task + of_a_container * containers
    cluster_only, service_only = (2 if on_fargate else 3), 5
    price = "container-insights-metric-month"
    fixed = cluster_only + of_a_task + of_a_container + service_only + 2 * each
    yield context.charge(service, "Container Insights of cluster and service", price, "months", fixed)
    yield context.charge(service, "Container Insights of each task", price, "replica_hours", 2 * each / HOURS_PER_MONTH)


def _has_container_insights(cluster: Resource | None) -> bool:
    settings: list[dict[str, Any]] = cluster.properties.get("ClusterSettings", []) if cluster else []
    values = {found.get("Value") for found in settings if found.get("Name") == "containerInsights"}
    if "enabled" in values:
        raise ActionableError(
            "Container Insights without enhanced observability has no price rule",
            "its metrics and logs are billed as custom metrics",
            "set it to 'enhanced' or 'disabled', or add a rule to pricing/rules/cloudwatch.py",
        )
    return "enhanced" in values


def sampling_rule(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the spans of the sampled share of requests.

    X-Ray's OTLP endpoint requires Transaction Search, which ingests all spans of the account as logs and indexes one in
    a hundred at no charge.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Enable-TransactionSearch.html
    """
    yield context.charge(resource, "spans of the service", "spans-gb", "span_gb", sampling_rate(resource))


def sampling_rate(sampling_rule: Resource) -> float:
    """Return the fixed rate of an X-Ray sampling rule, from 0 to 1."""
    return float(sampling_rule.properties["SamplingRule"]["FixedRate"])
