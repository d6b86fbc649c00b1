"""Workers and scheduled jobs: the contract for each field of the spec, their queues, and who may do what."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

import microservice
from microservice import InvalidServiceSpecError, ServiceSpec, UnsupportedSpecError, UnsupportedVpcError, WorkQueue
from tests.conftest import Template, resources
from tests.unit.microservice.targets import IMAGE
from tests.unit.microservice.test_contract import CHANGES, violation

SPEC = ServiceSpec(name="orders", cpu=1024, memory_mib=4096, health_command=["/check"])
LAMBDA = {"command": ["lambda", "handler"]}
JOB = {"schedule": "cron(0 7 ? * MON-FRI *)", "time_zone": "Europe/Berlin"}
Options = Callable[[cdk.Stack], dict[str, Any]]


def _cluster(stack: cdk.Stack) -> dict[str, Any]:
    return {"cluster": ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))}


def _eks(stack: cdk.Stack) -> dict[str, Any]:
    kubectl = eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl"))
    cluster = eks.Cluster(stack, "Cluster", version=eks.KubernetesVersion.V1_36, kubectl_provider_options=kubectl)
    return {"cluster": cluster}


WORKERS: Mapping[str, Options] = {
    "FargateWorker": _cluster,
    "EksAutoWorker": _eks,
    "LambdaWorker": lambda _: LAMBDA,
}
JOBS: Mapping[str, Options] = {
    "FargateScheduledJob": lambda stack: {**_cluster(stack), **JOB, "command": ["report"]},
    "EksAutoScheduledJob": lambda stack: {**_eks(stack), **JOB, "command": ["report"]},
    "LambdaScheduledJob": lambda _: {**LAMBDA, **JOB},
}
WORKLOADS = {**WORKERS, **JOBS}


def made(name: str, spec: ServiceSpec = SPEC, **options: Any) -> tuple[cdk.Stack, Any]:
    stack = cdk.Stack(cdk.App(), "Stack")
    if callable(queue := options.get("queue")):
        options["queue"] = queue(stack)
    if options.get("alarm_topic"):
        options["alarm_topic"] = sns.Topic(stack, "Topic")
    construct = getattr(microservice, name)
    return stack, construct(stack, "Workload", spec=spec, image=IMAGE, **{**WORKLOADS[name](stack), **options})


def template_of(name: str, spec: ServiceSpec = SPEC, **options: Any) -> Template:
    stack, _ = made(name, spec, **options)
    found: Template = cdk.App.of(stack).synth().get_stack_by_name("Stack").template
    return found


@pytest.fixture(scope="module")
def templates() -> dict[str, Template]:
    return {name: template_of(name) for name in WORKLOADS}


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_field_is_honoured_rejected_or_declared(
    name: str, templates: dict[str, Template], subtests: pytest.Subtests
) -> None:
    unsupported = getattr(microservice, name).UNSUPPORTED_FIELDS
    assert set(unsupported) <= set(CHANGES)
    for field, value in CHANGES.items():
        with subtests.test(field):
            try:
                after = json.dumps(template_of(name, dataclasses.replace(SPEC, **{field: value})))
            except UnsupportedSpecError:
                after = "rejected"
            changed = after != json.dumps(templates[name])
            assert not violation(changed=changed, declared=field in unsupported)


@pytest.mark.parametrize("name", ["FargateWorker", "FargateScheduledJob"])
def test_a_vpc_without_private_subnets_is_rejected(name: str) -> None:
    """Tasks in public subnets without public addresses cannot pull their image."""

    def cluster(stack: cdk.Stack) -> ecs.Cluster:
        public = ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)
        vpc = ec2.Vpc(stack, "PublicVpc", max_azs=2, nat_gateways=0, subnet_configuration=[public])
        return ecs.Cluster(stack, "PublicCluster", vpc=vpc)

    stack = cdk.Stack(cdk.App(), "Stack")
    options = {**WORKLOADS[name](stack), "cluster": cluster(stack)}
    with pytest.raises(UnsupportedVpcError, match="allowed: a VPC with private subnets with egress"):
        getattr(microservice, name)(stack, "Workload", spec=SPEC, image=IMAGE, **options)


@pytest.mark.parametrize("name", [*JOBS, "LambdaWorker"])
def test_a_command_in_one_string_is_rejected(name: str) -> None:
    """It would be taken apart into its letters."""
    with pytest.raises(InvalidServiceSpecError, match=r"command='report --all' is not valid .*a list of words"):
        template_of(name, command="report --all")


@pytest.mark.parametrize("name", WORKLOADS)
def test_nothing_accepts_connections(name: str, templates: dict[str, Template]) -> None:
    for group in resources(templates[name], "AWS::EC2::SecurityGroup"):
        assert not group.get("SecurityGroupIngress")
    kinds = {found["Type"] for found in templates[name]["Resources"].values()}
    assert not {kind for kind in kinds if "LoadBalanc" in kind or "ApiGateway" in kind or kind.endswith("::Url")}
    if name.startswith("Eks"):
        policy = next(found for found in manifests(templates[name]) if found["kind"] == "NetworkPolicy")
        assert policy["spec"]["policyTypes"] == ["Ingress"]
        assert policy["spec"]["ingress"] == []


def manifests(template: Template) -> list[dict[str, Any]]:
    [release] = resources(template, "Custom::AWSCDK-EKS-HelmChart")
    parts = release["Values"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "token" for part in parts)
    return list(json.loads(text)["manifests"])


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_an_encrypted_queue_with_a_dead_letter_queue(name: str, templates: dict[str, Template]) -> None:
    queues = resources(templates[name], "AWS::SQS::Queue")
    assert len(queues) == 2
    assert all(queue["SqsManagedSseEnabled"] and queue["MessageRetentionPeriod"] == 14 * 86400 for queue in queues)
    [work] = [queue for queue in queues if "RedrivePolicy" in queue]
    assert work["RedrivePolicy"]["maxReceiveCount"] == 5
    assert work["VisibilityTimeout"] == (360 if name == "LambdaWorker" else 120)
    policies = json.dumps(resources(templates[name], "AWS::SQS::QueuePolicy"))
    assert policies.count("aws:SecureTransport") == 2


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_may_consume_its_queue_only(name: str, templates: dict[str, Template]) -> None:
    statements = [
        statement
        for policy in resources(templates[name], "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "sqs:" in json.dumps(statement["Action"])
    ]
    assert [statement["Resource"] for statement in statements] == [{"Fn::GetAtt": [_work(templates[name]), "Arn"]}]


def _work(template: Template) -> str:
    [name] = [
        name
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in found["Properties"]
    ]
    return name


@pytest.mark.parametrize("name", WORKERS)
def test_the_alarms_notify_the_topic(name: str) -> None:
    alarms = resources(template_of(name, alarm_topic=True), "AWS::CloudWatch::Alarm")
    own = [alarm for alarm in alarms if "scaling" not in alarm["AlarmDescription"]]
    assert len(own) == 2
    assert all(alarm["AlarmActions"] == [{"Ref": "TopicBFC7AF6E"}] for alarm in own)


@pytest.mark.parametrize("name", WORKERS)
def test_a_queue_without_a_dead_letter_queue_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="dead_letter_queue=None is not supported"):
        made(name, queue=lambda stack: sqs.Queue(stack, "Own", visibility_timeout=cdk.Duration.hours(1)))


@pytest.mark.parametrize("name", WORKERS)
def test_a_fifo_queue_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="fifo=True is not supported"):
        made(name, queue=lambda stack: sqs.Queue(stack, "Own", fifo=True))


@pytest.mark.parametrize("name", WORKERS)
def test_a_short_visibility_timeout_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match=r"visibility_timeout=60 seconds is not supported by this worker"):
        made(name, queue=lambda stack: WorkQueue(stack, "Own", visibility_timeout=cdk.Duration.minutes(1)).queue)


@pytest.mark.parametrize("name", WORKERS)
def test_an_imported_queue_has_no_alarm_on_dead_letters(name: str) -> None:
    arn = "arn:aws:sqs:us-east-1:123456789012:work"
    _, worker = made(name, queue=lambda stack: sqs.Queue.from_queue_arn(stack, "Own", arn))
    assert worker.dead_letter_queue is None
    assert list(worker.alarms) == ["OldestMessage"]


@pytest.mark.parametrize("name", WORKERS)
def test_the_spec_does_not_set_the_queue(name: str) -> None:
    with pytest.raises(UnsupportedSpecError, match="QUEUE_URL"):
        made(name, SPEC.with_environment(QUEUE_URL="https://example.com"))


def test_a_worker_on_fargate_scales_from_zero_with_a_second_policy() -> None:
    policies = {
        replicas: resources(
            template_of("FargateWorker", dataclasses.replace(SPEC, min_instances=replicas)),
            "AWS::ApplicationAutoScaling::ScalingPolicy",
        )
        for replicas in (0, 1)
    }
    assert [policy["PolicyType"] for policy in policies[1]] == ["TargetTrackingScaling"]
    assert sorted(policy["PolicyType"] for policy in policies[0]) == ["StepScaling", "TargetTrackingScaling"]
    [step] = [policy for policy in policies[0] if policy["PolicyType"] == "StepScaling"]
    assert step["StepScalingPolicyConfiguration"]["AdjustmentType"] == "ChangeInCapacity"
    metrics = policies[1][0]["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    assert metrics[0]["Expression"] == "(visible + FILL(in_flight, 0)) / tasks"


def test_a_worker_on_fargate_has_two_minutes_to_finish(templates: dict[str, Template]) -> None:
    [task] = resources(templates["FargateWorker"], "AWS::ECS::TaskDefinition")
    [container] = task["ContainerDefinitions"]
    assert container["StopTimeout"] == 120
    assert "PortMappings" not in container
    assert container["HealthCheck"]["Command"] == ["CMD", "/check"]


def test_a_worker_without_a_health_command_has_no_health_check() -> None:
    spec = dataclasses.replace(SPEC, health_command=())
    [task] = resources(template_of("FargateWorker", spec), "AWS::ECS::TaskDefinition")
    assert "HealthCheck" not in task["ContainerDefinitions"][0]
    [deployment] = [found for found in manifests(template_of("EksAutoWorker", spec)) if found["kind"] == "Deployment"]
    assert not {"livenessProbe", "readinessProbe", "startupProbe"} & set(
        deployment["spec"]["template"]["spec"]["containers"][0]
    )


def test_a_worker_on_lambda_reports_partial_failures(templates: dict[str, Template]) -> None:
    [source] = resources(templates["LambdaWorker"], "AWS::Lambda::EventSourceMapping")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 10}
    with pytest.raises(UnsupportedSpecError, match="max_instances=1"):
        made("LambdaWorker", dataclasses.replace(SPEC, min_instances=1, max_instances=1))


def test_workers_on_eks_do_not_scale_to_zero() -> None:
    with pytest.raises(UnsupportedSpecError, match="min_instances=0"):
        made("EksAutoWorker", dataclasses.replace(SPEC, min_instances=0))


@pytest.mark.parametrize("name", ["FargateScheduledJob", "LambdaScheduledJob"])
def test_a_schedule_starts_on_time_and_keeps_what_it_could_not_start(name: str, templates: dict[str, Template]) -> None:
    [schedule] = resources(templates[name], "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == JOB["schedule"]
    assert schedule["ScheduleExpressionTimezone"] == JOB["time_zone"]
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    assert "FailedRunsQueue" in json.dumps(schedule["Target"]["DeadLetterConfig"])


def test_a_failed_task_is_a_failed_run(templates: dict[str, Template]) -> None:
    [rule] = resources(templates["FargateScheduledJob"], "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["containers"] == {"exitCode": [{"anything-but": [0]}, {"exists": False}]}
    assert "FailedRunsQueue" in json.dumps(rule["Targets"])


def test_a_failed_invocation_is_a_failed_run(templates: dict[str, Template]) -> None:
    [config] = resources(templates["LambdaScheduledJob"], "AWS::Lambda::EventInvokeConfig")
    assert config["MaximumRetryAttempts"] == 0
    assert "FailedRunsQueue" in json.dumps(config["DestinationConfig"])


def test_a_cron_job_runs_once_at_a_time_and_ends(templates: dict[str, Template]) -> None:
    [job] = [found for found in manifests(templates["EksAutoScheduledJob"]) if found["kind"] == "CronJob"]
    spec = job["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 7 * * MON-FRI", "Europe/Berlin")
    assert spec["concurrencyPolicy"] == "Forbid"
    run = spec["jobTemplate"]["spec"]
    assert (run["backoffLimit"], run["activeDeadlineSeconds"]) == (0, 3600)
    assert run["template"]["spec"]["restartPolicy"] == "Never"
    assert "ports" not in run["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("name", JOBS)
def test_a_wrong_schedule_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="schedule='hourly' is not valid"):
        made(name, schedule="hourly")


@pytest.mark.parametrize(("name", "retries"), [("LambdaScheduledJob", 3), ("EksAutoScheduledJob", 11)])
def test_too_many_retries_are_rejected(name: str, retries: int) -> None:
    with pytest.raises(ValueError, match=f"retries={retries}"):
        made(name, retries=retries)


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_docstring_says_when_to_choose_it(name: str) -> None:
    text = getattr(microservice, name).__doc__ or ""
    for paragraph in ("It creates", "You provide", "Choose it", "Do not choose it"):
        assert text.count(f"    {paragraph}") == 1, paragraph
