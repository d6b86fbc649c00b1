"""D10: destroy everything, and search for what remains, at once and an hour later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.preflight.account import AWS_ERRORS, Account
from deployment.results import Outcome
from sandbox import inventory as inventories
from sandbox import leftovers
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills import kubectl
from sandbox.drills.settlement import Observers, observed
from sandbox.drills.target import MINUTE_S, account_of
from sandbox.leftovers import Leftover
from sandbox.resource_kinds import State

PERMISSIONS = (*inventories.PERMISSIONS, *leftovers.PERMISSIONS, *kubectl.PERMISSIONS)
SECOND_SEARCH_S = 60 * MINUTE_S
INVENTORY_FILE, LEFTOVERS_FILE = "inventory.json", "leftovers.json"
_LOG_GROUP = "AWS::Logs::LogGroup"
_NAMESPACE_OUTPUT = "Namespace"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts that the drill has seen.

    Attributes:
        target: ID of the target.
        is_destroyed: whether the deletion of all stacks completed.
        found: what the last search found.
        searches: number of searches.
        has_insights: whether a cluster of the run sends Container Insights. Default: False.
        namespaces: namespaces of the cluster between the deletion of the service and that of the cluster; None if they
            were not read. Default: None.
        namespace: the namespace of the service. Default: "".
    """

    target: str
    is_destroyed: bool
    found: Sequence[Leftover]
    searches: int
    has_insights: bool = False
    namespaces: Sequence[str] | None = None
    namespace: str = ""

    def remains(self, *types: str, log_group: str = "") -> bool | None:
        """Whether a resource remains; None if that is unknown.

        Args:
            types: CloudFormation types. Default: all.
            log_group: start of the name of log groups. Default: all of them.
        """
        concerned = [
            one
            for one in self.found
            if (not types or one.type in types) and (one.type != _LOG_GROUP or one.id.startswith(log_group))
        ]
        if any(one.state is State.PRESENT for one in concerned):
            return True
        # What could not be listed may be of any type.
        if any(one.state is State.UNKNOWN for one in concerned) or self._is_partial:
            return None
        return False

    @property
    def _is_partial(self) -> bool:
        return any(one.state is State.UNKNOWN and not one.type.startswith("AWS::") for one in self.found)


def _nothing_left(facts: Facts) -> bool | None:
    return _negated(facts.remains()) if facts.is_destroyed else None


def _no_insights_logs(facts: Facts) -> bool | None:
    # ECS may write once more, minutes after the last task: only the second search can prove it.
    remains = facts.remains(_LOG_GROUP, log_group="/aws/ecs/containerinsights/")
    if remains:
        return False
    return True if remains is False and facts.searches > 1 and facts.has_insights else None


def _no_eks_logs(facts: Facts) -> bool | None:
    types = (_LOG_GROUP, "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkInterface")
    remains = facts.remains(*types)
    if remains:
        return False
    return True if remains is False and facts.searches > 1 and facts.is_destroyed else None


def _service_before_cluster(facts: Facts) -> bool | None:
    if facts.namespaces is None or not facts.namespace:
        return None
    return facts.namespace not in facts.namespaces


def _negated(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


OBSERVERS: Observers[Facts] = {
    "no-insights-log-group-left": _no_insights_logs,
    "managed-instances-destroy-completes": lambda facts: True if facts.is_destroyed else None,
    "express-deletion-leaves-nothing": _nothing_left,
    "eks-no-log-group-left": _no_eks_logs,
    "eks-destroy-order": _service_before_cluster,
    "app-runner-deletion": _nothing_left,
    "beanstalk-logs": lambda facts: _negated(facts.remains(_LOG_GROUP)) if facts.is_destroyed else None,
}
"""Statement -> whether the facts show that it is true."""


def judge(facts: Facts, error: str, second_search: str) -> tuple[Outcome, str]:
    """Return the outcome of the drill.

    Args:
        facts: what the drill has seen.
        error: why the deletion failed; "" if it completed.
        second_search: why there was no second search; "" if there was.
    """
    if not facts.is_destroyed:
        return Outcome.FAILED, f"the stacks were not deleted: {error}"
    outcome, reason = leftovers.judge(facts.found)
    if outcome is Outcome.PASSED and second_search:
        return outcome, f"the second search was not run: {second_search}"
    return outcome, reason


def run(context: DrillContext) -> DrillOutcome:
    """Take the inventory, delete all stacks, and search for what remains."""
    account = account_of(context)
    context.report("lists everything that the run has created")
    before = inventories.take(account, context.stacks)
    _write(context, INVENTORY_FILE, before.as_data())
    namespace, namespaces = _delete_service_first(context, account)
    error = ""
    try:
        context.delete_all()
    except ActionableError as raised:
        # Search all the same: what remains costs money.
        error = raised.message
    found, second_search = _search_twice(context, before, is_destroyed=not error)
    facts = Facts(
        target=context.target,
        is_destroyed=not error,
        found=found,
        searches=1 if second_search else 2,
        has_insights=any("/containerinsights/" in prefix for prefix in before.log_groups),
        namespaces=namespaces,
        namespace=namespace,
    )
    outcome, reason = judge(facts, error, second_search)
    return observed("D10", context.target, outcome, reason, OBSERVERS, facts)


def _search_twice(
    context: DrillContext, before: inventories.Inventory, *, is_destroyed: bool
) -> tuple[list[Leftover], str]:
    """Return what the last search found, and why there was no second one."""
    found = _search(context, before)
    if not is_destroyed:
        return found, "the stacks were not deleted"
    try:
        _wait(context)
    except KeyboardInterrupt:
        raise
    except BaseException:
        # The limit of the run, which no other drill survives: here nothing is left to delete, and the first search is a
        # result.
        context.report("no second search: run `python -m sandbox sweep` in an hour")
        return found, "the limit of the run was nearer than an hour; run `python -m sandbox sweep` then"
    return _search(context, before), ""


def _search(context: DrillContext, before: inventories.Inventory) -> list[Leftover]:
    context.report("searches for what remains")
    # Each search asks anew.
    found = leftovers.search(account_of(context), before, context.run)
    _write(context, LEFTOVERS_FILE, [vars(one) for one in found])
    for command in leftovers.commands(found):
        context.report(f"remove it with: {command}")
    return found


def _wait(context: DrillContext) -> None:
    started = context.now()
    while (waited_s := context.now() - started) < SECOND_SEARCH_S:
        context.report(f"waits for logs and network interfaces: {waited_s:.0f} of {SECOND_SEARCH_S:.0f} s")
        context.sleep(min(5 * MINUTE_S, SECOND_SEARCH_S - waited_s))


def _delete_service_first(context: DrillContext, account: Account) -> tuple[str, list[str] | None]:
    """On EKS, delete the service, and read the namespaces before the cluster is deleted.

    Returns the namespace of the service, "" without one, and the namespaces that remain, None if they were not read.
    """
    app = DeployedApp.read(context.environment)
    namespace = app.stacks[context.stack].outputs.get(_NAMESPACE_OUTPUT, "") if context.stack in app.stacks else ""
    if not namespace:
        return "", None
    try:
        if namespace not in kubectl.names(context, account, "namespaces").split():
            return namespace, None
        context.delete_target()
        return namespace, kubectl.names(context, account, "namespaces").split()
    except (ActionableError, *AWS_ERRORS):
        return namespace, None


def _write(context: DrillContext, name: str, data: object) -> Path:
    path = context.environment.directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2, default=str) + "\n")
    return path
