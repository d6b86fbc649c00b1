"""The effects of a change of the app: on templates, on the cost of a month, and on running services."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from comparison.diff import Change, ChangedResource, ResourceKey, changes
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from deployment.template import (
    Resource,
    TargetTemplates,
    Template,
    resolved,
    shared_templates,
    strip_hashes,
    target_templates,
)
from pricing.cost_model import cost_model, shared_cost_model
from pricing.estimate import Estimate, estimate
from pricing.prices import PriceList
from pricing.usage import Usage
from updates.effects import Effects, effects_of
from updates.findings import SHARED, Finding
from updates.verdicts import Verdict

State = Literal["added", "removed", "changed", "unchanged"]

_METADATA = "AWS::CDK::Metadata"
# Attributes of a resource beside its properties.
_ATTRIBUTES = ("Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "UpdatePolicy", "UpdateReplacePolicy")
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Transform", "Outputs")
_ASSET = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")
# Sums of the same charges in another order.
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class StackChange:
    """The change of the template of one stack.

    Attributes:
        stack: name of the stack.
        state: "added" or "removed" for a stack that only one app has.
        targets: IDs of its targets; none for shared infrastructure.
        added: resources that are new.
        removed: resources that are gone.
        changed: resources with differences. Without any, only hashes or the order of a list differ.
        sections: differences outside the resources, such as outputs.
    """

    stack: str
    state: State
    targets: tuple[str, ...] = ()
    added: tuple[ResourceKey, ...] = ()
    removed: tuple[ResourceKey, ...] = ()
    changed: tuple[ChangedResource, ...] = ()
    sections: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Month:
    """The cost of a month before and after a change.

    Attributes:
        before: US dollars; None if there was none, or the templates do not support the load.
        after: the same after the change.
    """

    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """US dollars more a month; None if one side has no cost."""
        if self.before is None or self.after is None:
            return None
        found = self.after - self.before
        return 0.0 if abs(found) < _ROUNDING else found


@dataclass(frozen=True, kw_only=True)
class TargetChange:
    """The change of one target, or of the shared stacks.

    Attributes:
        id: ID of the target; "shared" for all stacks without a target.
        state: "added" or "removed" for a target that only one app has.
        added: number of new resources in its stacks.
        removed: number of resources that are gone.
        changed: number of resources with differences.
        idle: cost without a request.
        load: cost at the reference load.
        verdict: what the update does to the running service; None if there is none before or after.
        unpriced: why a side has no cost; "" if both have.
    """

    id: str
    state: State
    added: int
    removed: int
    changed: int
    idle: Month
    load: Month
    verdict: Verdict | None
    unpriced: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemChange:
    """One item of the bill whose cost changes.

    Attributes:
        item: what is billed.
        stack: the stack that contains it.
        targets: IDs of the targets whose cost includes it.
        idle: cost without a request.
        load: cost at the reference load.
    """

    item: str
    stack: str
    targets: tuple[str, ...]
    idle: Month
    load: Month


@dataclass(frozen=True, kw_only=True)
class AppChange:
    """The change of an app.

    Attributes:
        base: name of the side before the change.
        head: name of the side after it.
        usage: the reference load.
        price_source: where the prices of both sides come from, as text.
        region: Region of the prices.
        targets: each target that changes, then the shared stacks if they change.
        unchanged: IDs of the other targets.
        stacks: the stacks whose templates differ.
        items: items of the bills whose cost differs.
        effects: what AWS does to the stacks that are deployed.
    """

    base: str
    head: str
    usage: Usage
    price_source: str
    region: str
    targets: tuple[TargetChange, ...]
    unchanged: tuple[str, ...]
    stacks: tuple[StackChange, ...]
    items: tuple[ItemChange, ...]
    effects: Effects = field(repr=False)

    @property
    def findings(self) -> Sequence[Finding]:
        """The resources that AWS replaces, interrupts or rejects, with the consequence."""
        return self.effects.findings

    @property
    def removed_stacks(self) -> list[str]:
        """Names of the stacks that the app no longer has, and AWS keeps."""
        return [stack.stack for stack in self.stacks if stack.state == "removed"]


@dataclass(frozen=True, kw_only=True)
class _App:
    assembly: Assembly
    templates: Mapping[str, Template]
    estimates: Mapping[str, Estimate]
    unpriced: Mapping[str, str]

    @property
    def contents(self) -> dict[str, Mapping[str, object]]:
        return {name: template.content for name, template in self.templates.items()}

    @property
    def stacks(self) -> dict[str, list[str]]:
        """Target -> its own stack; "shared" -> all stacks without a target."""
        found = {name: [target.stack] for name, target in self.assembly.targets.items()}
        own = {stack for stacks in found.values() for stack in stacks}
        return found | {SHARED: [stack for stack in self.templates if stack not in own]}


def compare_apps(
    before: Assembly,
    after: Assembly,
    *,
    base: str = "before",
    head: str = "after",
    usage: Usage | None = None,
    prices: PriceList | None = None,
) -> AppChange:
    """Compare two assemblies of an app.

    Args:
        before: what is deployed.
        after: what would be deployed.
        base: name of the first. Default: "before".
        head: name of the second. Default: "after".
        usage: the reference load. Default: that of `python -m comparison cost`.
        prices: unit prices of both. Default: those of the project.
    """
    usage, prices = usage or Usage(), prices or PriceList.load()
    old, new = _read(before, usage, prices), _read(after, usage, prices)
    # AWS keeps a stack that the app no longer has until it is deleted.
    effects = effects_of({name: one for name, one in old.contents.items() if name in new.templates}, new.contents)
    stacks = tuple(_stack_changes(old, new))
    rows = [_target_change(id_, old, new, stacks, effects) for id_ in dict.fromkeys([*new.stacks, *old.stacks])]
    # The shared stacks come last.
    rows.sort(key=lambda row: row.id == SHARED)
    changed = tuple(row for row in rows if _is_change(row))
    return AppChange(
        base=base,
        head=head,
        usage=usage,
        price_source=prices.provenance,
        region=prices.region,
        targets=changed,
        unchanged=tuple(row.id for row in rows if row not in changed and row.id != SHARED),
        stacks=stacks,
        items=tuple(_item_changes(old, new)),
        effects=effects,
    )


def _read(assembly: Assembly, usage: Usage, prices: PriceList) -> _App:
    templates = {stack.name: _without_metadata(Template.load(stack)) for stack in assembly.stacks}
    estimates: dict[str, Estimate] = {}
    unpriced: dict[str, str] = {}
    left = shared_templates(assembly) if assembly.targets else None
    for found in [*target_templates(assembly), *([left] if left else [])]:
        try:
            estimates[found.target.id] = _estimate(found, usage, prices)
        except ActionableError as error:
            unpriced[found.target.id] = error.message
    return _App(assembly=assembly, templates=templates, estimates=estimates, unpriced=unpriced)


def _estimate(found: TargetTemplates, usage: Usage, prices: PriceList) -> Estimate:
    model = shared_cost_model if found.target.id == SHARED else cost_model
    return estimate(model(found, prices), usage)


def _without_metadata(template: Template) -> Template:
    resources = template.content.get("Resources", {})
    return template.without([name for name, one in resources.items() if one["Type"] == _METADATA])


def _stack_changes(old: _App, new: _App) -> Iterator[StackChange]:
    for name in dict.fromkeys([*new.templates, *old.templates]):
        app = new if name in new.templates else old
        targets = tuple(id_ for id_, target in app.assembly.targets.items() if target.stack == name)
        before, after = old.templates.get(name), new.templates.get(name)
        if before and after:
            found = _stack_change(before, after, targets)
            if found.added or found.removed or found.changed or found.sections:
                yield found
        else:
            keys = tuple(sorted(map(_key, app.templates[name].resources)))
            if after:
                yield StackChange(stack=name, state="added", targets=targets, added=keys)
            else:
                yield StackChange(stack=name, state="removed", targets=targets, removed=keys)


def _stack_change(before: Template, after: Template, targets: tuple[str, ...]) -> StackChange:
    pairs, removed, added = _match(before.resources, after.resources)
    sections = [{name: content[name] for name in _SECTIONS if name in content} for content in _contents(before, after)]
    changed = (_resource_change(before, one, after, other) for one, other in pairs)
    return StackChange(
        stack=after.stack,
        state="changed",
        targets=targets,
        added=tuple(sorted(map(_key, added))),
        removed=tuple(sorted(map(_key, removed))),
        changed=tuple(sorted(filter(None, changed), key=lambda one: (one.type, one.path))),
        sections=tuple(changes(*map(_readable, sections))),
    )


def _contents(*templates: Template) -> list[Mapping[str, Any]]:
    return [template.content for template in templates]


def _match(
    old: Sequence[Resource], new: Sequence[Resource]
) -> tuple[list[tuple[Resource, Resource]], list[Resource], list[Resource]]:
    """Match resources by logical ID and type, then by construct path: the ID of a Lambda version has a hash."""
    pairs: list[tuple[Resource, Resource]] = []
    rest, others = list(old), list(new)
    for key in (lambda one: (one.type, one.logical_id), _key):
        by_key = {key(one): one for one in rest}
        found = [(by_key.pop(key(other)), other) for other in others if key(other) in by_key]
        pairs += found
        rest = [one for one in rest if not any(one is old_one for old_one, _ in found)]
        others = [other for other in others if not any(other is new_one for _, new_one in found)]
    return pairs, rest, others


def _resource_change(before: Template, one: Resource, after: Template, other: Resource) -> ChangedResource | None:
    old, new = (_attributes(template, resource.logical_id) for template, resource in ((before, one), (after, other)))
    found = list(changes(_readable(old), _readable(new)))
    if strip_hashes(one.logical_id) != strip_hashes(other.logical_id):
        found.insert(0, Change(path="logical ID", one=one.logical_id, other=other.logical_id))
    if not found and (old, one.logical_id) == (new, other.logical_id):
        return None
    return ChangedResource(type=other.type, path=other.construct_path, changes=tuple(found))


def _attributes(template: Template, logical_id: str) -> dict[str, Any]:
    raw = template.content["Resources"][logical_id]
    return {**raw.get("Properties", {}), **{name: raw[name] for name in _ATTRIBUTES if name in raw}}


def _readable(value: Mapping[str, Any]) -> Any:
    """The value as a reader would write it: a script as its lines, and the hash of an asset by its beginning."""
    return _with_lines(resolved(json.loads(_ASSET.sub(r"asset-\1", json.dumps(value)))))


def _with_lines(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _with_lines(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_lines(inner) for inner in value]
    is_script = isinstance(value, str) and value.count("\n") > 1
    return [line for line in value.splitlines() if line.strip()] if is_script else value


def _key(resource: Resource) -> ResourceKey:
    return ResourceKey(type=resource.type, path=resource.construct_path)


def _target_change(id_: str, old: _App, new: _App, stacks: Sequence[StackChange], effects: Effects) -> TargetChange:
    was, now = old.stacks.get(id_, []), new.stacks.get(id_, [])
    own = [stack for stack in stacks if stack.stack in (*was, *now)]
    one, other = old.estimates.get(id_), new.estimates.get(id_)
    state: State = "changed" if own else "unchanged"
    if not was or not now:
        state = "removed" if was else "added" if now else "unchanged"
    return TargetChange(
        id=id_,
        state=state,
        added=sum(len(stack.added) for stack in own),
        removed=sum(len(stack.removed) for stack in own),
        changed=sum(len(stack.changed) for stack in own),
        idle=Month(before=one.idle_usd if one else None, after=other.idle_usd if other else None),
        load=Month(before=one.usd if one else None, after=other.usd if other else None),
        verdict=effects.verdict(now) if was and now else None,
        unpriced=new.unpriced.get(id_, old.unpriced.get(id_, "")),
    )


def _is_change(row: TargetChange) -> bool:
    months = (row.idle, row.load)
    costs = any(month.difference or (month.before is None) != (month.after is None) for month in months)
    return row.state != "unchanged" or costs or row.verdict not in (None, Verdict.UNCHANGED)


def _item_changes(old: _App, new: _App) -> Iterator[ItemChange]:
    """Each item once: an item of a shared stack is in the bills of several targets."""
    both = [id_ for id_ in new.estimates if id_ in old.estimates]
    found: dict[tuple[str, str, tuple[float, ...]], tuple[list[str], ItemChange]] = {}
    for id_ in both:
        before, after = _items(old.estimates[id_]), _items(new.estimates[id_])
        for key in dict.fromkeys([*after, *before]):
            (idle, load), (new_idle, new_load) = before.get(key, (0.0, 0.0)), after.get(key, (0.0, 0.0))
            change = ItemChange(
                item=key[0],
                stack=key[1],
                targets=(),
                idle=Month(before=idle, after=new_idle),
                load=Month(before=load, after=new_load),
            )
            if change.idle.difference or change.load.difference:
                amounts = tuple(round(usd, 6) for usd in (idle, load, new_idle, new_load))
                found.setdefault((*key, amounts), ([], change))[0].append(id_)
    yield from (replace(change, targets=tuple(targets)) for targets, change in found.values())


def _items(found: Estimate) -> dict[tuple[str, str], tuple[float, float]]:
    """Item and stack -> cost while idle and under load."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for idle, load in zip(found.idle_line_items, found.line_items, strict=True):
        was = sums.get((load.item, load.stack), (0.0, 0.0))
        sums[load.item, load.stack] = (was[0] + idle.usd, was[1] + load.usd)
    return sums
