"""What logs, alarms, metrics and traces cost."""

from collections.abc import Iterator
from typing import Any

from deployment.errors import ActionableError
from pricing.deployment import Resource
from pricing.lines import Bill, Line

# CloudWatch keeps logs compressed. https://aws.amazon.com/cloudwatch/pricing/
_COMPRESSED, _DAYS_A_MONTH = 0.15, 30.4
_CONTROL_PLANE_GB = 3
"""A month of an idle cluster's five logs; an assumption."""
_SERVICE_WRITERS = ("AWS::ECS::TaskDefinition", "AWS::EC2::LaunchTemplate")


def log_group(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill what its writer writes for each request; rejected packets and deployments write next to nothing."""
    days = float(resource.properties.get("RetentionInDays", _DAYS_A_MONTH))
    if str(resource.properties.get("LogGroupName", "")).startswith("/aws/eks/"):
        yield from logs(resource, bill, "the control plane's logs", "months", _CONTROL_PLANE_GB, days)
        return
    for writer in bill.deployment.resources:
        if writer.stack == resource.stack and bill.deployment.names(writer, resource):
            yield from _written_by(writer, resource, bill, days)


def _written_by(writer: Resource, resource: Resource, bill: Bill, days: float) -> Iterator[Line]:
    if writer.type == "AWS::ApiGatewayV2::Stage":
        # Values are about as long as their names.
        line = len(str(writer.properties["AccessLogSettings"]["Format"]))
        yield from logs(resource, bill, "access log", "million_requests", line / 1000, days)
    elif not bill.deployment.is_shared(writer) and (
        writer.type in _SERVICE_WRITERS or writer.properties.get("PackageType") == "Image"
    ):
        yield from logs(resource, bill, "service's log", "log_gb", 1, days)


def logs(
    resource: Resource, bill: Bill, item: str, driver: str, gigabytes: float, days: float = _DAYS_A_MONTH
) -> Iterator[Line]:
    """Bill logs, taken in and then kept: that many gigabytes for each unit of the driver."""
    kept = gigabytes * _COMPRESSED * days / _DAYS_A_MONTH
    yield bill.line(resource, item, "logs-gb", driver, gigabytes)
    yield bill.line(resource, f"{item}, kept", "logs-stored-gb-month", driver, kept)


def alarm(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill each metric that the alarm reads: an expression over two counts twice."""
    queries = resource.properties.get("Metrics", [])
    metrics = sum("MetricStat" in query for query in queries) if queries else 1
    yield alarms(resource, bill, "alarm", metrics)


def alarms(resource: Resource, bill: Bill, item: str, metrics: int) -> Line:
    """Return the line of alarms that read that many metrics."""
    return bill.line(resource, item, "alarm-metric-month", "months", metrics)


def scaling_policy(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the two alarms by which target tracking learns of high and low load."""
    if "TargetTracking" in str(resource.properties.get("PolicyType")):
        yield alarms(resource, bill, "scaling's alarms", 2)


def container_insights(service: Resource, cluster: Resource | None, task: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the metrics that Container Insights keeps of one service and its cluster.

    Counted from AWS's list (2026-11-24): every metric of a task or container has a series for the cluster, two for the
    service and its task family, and two for each task.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html

    Raises:
        ActionableError: the cluster has the older Container Insights, which is billed in another way.
    """
    if not _is_watched(cluster):
        return
    on_fargate = "FARGATE" in task.properties.get("RequiresCompatibilities", [])
    health_check = any("HealthCheck" in found for found in task.properties["ContainerDefinitions"])
    containers = len(task.properties["ContainerDefinitions"])
    of_a_task, of_a_container = (16 if on_fargate else 13), (8 if health_check else 7)
    each = of_a_task + of_a_container * containers
    cluster_only, service_only = (2 if on_fargate else 3), 5
    price = "container-insights-metric-month"
    fixed = cluster_only + of_a_task + of_a_container + service_only + 2 * each
    yield bill.line(service, "Container Insights, cluster and service", price, "months", fixed)
    yield bill.line(service, "Container Insights, each copy", price, "copy_hours", 2 * each / 730)


def _is_watched(cluster: Resource | None) -> bool:
    settings: list[dict[str, Any]] = cluster.properties.get("ClusterSettings", []) if cluster else []
    values = {found.get("Value") for found in settings if found.get("Name") == "containerInsights"}
    if "enabled" in values:
        raise ActionableError(
            "Container Insights without enhanced observability has no price here",
            "its metrics and logs are billed as custom ones",
            "set it to 'enhanced' or 'disabled', or write its rule in pricing/rules/observability.py",
        )
    return "enhanced" in values
