"""The matrix: the verdict of every change on every target."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from service import SPEC
from stacks.context import Context
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
from updates.declared import Declaration, is_of_workloads, read
from updates.findings import SHARED, Finding
from updates.templates import App, imports
from updates.variants import Synthesis, Variant, synthesise
from updates.verdicts import Judgement, Verdict, findings_of, judge


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
class Builder:
    """Synthesises each variant once.

    Attributes:
        found: name of a variant and its empty stacks -> its templates.
    """

    found: dict[tuple[str, frozenset[str]], Synthesis] = field(default_factory=dict)

    def synthesise(self, variant: Variant) -> Synthesis:
        """Return the templates of a variant."""
        key = (variant.name, variant.without)
        if key not in self.found:
            self.found[key] = synthesise(variant)
        return self.found[key]


def compute(
    names: Sequence[str] = (),
    declarations: Sequence[Declaration] | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Matrix:
    """Synthesise the app with every change, and judge each one on each target.

    Args:
        names: IDs of the changes to compute. Default: all.
        declarations: the declared replacements. Default: those of `declared.toml`.
        report: called with the number of changes so far, and of all. Default: no report.
    """
    builder = Builder()
    base = base_variant(SPEC)
    synthesis = builder.synthesise(base)
    changes = [
        *field_changes(base),
        *option_changes(base),
        *parameter_changes(base, synthesis),
        *app_changes(base, [field.name for field in fields(Context)]),
        *changes_with_options(base, synthesis),
    ]
    declared = [one for one in (read() if declarations is None else declarations) if not is_of_workloads(one)]
    judgements: dict[tuple[str, str], Judgement] = {}
    chosen = [change for change in changes if not names or change.id in names]
    for number, change in enumerate(chosen):
        report(number, len(chosen))
        judgements |= judge_change(builder, change, declared)
    return Matrix(targets=list(synthesis.targets), changes=chosen, judgements=judgements, declarations=declared)


def judge_change(
    builder: Builder, change: Change, declared: Sequence[Declaration]
) -> Mapping[tuple[str, str], Judgement]:
    """Return the verdict of a change on each target and on the shared stacks.

    Args:
        builder: synthesises the variants.
        change: the change. If it is part of a round that changes shared stacks, the option is synthesised alone.
        declared: all declarations.
    """
    before, after = builder.synthesise(change.before), builder.synthesise(change.after)
    if change.alone and _shared(before) != _shared(after):
        change = replace(change, before=change.alone[0], after=change.alone[1])
        before, after = builder.synthesise(change.before), builder.synthesise(change.after)
    targets = {**before.targets, **after.targets}
    rejected = after.rejected
    if rejected:
        # What other stacks have for a target that rejects the change is no part of the change.
        before = builder.synthesise(replace(change.before, without=change.before.without | frozenset(rejected)))
    chosen = {target: stack for target, stack in targets.items() if change.targets is None or target in change.targets}
    others = {stack for target, stack in targets.items() if target not in chosen}
    templates = isolated(before.templates, after.templates, others)
    update = ChangeSet(App(before.templates), App(templates, change.parameters))
    findings = findings_of(update)

    def judged(target: str, stacks: set[str]) -> Judgement:
        if message := next((rejected[stack] for stack in stacks if stack in rejected), ""):
            return Judgement(verdict=Verdict.REJECTED, message=message)
        return judge(
            target=target,
            change=change.id,
            changes=[one for one in update.changes.values() if one.stack in stacks],
            findings=[one for one in findings if one.stack in stacks],
            declarations=declared,
            change_set=update,
        )

    shared = judged(SHARED, set(templates) - set(targets.values()))
    found = {(change.id, SHARED): shared}
    for target, stack in chosen.items():
        judgement = judged(target, {stack})
        reason = after.unsupported_fields.get(target, {}).get(change.field, "")
        if reason and judgement.verdict is Verdict.UNCHANGED:
            judgement = replace(judgement, verdict=Verdict.UNSUPPORTED, message=reason)
        if change.kind != "option" and judgement.changes and not judgement.undeclared:
            judgement = _behind(shared, judgement)
        found[change.id, target] = judgement
    return found


def _shared(synthesis: Synthesis) -> Mapping[str, Mapping[str, Any]]:
    """The templates of the stacks without a target."""
    own = set(synthesis.targets.values())
    return {stack: template for stack, template in synthesis.templates.items() if stack not in own}


def isolated(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]], others: Collection[str]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the templates after an update of some targets.

    Stacks of other targets stay as they are, and so do the exports that they import. A stack that the app no longer
    has stays in the account.

    Args:
        before: stack -> template before the update.
        after: stack -> template after it, of all targets.
        others: the stacks of the other targets.
    """
    found = {**before, **{stack: template for stack, template in after.items() if stack not in others}}
    imported = {name for template in found.values() for name in imports(template)}
    for stack, template in found.items():
        kept = {
            name: output
            for name, output in before.get(stack, {}).get("Outputs", {}).items()
            if output.get("Export", {}).get("Name") in imported
        }
        found[stack] = {**template, "Outputs": {**kept, **template.get("Outputs", {})}}
    return found


def _behind(shared: Judgement, judgement: Judgement) -> Judgement:
    """The verdict of a target whose shared infrastructure is updated first: if that is rejected, nothing happens."""
    if shared.verdict is not Verdict.REJECTED:
        return judgement
    return replace(judgement, verdict=Verdict.REJECTED, findings=(*judgement.findings, *shared.findings))
