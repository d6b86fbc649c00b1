"""The effects of an update on running services, computed from two sets of templates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from updates.change_set import Action, ChangeSet, ResourceChange
from updates.findings import Finding
from updates.templates import App
from updates.verdicts import Verdict, findings_of, rolls, verdict_of


@dataclass(frozen=True)
class Effects:
    """The effects of an update.

    Attributes:
        findings: what AWS replaces, interrupts or rejects.
        rolling: resources whose replicas are replaced step by step while old ones serve.
        changes: all changed resources.
        change_set: the change set that they are computed from.
    """

    findings: tuple[Finding, ...]
    rolling: tuple[ResourceChange, ...]
    changes: tuple[ResourceChange, ...]
    change_set: ChangeSet = field(repr=False)

    @property
    def replaced(self) -> tuple[ResourceChange, ...]:
        """Resources that CloudFormation replaces."""
        return tuple(change for change in self.changes if change.action is Action.REPLACED)

    def verdict(self, stacks: Collection[str]) -> Verdict:
        """Return the verdict on the services of some stacks."""
        changes = [change for change in self.changes if change.stack in stacks]
        return verdict_of(changes, [found for found in self.findings if found.stack in stacks], self.change_set)


def effects_of(before: Mapping[str, Mapping[str, object]], after: Mapping[str, Mapping[str, object]]) -> Effects:
    """Return the effects of an update from one set of templates to another.

    Args:
        before: stack -> template of what is deployed.
        after: stack -> template of what would be deployed.
    """
    change_set = ChangeSet(App(before), App(after))
    changes = tuple(change_set.changes.values())
    return Effects(
        findings=tuple(findings_of(change_set)),
        rolling=tuple(change for change in changes if rolls(change, change_set)),
        changes=changes,
        change_set=change_set,
    )
