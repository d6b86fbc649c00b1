"""The changes of workers and scheduled jobs: every option of their constructs, each construct in a stack of its own."""

import inspect
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

import microservice
from microservice import PromotedImage, ServiceSpec
from updates.changes import Change, require_values
from updates.declared import Declaration, is_of_workloads, read
from updates.findings import WORKLOADS
from updates.matrix import Builder, Matrix, judge_change
from updates.options import TOPIC
from updates.variants import Argument, Synthesis, Variant
from updates.verdicts import Judgement

SPEC = ServiceSpec(name="orders", min_instances=1, trace_sampling_rate=0)
_NOT_OPTIONS = frozenset({"spec", "cluster"})
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "FargateWorker": {},
    "FargateScheduledJob": {"command": ["report"], "schedule": "rate(1 day)"},
    "EksAutoWorker": {},
    "EksAutoScheduledJob": {"command": ["report"], "schedule": "rate(1 day)"},
    "LambdaWorker": {"command": ["handler"]},
    "LambdaScheduledJob": {"command": ["handler"], "schedule": "rate(1 day)"},
}


def option_values() -> Mapping[str, Argument]:
    """Return option -> another value; made with its construct, because it may be a resource."""
    return {
        "alarm_topic": lambda scope, _given: sns.Topic.from_topic_arn(scope, "AlarmTopic", TOPIC),
        "backlog_per_task": lambda _scope, _given: 10,
        "batch_size": lambda _scope, _given: 1,
        "command": lambda _scope, given: [*given["command"], "--verbose"],
        "image": lambda _scope, _given: _image("1"),
        "max_message_age": lambda _scope, _given: cdk.Duration.minutes(5),
        "processing_time": lambda _scope, _given: cdk.Duration.seconds(20),
        "queue": lambda scope, _given: sqs.Queue.from_queue_arn(
            scope, "OtherQueue", "arn:aws:sqs:us-east-1:000000000000:other"
        ),
        "retries": lambda _scope, _given: 2,
        "schedule": lambda _scope, _given: "rate(1 hour)",
        "time_zone": lambda _scope, _given: "Europe/Berlin",
        "timeout": lambda _scope, _given: cdk.Duration.minutes(5),
    }


def options() -> Mapping[str, list[str]]:
    """Return construct -> names of its arguments that are options."""
    return {
        name: [
            each.name
            for each in inspect.signature(getattr(microservice, name).__init__).parameters.values()
            if each.kind is each.KEYWORD_ONLY and each.name not in _NOT_OPTIONS
        ]
        for name in WORKLOADS
    }


def workload_changes() -> list[Change]:
    """Return the changes of the options: each one set and, if it has a default, reset.

    Raises:
        ActionableError: an option has no other value in `option_values`.
    """
    found, values = options(), option_values()
    names = {name for of_construct in found.values() for name in of_construct}
    require_values("option of a workload", names, values, "option_values of updates/workloads.py")
    base = Variant(name="workloads", spec=SPEC)
    changes = []
    for option in values:
        owners = [name for name in WORKLOADS if option in found[name]]
        after = replace(
            base, name=f"workloads, {option}", arguments={name: {option: values[option]} for name in owners}
        )
        has_default = any(_has_default(name, option) for name in owners)
        change = Change(
            id=f"{option} on" if has_default else option,
            kind="option",
            text=f"{option} set" if has_default else f"another {option}",
            before=base,
            after=after,
            targets=frozenset(owners),
        )
        changes.append(change)
        if has_default:
            changes.append(replace(change, id=f"{option} off", text=f"{option} reset", before=after, after=base))
    return changes


def compute(
    names: Sequence[str] = (),
    declarations: Sequence[Declaration] | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Matrix:
    """Synthesise the constructs with every option, and judge each one.

    Args:
        names: IDs of the changes to compute. Default: all.
        declarations: the declared replacements. Default: those of `declared.toml`.
        report: called with the number of changes so far, and of all. Default: no report.
    """
    declared = [one for one in (read() if declarations is None else declarations) if is_of_workloads(one)]
    builder = _Stacks()
    changes = [change for change in workload_changes() if not names or change.id in names]
    judgements: dict[tuple[str, str], Judgement] = {}
    for number, change in enumerate(changes):
        report(number, len(changes))
        judgements |= judge_change(builder, change, declared)
    return Matrix(targets=WORKLOADS, changes=changes, judgements=judgements, declarations=declared)


@dataclass
class _Stacks(Builder):
    """Synthesises each variant once, with a stack for each construct."""

    found: dict[tuple[str, frozenset[str]], Synthesis] = field(default_factory=dict)

    def synthesise(self, variant: Variant) -> Synthesis:
        """Return the templates of a variant."""
        key = (variant.name, variant.without)
        if key not in self.found:
            self.found[key] = _synthesise(variant)
        return self.found[key]


def _synthesise(variant: Variant) -> Synthesis:
    with tempfile.TemporaryDirectory(prefix="updates-") as directory:
        app = cdk.App(outdir=directory)
        dependencies = dict(_dependencies(cdk.Stack(app, "Shared")))
        for name in WORKLOADS:
            stack = cdk.Stack(app, name)
            given = {"spec": variant.spec, "image": _image("0"), **_DEFAULTS[name]}
            platform = "Eks" if name.startswith("Eks") else "Fargate" if name.startswith("Fargate") else ""
            given |= {"cluster": dependencies[platform]} if platform else {}
            made = {option: make(stack, given) for option, make in variant.arguments.get(name, {}).items()}
            getattr(microservice, name)(stack, "Work", **{**given, **made})
        app.synth()
        templates = {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in Path(directory).glob("*.template.json")
        }
    targets = {name: name for name in WORKLOADS}
    return Synthesis(templates=templates, targets=targets, rejected={}, unsupported_fields={})


def _dependencies(stack: cdk.Stack) -> Iterator[tuple[str, Any]]:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    yield "Fargate", ecs.Cluster(stack, "Cluster", vpc=vpc)
    yield (
        "Eks",
        eks.Cluster(
            stack,
            "EksCluster",
            vpc=vpc,
            version=eks.KubernetesVersion.V1_36,
            kubectl_provider_options=eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl")),
        ),
    )


def _image(digit: str) -> PromotedImage:
    return PromotedImage(repository_name="orders", digest=f"sha256:{digit * 64}")


def _has_default(construct: str, option: str) -> bool:
    parameter = inspect.signature(getattr(microservice, construct).__init__).parameters[option]
    return parameter.default is not parameter.empty
