"""Checks of the patches of EventBridge Scheduler and SQS."""

from typing import Any

from tests.emulated import templates
from tests.emulated.emulator import Emulator, output
from tests.emulated.templates import resource

# The emulator starts a schedule whose moment has passed.
ONCE = "at(2026-01-01T00:00:00)"


def schedule(arn: Any, **target: Any) -> dict[str, Any]:
    target |= {"Arn": arn, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    return resource(
        "AWS::Scheduler::Schedule", ScheduleExpression=ONCE, FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )


def a_schedule_runs_a_task(emulator: Emulator) -> bool:
    run = {"TaskDefinitionArn": {"Ref": "Task"}, "LaunchType": "FARGATE", "TaskCount": 1}
    cluster = {"Fn::GetAtt": ["Cluster", "Arn"]}
    emulator.deploy("job", templates.task("exit", "0") | {"Schedule": schedule(cluster, EcsParameters=run)})
    return bool(emulator.wait(lambda: emulator.containers("job")))


def a_failed_invocation_reaches_its_destination(emulator: Emulator) -> bool:
    """The function fails for an event that is a list."""
    function = {"Ref": "Function"}
    resources = templates.function() | {
        "Failures": resource("AWS::SQS::Queue"),
        "Version": resource("AWS::Lambda::Version", FunctionName=function),
        "Alias": resource(
            "AWS::Lambda::Alias",
            FunctionName=function,
            Name="live",
            FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
        ),
        "Invocations": resource(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName=function,
            Qualifier="live",
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}},
        )
        | {"DependsOn": "Alias"},
        "Schedule": schedule({"Ref": "Alias"}, Input="[]") | {"DependsOn": "Invocations"},
    }
    url = output(emulator.deploy("failing", resources, Url={"Ref": "Failures"}))
    return bool(emulator.wait(lambda: emulator.client("sqs").receive_message(QueueUrl=url).get("Messages")))


def a_message_raises_the_alarm_of_its_queue(emulator: Emulator) -> bool:
    def alarm(queue: str) -> dict[str, Any]:
        return resource(
            "AWS::CloudWatch::Alarm",
            AlarmName=queue,
            Namespace="AWS/SQS",
            MetricName="NumberOfMessagesSent",
            Dimensions=[{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=15,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )

    queues = {name: resource("AWS::SQS::Queue") for name in ("Noisy", "Quiet")}
    alarms = {f"{name}Alarm": alarm(name) for name in queues}
    url = output(emulator.deploy("queues", queues | alarms, Url={"Ref": "Noisy"}))
    emulator.client("sqs").send_message(QueueUrl=url, MessageBody="hello")

    def in_alarm() -> list[str]:
        found = emulator.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
        return [one["AlarmName"] for one in found]

    return bool(emulator.wait(in_alarm, lambda names: names == ["Noisy"]))
