"""Scaling of an ECS service on the messages for each task, from zero."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs

from ..spec import ServiceSpec

_MINUTE = cdk.Duration.minutes(1)
_COOLDOWN_SECONDS = 60
_FROM_ZERO_COOLDOWN = cdk.Duration.minutes(5)


def add_backlog_scaling(
    service: ecs.FargateService, queue: sqs.IQueue, spec: ServiceSpec, backlog_per_task: int
) -> ecs.ScalableTaskCount:
    """Scale a service on the messages for each task; with `min_instances=0`, start the first task for any message.

    AWS documents the quotient as a target of Auto Scaling, and for another service that scales to zero a second policy
    that adds the first instance: without tasks, there is nothing to divide by.
    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html

    Args:
        service: The ECS service.
        queue: The queue.
        spec: The service's specification.
        backlog_per_task: Messages for each task that scaling aims at, at least 1.

    Raises:
        ValueError: `backlog_per_task` is not positive.
    """
    if backlog_per_task < 1:
        raise ValueError(
            f"backlog_per_task={backlog_per_task} is not valid (allowed: at least 1). Divide the delay that you accept "
            "by the time for one message."
        )
    tasks = service.auto_scale_task_count(min_capacity=spec.min_instances, max_capacity=spec.max_instances)
    target = cast("scaling.ScalableTarget", tasks.node.find_child("Target"))
    scaling.CfnScalingPolicy(
        target,
        "Backlog",
        policy_name=f"{cdk.Names.unique_resource_name(service, max_length=200)}-Backlog",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.scalable_target_id,
        target_tracking_scaling_policy_configuration=scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
            target_value=backlog_per_task,
            scale_out_cooldown=_COOLDOWN_SECONDS,
            scale_in_cooldown=_COOLDOWN_SECONDS,
            customized_metric_specification=scaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty(
                metrics=_backlog_of_a_task(service, queue)
            ),
        ),
    )
    if spec.min_instances == 0:
        _start_first_task(tasks, service, queue)
    return tasks


def _backlog_of_a_task(
    service: ecs.FargateService, queue: sqs.IQueue
) -> list[scaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty]:
    """Return the metric: messages that wait or are being processed, divided by running tasks.

    Messages in flight count, so that the last task does not stop while it processes one. SQS sends their number only if
    there are some. The number of samples of the CPU utilization is the number of running tasks, which AWS publishes
    without Container Insights.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html#cw_running_task_count
    """
    query = scaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty
    metrics = {
        "visible": queue.metric_approximate_number_of_messages_visible(statistic="Maximum"),
        "in_flight": queue.metric_approximate_number_of_messages_not_visible(statistic="Maximum"),
        "tasks": service.metric_cpu_utilization(statistic="SampleCount"),
    }
    expression = query(
        id="backlog", expression="(visible + FILL(in_flight, 0)) / tasks", label="messages for each task"
    )
    return [expression, *(_query(name, metric) for name, metric in metrics.items())]


def _query(name: str, metric: cloudwatch.Metric) -> scaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty:
    dimension = scaling.CfnScalingPolicy.TargetTrackingMetricDimensionProperty
    return scaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty(
        id=name,
        return_data=False,
        metric_stat=scaling.CfnScalingPolicy.TargetTrackingMetricStatProperty(
            stat=metric.statistic,
            metric=scaling.CfnScalingPolicy.TargetTrackingMetricProperty(
                namespace=metric.namespace,
                metric_name=metric.metric_name,
                dimensions=[dimension(name=key, value=value) for key, value in (metric.dimensions or {}).items()],
            ),
        ),
    )


def _start_first_task(tasks: ecs.ScalableTaskCount, service: ecs.FargateService, queue: sqs.IQueue) -> None:
    """Add a task while messages wait and none runs, in two minutes of two: the metric of tasks can be a minute late.

    It adds and never sets: if the metric of running tasks were missing, a fixed number would stop them.
    """
    waiting = cloudwatch.MathExpression(
        expression="IF(visible > 0 AND FILL(tasks, 0) < 1, 1, 0)",
        using_metrics={
            "visible": queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
            "tasks": service.metric_cpu_utilization(period=_MINUTE, statistic="SampleCount"),
        },
        label="messages without a task",
        period=_MINUTE,
    )
    tasks.scale_on_metric(
        "FromZero",
        metric=waiting,
        adjustment_type=scaling.AdjustmentType.CHANGE_IN_CAPACITY,
        scaling_steps=[scaling.ScalingInterval(upper=0, change=0), scaling.ScalingInterval(lower=1, change=1)],
        cooldown=_FROM_ZERO_COOLDOWN,
        evaluation_periods=2,
        metric_aggregation_type=scaling.MetricAggregationType.MAXIMUM,
    )
