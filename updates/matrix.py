"""The matrix: the verdict of every change on every target."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import app as app_module
from service import SPEC
from updates.change_set import ChangeSet
from updates.changes import (
    Change,
    app_changes,
    base_variant,
    changes_with_options,
    field_changes,
    option_changes,
    parameter_changes,
)
from updates.declared import Declaration, read
from updates.findings import Finding
from updates.templates import App
from updates.variants import Synthesis, Variant, synthesise
from updates.verdicts import Judgement, Verdict, findings_of, judge

SHARED = "shared"


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The verdicts.

    Attributes:
        targets: IDs of the targets, in the order of the app.
        changes: the changes.
        judgements: (ID of a change, target) -> verdict; the target `shared` stands for the stacks without a target.
        declarations: all declarations.
    """

    targets: Sequence[str]
    changes: Sequence[Change]
    judgements: Mapping[tuple[str, str], Judgement]
    declarations: Sequence[Declaration]

    @property
    def undeclared(self) -> Iterator[tuple[str, str, Finding]]:
        """Change, target and finding of each finding that nothing declares."""
        for (change, target), judgement in self.judgements.items():
            for finding in judgement.undeclared:
                yield change, target, finding

    @property
    def unused(self) -> Iterator[tuple[Declaration, str, str]]:
        """Declaration, target and change for which a declaration covers nothing."""
        for declaration in self.declarations:
            for target in declaration.targets:
                for change in declaration.changes:
                    judgement = self.judgements.get((change, target))
                    if judgement is None or declaration not in judgement.declarations:
                        yield declaration, target, change


@dataclass
class _Builder:
    """Synthesises each variant once."""

    found: dict[tuple[str, frozenset[str]], Synthesis] = field(default_factory=dict)

    def synthesise(self, variant: Variant) -> Synthesis:
        key = (variant.name, variant.without)
        if key not in self.found:
            self.found[key] = synthesise(variant)
        return self.found[key]


def compute(names: Sequence[str] = (), declarations: Sequence[Declaration] | None = None) -> Matrix:
    """Synthesise the app with every change, and judge each one on each target.

    Args:
        names: IDs of the changes to compute. Default: all.
        declarations: the declared replacements. Default: those of `declared.toml`.
    """
    builder = _Builder()
    base = base_variant(SPEC)
    synthesis = builder.synthesise(base)
    changes = [
        *field_changes(base),
        *option_changes(base),
        *parameter_changes(base, synthesis),
        *app_changes(base, app_module.add_stacks.__doc__ or ""),
        *changes_with_options(base, synthesis),
    ]
    declared = read() if declarations is None else declarations
    judgements: dict[tuple[str, str], Judgement] = {}
    for change in changes:
        if not names or change.id in names:
            judgements |= _judge(builder, change, declared)
    chosen = [change for change in changes if not names or change.id in names]
    return Matrix(targets=list(synthesis.targets), changes=chosen, judgements=judgements, declarations=declared)


def _judge(builder: _Builder, change: Change, declared: Sequence[Declaration]) -> Mapping[tuple[str, str], Judgement]:
    before, after = builder.synthesise(change.before), builder.synthesise(change.after)
    rejected = after.rejected
    if rejected:
        # What other stacks have for a target that rejects the change is no part of the change.
        before = builder.synthesise(replace(change.before, without=change.before.without | frozenset(rejected)))
    update = change_set(before, after, change.parameters)
    findings = findings_of(update)
    targets = {**builder.synthesise(change.before).targets, **after.targets}
    chosen = {target: stack for target, stack in targets.items() if change.targets is None or target in change.targets}
    judged: dict[tuple[str, str], Judgement] = {}
    for target, stacks in [
        *((target, {stack}) for target, stack in chosen.items()),
        (SHARED, _others(update, targets)),
    ]:
        if message := next((rejected[stack] for stack in stacks if stack in rejected), ""):
            judged[change.id, target] = Judgement(verdict=Verdict.REJECTED, message=message)
            continue
        judgement = judge(
            target=target,
            change=change.id,
            changes=[one for one in update.changes.values() if one.stack in stacks],
            findings=[one for one in findings if one.stack in stacks],
            declarations=declared,
            change_set=update,
        )
        reason = after.unsupported_fields.get(target, {}).get(change.field, "")
        if reason and judgement.verdict is Verdict.UNCHANGED:
            judgement = replace(judgement, verdict=Verdict.UNSUPPORTED, message=reason)
        judged[change.id, target] = judgement
    return judged


def change_set(before: Synthesis, after: Synthesis, parameters: Mapping[str, Mapping[str, str]]) -> ChangeSet:
    """Return the changes of an update; a stack that the app no longer has stays in the account as it is."""
    return ChangeSet(App(before.templates), App({**before.templates, **after.templates}, parameters))


def _others(update: ChangeSet, targets: Mapping[str, str]) -> set[str]:
    return set(update.after.templates) - set(targets.values())
