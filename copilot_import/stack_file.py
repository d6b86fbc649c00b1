"""The stack of a worker, a job or a private service in `stacks/`, which `service.py` names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copilot_import import worker
from copilot_import.manifest import Manifest
from copilot_import.overrides import APPLICATION, ENVIRONMENT
from copilot_import.python_source import checked, literal
from copilot_import.schedules import runs
from copilot_import.secrets import Owner
from copilot_import.targets import is_private
from copilot_import.workload_types import WORKER

_WORKER = '''\
"""{title}."""

{cast}import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
{sns}from constructs import Construct

from microservice import FargateWorker, WorkQueue

from .target_stack import TargetStackProps, synthesizer_for
{topics}

class WorkerStack(cdk.Stack):
    """The worker and its queue, on ECS with Fargate."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps, *, cluster: ecs.ICluster) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        work = WorkQueue(self, "Work", visibility_timeout=cdk.Duration.seconds({timeout}), max_receives={tries})
{overrides}\
        worker = FargateWorker(
            self,
            "Worker",
            # Copilot's name of the variable QUEUE_URL, which the construct sets.
            spec=props.spec.with_environment(COPILOT_QUEUE_URI=work.queue.queue_url),
            image=props.image,
            cluster=cluster,
            queue=work.queue,
            processing_time=cdk.Duration.seconds({processing}),
            backlog_per_task={backlog},
            alarm_topic=props.alarm_topic,
        )
        # Grant here what the code calls: table.grant_read_data(worker.role).
        cdk.CfnOutput(self, "QueueUrl", value=worker.queue.queue_url)
{subscriptions}'''
_FILTERS = "FILTERS: dict[str, dict[str, list[object]]] = {"
_SNS = "from aws_cdk import aws_sns as sns\nfrom aws_cdk import aws_sns_subscriptions as subscriptions\n"
_NATIVE = '        native = cast("cdk.CfnResource", work.queue.node.default_child)'
_SUBSCRIBE = """\
        for name, arn in TOPICS.items():
            topic: sns.ITopic = (
                sns.Topic.from_topic_arn(self, name, arn) if arn else sns.Topic(self, name, enforce_ssl=True)
            )
"""
_SUBSCRIBED = """\
            topic.add_subscription(subscriptions.SqsSubscription(work.queue))
"""
_FILTERED = """\
            filters = {key: sns.SubscriptionFilter(values) for key, values in FILTERS.get(name, {}).items()}
            topic.add_subscription(subscriptions.SqsSubscription(work.queue, filter_policy=filters or None))
"""
_OUTPUT = """\
            cdk.CfnOutput(self, f"{name}TopicArn", value=topic.topic_arn)
"""

_JOB = '''\
"""{title}."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import FargateScheduledJob

from .target_stack import TargetStackProps, synthesizer_for


class ScheduledJobStack(cdk.Stack):
    """The job and its schedule, on ECS with Fargate."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps, *, cluster: ecs.ICluster) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        job = FargateScheduledJob(
            self,
            "Job",
            spec=props.spec,
            image=props.image,
            cluster=cluster,
            command=list(props.spec.command),
            schedule={schedule},
{zone}\
            alarm_topic=props.alarm_topic,
        )
        # Grant here what the code calls: table.grant_read_data(job.role).
        cdk.CfnOutput(self, "FailedRunsUrl", value=job.failed_runs.queue.queue_url)
'''

_PRIVATE_SERVICE = '''\
"""{title}."""

from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import FargateMicroservice, PrivateIngress

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class PrivateServiceStack(TargetStack):
    """The service on ECS with Fargate, for callers inside the VPC."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps, *, cluster: ecs.ICluster) -> None:
        super().__init__(scope, construct_id, props)
        service = FargateMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            cluster=cluster,
            # http inside the VPC: name, zone and certificate give it a domain name and https.
            ingress=PrivateIngress(),
            alarm_topic=props.alarm_topic,
        )
        # Grant here what the code calls: table.grant_read_data(service.role).
        self.connect(service)
'''


@dataclass(frozen=True)
class StackFile:
    """The file with the stack of a worker, a job or a private service.

    Attributes:
        construct: The target, or the name of the construct of a worker or a job.
        module: Its module, such as `stacks.worker`.
        class_name: The stack's class.
        source: Its content.
    """

    construct: str
    module: str
    class_name: str
    source: str

    @property
    def path(self) -> str:
        """Path in the project."""
        return f"{self.module.replace('.', '/')}.py"

    @property
    def stack(self) -> str:
        """Name of the stack in the app."""
        return f"Orders{self.class_name.removesuffix('Stack')}"


def stack_file(manifest: Manifest, title: str, variables: Mapping[str, str], owner: Owner) -> StackFile | None:
    """Return the stack of a worker, of a job whose schedule EventBridge supports, or of a private service.

    A public service has none: the stacks of its targets are in the project.

    Args:
        manifest: The manifest.
        title: First line of the file.
        variables: Names of Copilot's application and environment, in the names of topics.
        owner: Account and Region of these topics.
    """
    if manifest.type is WORKER:
        return StackFile("FargateWorker", "stacks.worker", "WorkerStack", _worker(manifest, title, variables, owner))
    if is_private(manifest):
        source = _PRIVATE_SERVICE.format(title=title)
        return StackFile("ecs-fargate", "stacks.private_service", "PrivateServiceStack", source)
    if manifest.type.serves_requests:
        return None
    schedule, zone = runs(str(manifest.find("on", "schedule")))
    return StackFile(
        "FargateScheduledJob",
        "stacks.scheduled_job",
        "ScheduledJobStack",
        _JOB.format(
            title=title,
            schedule=literal(schedule),
            zone=f"            time_zone={literal(zone)},\n" if zone else "",
        ),
    )


def _worker(manifest: Manifest, title: str, variables: Mapping[str, str], owner: Owner) -> str:
    found = list({topic.construct_id: topic for topic in worker.topics(manifest)}.values())
    timeout = worker.timeout_seconds(manifest)
    overrides = _overrides(manifest)
    return _WORKER.format(
        title=title,
        cast="from typing import cast\n\n" if overrides else "",
        sns=_SNS if found else "",
        topics=_topics(found, variables, owner),
        timeout=timeout,
        tries=worker.tries(manifest),
        overrides=overrides,
        # `FargateWorker` requires a visibility timeout of twice this time.
        processing=timeout // 2,
        backlog=worker.backlog_per_task(manifest),
        subscriptions=_subscriptions(found),
    )


def _overrides(manifest: Manifest) -> str:
    """The settings of the queue that `WorkQueue` has no parameter for."""
    settings = {
        "DelaySeconds": worker.delay_seconds(manifest),
        "MessageRetentionPeriod": worker.retention_seconds(manifest),
    }
    set_ = [(name, value) for name, value in settings.items() if value is not None]
    lines = [f'        native.add_property_override("{name}", {value})' for name, value in set_]
    return "\n".join([_NATIVE, *lines, ""]) if lines else ""


def _topics(found: Sequence[worker.Topic], variables: Mapping[str, str], owner: Owner) -> str:
    if not found:
        return ""
    lines = [
        "",
        "# Topic -> its ARN. None: the stack creates the topic, and outputs its ARN for the service that publishes.",
        "TOPICS: dict[str, str | None] = {",
    ]
    for topic in found:
        lines += [f"    # Copilot's: {topic_arn(topic, variables, owner)}", f"    {literal(topic.construct_id)}: None,"]
    filtered = [topic for topic in found if topic.filters]
    if filtered:
        lines += ["}", "# Topic -> message attribute -> conditions, of which one must match.", _FILTERS]
    for topic in filtered:
        lines += [f"    {literal(topic.construct_id)}: {{"]
        lines += [checked(f"        {literal(key)}: {literal(value)},", "") for key, value in topic.filters.items()]
        lines += ["    },"]
    return "\n".join([*lines, "}", ""])


def topic_arn(topic: worker.Topic, variables: Mapping[str, str], owner: Owner) -> str:
    """Return the ARN of Copilot's topic, with names in capitals for what is not known."""
    given = {
        "APPLICATION": variables.get(APPLICATION, ""),
        "ENVIRONMENT": variables.get(ENVIRONMENT, ""),
        "REGION": owner.region,
        "ACCOUNT": owner.account,
    }
    application, environment, region, account = (
        value if re.fullmatch(r"[\w-]{1,64}", value, re.ASCII) else name for name, value in given.items()
    )
    return f"arn:{owner.partition}:sns:{region}:{account}:{application}-{environment}-{topic.service}-{topic.name}"


def _subscriptions(found: Sequence[worker.Topic]) -> str:
    if not found:
        return ""
    return _SUBSCRIBE + (_FILTERED if any(topic.filters for topic in found) else _SUBSCRIBED) + _OUTPUT
