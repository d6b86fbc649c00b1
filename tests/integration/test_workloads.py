"""Workers and scheduled jobs of the sample in the local run: messages, dead letters, runs, and failed runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from local_aws import lifecycle
from local_aws.environment import Settings
from microservice import (
    EksAutoScheduledJob,
    EksAutoWorker,
    FargateScheduledJob,
    FargateWorker,
    LambdaScheduledJob,
    LambdaWorker,
    ServiceSpec,
    SourceImage,
    WorkQueue,
)
from tests.conftest import ROOT
from tests.emulated.emulator import Emulator

pytestmark = pytest.mark.local_run

STACK = "Workloads"
IMAGE = SourceImage(directory=ROOT / "sample_service")
# The emulator starts a schedule whose moment has passed.
ONCE = "at(2026-01-01T00:00:00)"
SECOND = cdk.Duration.seconds(1)


def spec_of(table: dynamodb.ITable, **fields: Any) -> ServiceSpec:
    spec = ServiceSpec(name="orders", trace_sampling_rate=0, min_instances=1, **fields)
    return spec.with_environment(TABLE_NAME=table.table_name)


def add_workloads(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        table_name="orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
    )
    cluster = ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
    topic = sns.Topic(stack, "Alarms")
    spec, broken = spec_of(table), spec_of(table).with_environment(TABLE_NAME="none")
    # Failed messages are delivered again after two seconds, and are dead letters after two attempts.
    notices = WorkQueue(stack, "Notices", visibility_timeout=cdk.Duration.seconds(2), max_receives=2)
    fargate = FargateWorker(
        stack,
        "FargateWorker",
        spec=spec_of(table, command=["worker"]),
        image=IMAGE,
        cluster=cluster,
        queue=notices.queue,
        processing_time=SECOND,
    )
    batches = WorkQueue(stack, "Batches", visibility_timeout=cdk.Duration.seconds(30), max_receives=1)
    function = LambdaWorker(
        stack,
        "LambdaWorker",
        spec=spec,
        image=IMAGE,
        command=["lambda", "orders.lambda_worker.handler"],
        queue=batches.queue,
        timeout=cdk.Duration.seconds(5),
    )
    letters = WorkQueue(stack, "Letters", visibility_timeout=cdk.Duration.seconds(2), max_receives=2)
    kubernetes = kubernetes_cluster(stack)
    pods = EksAutoWorker(
        stack,
        "EksWorker",
        spec=spec_of(table, command=["worker"]),
        image=IMAGE,
        cluster=kubernetes,
        queue=letters.queue,
        processing_time=SECOND,
    )
    cron_job = EksAutoScheduledJob(
        stack,
        "EksJob",
        spec=spec,
        image=IMAGE,
        cluster=kubernetes,
        command=["report"],
        schedule="rate(1 minute)",
    )
    table.grant_read_data(cron_job.role)
    job: dict[str, Any] = {"image": IMAGE, "cluster": cluster, "command": ["report"], "schedule": ONCE}
    jobs = [
        FargateScheduledJob(stack, "FargateJob", spec=spec, alarm_topic=topic, **job),
        FargateScheduledJob(stack, "FailingFargateJob", spec=broken, alarm_topic=topic, **job),
    ]
    report: dict[str, Any] = {"image": IMAGE, "command": ["lambda", "orders.lambda_report.handler"], "schedule": ONCE}
    jobs += [
        LambdaScheduledJob(stack, "LambdaJob", spec=spec, alarm_topic=topic, **report),
        LambdaScheduledJob(stack, "FailingLambdaJob", spec=broken, alarm_topic=topic, **report),
    ]
    for name, queue in {"Notices": notices, "Batches": batches, "Letters": letters}.items():
        cdk.CfnOutput(stack, f"{name}Url", value=queue.queue.queue_url)
        cdk.CfnOutput(stack, f"{name}DeadLettersUrl", value=queue.dead_letter_queue.queue_url)
    for construct in jobs:
        cdk.CfnOutput(stack, f"{construct.node.id}FailuresUrl", value=construct.failed_runs.queue.queue_url)
        cdk.CfnOutput(stack, f"{construct.node.id}Alarm", value=construct.failed_runs.alarm.alarm_name)
    for role in (fargate.role, function.role, pods.role):
        table.grant_read_write_data(role)
    for construct in jobs:
        table.grant_read_data(construct.role)


def kubernetes_cluster(stack: cdk.Stack) -> eks.ICluster:
    provider = eks.KubectlProvider.from_kubectl_provider_attributes(
        stack,
        "Kubectl",
        service_token="arn:aws:lambda:us-east-1:000000000000:function:kubectl",
        role=iam.Role(stack, "KubectlRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
    )
    return eks.Cluster.from_cluster_attributes(stack, "Kubernetes", cluster_name="team", kubectl_provider=provider)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    directory = tmp_path_factory.mktemp("workloads")
    app = cdk.App(outdir=str(directory / "cdk.out"))
    stack = cdk.Stack(app, STACK, synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False))
    add_workloads(stack)
    app.synth()
    environment = lifecycle.start(
        Settings(engine="processes", directory=directory / "local", assembly=directory / "cdk.out")
    )
    try:
        running = Emulator(environment)
        deploy(running, directory / "cdk.out" / f"{STACK}.template.json")
        yield running
    finally:
        lifecycle.stop(environment)


def deploy(emulator: Emulator, template: Path) -> None:
    emulator.put("templates", "stack.json", template.read_bytes())
    url = f"{emulator.environment.endpoint}/templates/stack.json"
    emulator.client("cloudformation").create_stack(StackName=STACK, TemplateURL=url)
    status = emulator.wait(
        lambda: emulator.stack(STACK)["StackStatus"], lambda found: found.endswith("_COMPLETE"), seconds=240
    )
    assert status == "CREATE_COMPLETE", emulator.reasons(STACK)


@pytest.fixture(scope="module")
def outputs(emulator: Emulator) -> dict[str, str]:
    return {found["OutputKey"]: found["OutputValue"] for found in emulator.stack(STACK)["Outputs"]}


def order(emulator: Emulator, number: int) -> str:
    """Place an order, as the API stores it."""
    order_id = f"ord_{number:032x}"
    line = {"sku": {"S": "tea"}, "quantity": {"N": "1"}, "unit_price_minor": {"N": "5"}}
    item = {
        "id": {"S": order_id},
        "status": {"S": "FULFILLED"},
        "customer": {"S": "c-42"},
        "currency": {"S": "EUR"},
        "lines": {"L": [{"M": line}]},
        "total_minor": {"N": "5"},
        "placed_at": {"S": "2026-11-24T11:13:55.120Z"},
    }
    emulator.client("dynamodb").put_item(TableName="orders", Item=item)
    return order_id


def told(emulator: Emulator, order_id: str) -> bool:
    key = {"id": {"S": f"notice#{order_id}#FULFILLED"}}
    return "Item" in emulator.client("dynamodb").get_item(TableName="orders", Key=key)


def messages(emulator: Emulator, url: str) -> list[str]:
    received = emulator.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", [])]


@pytest.mark.parametrize(("queue", "first"), [("Notices", 1), ("Batches", 101), ("Letters", 201)])
def test_messages_are_consumed_and_a_poison_message_becomes_a_dead_letter(
    queue: str, first: int, emulator: Emulator, outputs: dict[str, str]
) -> None:
    orders = [order(emulator, number) for number in range(first, first + 12)]
    url = outputs[f"{queue}Url"]
    for body in [*(json.dumps({"order_id": each, "status": "FULFILLED"}) for each in orders), "poison"]:
        emulator.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    emulator.wait(lambda: all(told(emulator, each) for each in orders), seconds=60)
    emulator.wait(
        lambda: messages(emulator, outputs[f"{queue}DeadLettersUrl"]), lambda found: found == ["poison"], seconds=120
    )


def alarm(emulator: Emulator, name: str) -> str:
    found = emulator.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found[0]["StateValue"])


def exit_codes(emulator: Emulator, job: str) -> list[int]:
    client, codes = emulator.client("ecs"), []
    for cluster in client.list_clusters()["clusterArns"]:
        arns = client.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
        tasks = client.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
        codes += [task["containers"][0]["exitCode"] for task in tasks if job in task["taskDefinitionArn"]]
    return sorted(codes)


def test_a_cron_job_starts_its_pod(emulator: Emulator) -> None:
    emulator.wait(lambda: exit_codes(emulator, "EksJob"), lambda codes: codes[:1] == [0], seconds=150)


@pytest.mark.parametrize("job", ["FailingFargateJob", "FailingLambdaJob"])
def test_a_run_that_fails_is_in_the_queue_of_failed_runs_and_raises_the_alarm(
    job: str, emulator: Emulator, outputs: dict[str, str]
) -> None:
    failures = emulator.wait(lambda: messages(emulator, outputs[f"{job}FailuresUrl"]), seconds=60)
    assert "exitCode" in failures[0] or "responsePayload" in failures[0]
    emulator.wait(lambda: alarm(emulator, outputs[f"{job}Alarm"]), lambda state: state == "ALARM", seconds=30)


def test_a_run_that_succeeds_is_no_failed_run(emulator: Emulator, outputs: dict[str, str]) -> None:
    emulator.wait(lambda: exit_codes(emulator, "FargateJob"), lambda codes: codes == [0, 1], seconds=60)
    for job in ("FargateJob", "LambdaJob"):
        assert messages(emulator, outputs[f"{job}FailuresUrl"]) == []
        assert alarm(emulator, outputs[f"{job}Alarm"]) != "ALARM"
