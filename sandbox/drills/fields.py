"""D9: each field of the spec that a target updates without a replacement, changed under constant requests."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from comparison.facts import updates
from deployment.changes import CHANGES, Change
from deployment.errors import ActionableError
from deployment.preflight.account import Account
from deployment.prober import Prober, Response
from deployment.results import Outcome
from sandbox.drill import DeployResult, DrillContext, DrillOutcome
from sandbox.drills import probing
from sandbox.drills.bad_version import is_rolled_back_by_app_runner
from sandbox.drills.probing import probed, settled_tally
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import account_of
from sandbox.drills.versions import first_version_afterwards

PERMISSIONS = (*probing.PERMISSIONS, "apprunner:ListOperations")
_WITHOUT_REPLACEMENT = ("in place", "rolling")
_OK = 200
_MAX_NAMED = 5
# The first version has two replicas; the prober's own change to two would be none.
_REPLICAS: Mapping[str, object] = {"min_instances": 3}
_SMALLEST, _LARGEST = "the smallest task size", "the largest task size"
# Of the sizes that the spec allows: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
_SIZES = {
    "ecs-managed-instances": (
        # One replica: the largest size has 16 vCPUs, and its replacement as many again.
        Change(name=_SMALLEST, fields={"cpu": 128, "memory_mib": 128, "min_instances": 1}),
        Change(name=_LARGEST, fields={"cpu": 16384, "memory_mib": 122880, "min_instances": 1}),
    )
}
NEEDS_SHARED_STACK: Mapping[tuple[str, str], str] = {
    ("secrets", "eks-auto"): "the cluster needs the secrets add-on, which is in another stack",
}
"""Field and target -> why the target's own stack alone cannot have the change."""
BUILT_ELSEWHERE = "architecture"
"""The field whose change needs an image for another CPU, which the engine may not be able to build."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One change, and what came of it.

    Attributes:
        name: the field, or what changes.
        result: result of the deployment; None if the version could not be built. Default: None.
        requests: number of requests meanwhile. Default: 0.
        others: responses that were not 200, or came too late: text -> how many. Default: none.
        is_rolled_back: whether the platform has rolled back although CloudFormation reports success. Default: False.
        reason: why it was not built. Default: "".
    """

    name: str
    result: DeployResult | None = None
    requests: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    is_rolled_back: bool = False
    reason: str = ""

    @property
    def is_deployed(self) -> bool:
        """Whether the changed version runs."""
        return self.result is not None and self.result.is_complete and not self.is_rolled_back

    @property
    def is_served(self) -> bool:
        """Whether the changed version runs, and every response was 200."""
        return self.is_deployed and self.requests > 0 and not self.others


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of D9: the changes in the order of execution."""

    changes: Sequence[Changed]

    def deployed(self, *names: str) -> bool | None:
        """Whether all changes of these names were deployed; None if one was not tried, or not built."""
        found = [one for one in self.changes if one.name in names and one.result is not None]
        return all(one.is_deployed for one in found) if len(found) == len(names) else None


OBSERVERS: Observers[Facts] = {
    "managed-instances-requirements": lambda facts: facts.deployed(_SMALLEST, _LARGEST),
    "eks-arm64-pool-starts": lambda facts: facts.deployed("architecture"),
    "podman-on-arm64": lambda facts: facts.deployed("architecture"),
    "app-runner-start-command": lambda facts: facts.deployed("command"),
    "beanstalk-ecr-login": lambda facts: facts.deployed("environment"),
}
"""Statement -> whether the facts show that it is true."""
NOT_SETTLED = {
    "beanstalk-reads-bucket": "the drill does not read `eb-engine.log`, which alone shows the downloads",
}
"""Statement -> why the drill leaves it open."""


def changes_of(target: str, account: str, region: str, partition: str = "aws") -> list[Change]:
    """Return the changes that a target deploys without a replacement, as the table of updates says.

    Args:
        target: ID of the target.
        account: account ID, for the ARN of a parameter.
        region: the Region, for the same.
        partition: the partition, for the same. Default: "aws".
    """
    verdicts = {change.id: change.cells[target].verdict for change in updates.read().changes if target in change.cells}
    parameter = f"arn:{partition}:ssm:{region}:{account}:parameter/cdk-bootstrap/hnb659fds/version"
    own: dict[str, Mapping[str, object]] = {"secrets": {"secrets": {"SETTING": parameter}}, "min_instances": _REPLICAS}
    return [
        *(
            replace(change, fields=own.get(change.name, change.fields))
            for change in CHANGES
            if change.fields
            and not change.must_fail
            and verdicts.get(change.name) in _WITHOUT_REPLACEMENT
            and (change.name, target) not in NEEDS_SHARED_STACK
        ),
        *_SIZES.get(target, ()),
    ]


def judge_responses(responses: Collection[Response]) -> dict[str, int]:
    """Return the responses that were not 200, or came too late: text without names of the account -> how many."""
    found: dict[str, int] = {}
    for one in responses:
        if one.status == _OK and not one.is_lost:
            continue
        connection = "a new" if one.new_connection else "an open"
        what = "no response" if one.status is None else str(one.status)
        text = f"{what} on {connection} connection" if one.status != _OK else "200, too late"
        found[text] = found.get(text, 0) + 1
    return found


def judge(facts: Facts) -> tuple[Outcome, str]:
    """Return whether each change was deployed, and every response was 200."""
    failed = []
    for one in facts.changes:
        if one.result is None or one.is_served:
            continue
        if not one.is_deployed:
            status = "rolled back" if one.is_rolled_back else one.result.status or "no stack"
            failed.append(f"{one.name}: not deployed ({status})")
        elif not one.requests:
            failed.append(f"{one.name}: no request was sent")
        else:
            text, number = max(one.others.items(), key=lambda item: item[1])
            failed.append(f"{one.name}: {sum(one.others.values())} of {one.requests} not 200 ({number}× {text})")
    if failed:
        return Outcome.FAILED, "; ".join(failed[:_MAX_NAMED]) + ("; …" if len(failed) > _MAX_NAMED else "")
    left_out = [f"{one.name}: {one.reason}" for one in facts.changes if one.result is None]
    if len(left_out) == len(facts.changes):
        return Outcome.NOT_RUN, "; ".join(left_out) or "the target has no such field"
    return Outcome.PASSED, "; ".join(left_out)


def run(context: DrillContext) -> DrillOutcome:
    """Deploy one change after the other under one prober, then the first version."""
    account = account_of(context)
    partition = next(iter(context.stacks.values()), "arn:aws").split(":")[1]
    chosen = changes_of(context.target, context.environment.account, context.environment.region, partition)
    done: list[Changed] = []
    fields: dict[str, object] = {}
    with first_version_afterwards(context), probed(context) as prober:
        for number, change in enumerate(chosen, start=1):
            context.report(f"changes {change.name} ({number} of {len(chosen)})")
            version = {**fields, **change.fields}
            found = _change(context, account, prober, change.name, version)
            done.append(found)
            fields = version if found.is_deployed else fields
    facts = Facts(changes=done)
    outcome, reason = judge(facts)
    return observed("D9", context.target, outcome, reason, OBSERVERS, facts)


def _change(
    context: DrillContext, account: Account, prober: Prober, name: str, version: Mapping[str, object]
) -> Changed:
    since_s, began = prober.seconds, datetime.now(UTC)
    try:
        result = context.redeploy(f"service={json.dumps(version, separators=(',', ':'))}")
    except ActionableError:
        if name != BUILT_ELSEWHERE:
            raise
        return Changed(name=name, reason="the image was not built for it")
    settled_tally(context, prober, since_s)
    responses = prober.responses(context.target, since_s)
    return Changed(
        name=name,
        result=result,
        requests=len(responses),
        others=judge_responses(responses),
        is_rolled_back=is_rolled_back_by_app_runner(context, account, began),
    )
