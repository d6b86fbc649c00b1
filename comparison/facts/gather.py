"""Where facts are put together: from the assembly, the constructs' sources, AWS's pages and the last run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison.constructs import FOLDER, find, spec_fields
from comparison.facts import answers, statements
from comparison.facts import costs as cost
from comparison.facts.machines import machines, packing
from comparison.facts.model import Measured, Run, TargetFacts
from comparison.facts.tables import tables
from comparison.facts.whole import Facts
from comparison.rows import Row, rows
from comparison.templates import read
from comparison.templates.permissions import roles
from comparison.templates.scaling import scaling
from deployment.assembly import Assembly, Stack
from deployment.results import Results, TargetResult
from pricing.prices import PriceList
from pricing.profile import Profile
from pricing.sizes import Size, own_size


def gather(
    assembly: Assembly, results: Results | None = None, constructs: Path = FOLDER, larger: Sequence[Size] = ()
) -> Facts:
    """Return everything that is known, with the targets at larger sizes where they are given.

    Raises:
        ActionableError: a construct or a statement cannot be read.
    """
    priced = cost.costs(assembly)
    sources = _Sources(
        stacks={stack.name: stack for stack in assembly.stacks},
        said=statements.read(),
        profiles={one.target: one for one in priced.profiles},
        results=results,
        constructs=constructs,
    )
    found = tuple(_target(row, sources) for row in rows(assembly, results, constructs))
    spec, run = spec_fields(constructs), _run(results) if results else None
    return Facts(
        targets=found,
        spec=spec,
        answers=(cost.cheapest(priced, priced.load), answers.simplest(found), answers.fastest(found, run)),
        tables=tables(found, spec, sources.said),
        costs=priced,
        sizes=(own_size(priced.profiles), *larger),
        prices=cost.used_prices(priced),
        run=run,
    )


@dataclass(frozen=True, kw_only=True)
class _Sources:
    stacks: Mapping[str, Stack]
    said: statements.Statements
    profiles: Mapping[str, Profile]
    results: Results | None
    constructs: Path


def _target(row: Row, of: _Sources) -> TargetFacts:
    template, construct = read(of.stacks[row.stack]), find(row.construct, of.constructs)
    kinds = Counter(resource.kind for resource in template.resources)
    known = of.results.targets.get(row.target) if of.results else None
    return TargetFacts(
        row=row,
        paragraphs=construct.paragraphs,
        options=construct.options,
        template=template,
        needs=tuple((name, of.stacks[name].resources) for name in _needed(row.stack, of.stacks)),
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        scaling=scaling(template),
        roles=roles(template),
        closed=of.said.get((row.target, "closed")),
        you_patch=of.said.get((row.target, "you_patch")),
        machines=machines(of.profiles[row.target], template, packing(of.profiles.values()), PriceList.load()),
        measured=_measured(known) if known else None,
    )


def _needed(stack: str, stacks: Mapping[str, Stack]) -> list[str]:
    """Names of the stacks that must be there first, and those that these need, in deploy order."""
    needed: set[str] = set()
    waiting = list(stacks[stack].depends_on)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += stacks[name].depends_on
    return [name for name in stacks if name in needed]


def _measured(found: TargetResult) -> Measured:
    engine, *stand_ins = [part.strip() for part in found.executed_by.split(";")]
    known = found.deploy_s is not None and found.healthy_s is not None
    return Measured(
        outcome=found.outcome.value,
        reason=found.reason,
        runs_as=found.runs_as,
        engine=engine,
        stand_ins=tuple(stand_ins),
        not_shown=found.not_shown,
        deploy_s=found.deploy_s,
        healthy_s=found.healthy_s,
        start_s=(found.deploy_s or 0) + (found.healthy_s or 0) if known else None,
        requests=found.requests,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        memory_mib=found.memory_mib,
    )


def _run(results: Results) -> Run:
    has_containers = results.engine.kind != "processes"
    words = (results.engine.name, results.engine.detail) if has_containers else ("plain processes, no containers",)
    engine = ", ".join(part for part in words if part)
    return Run(
        started_at=results.started_at,
        engine=engine,
        machine=results.machine,
        image_digest=results.image_digest,
        image_mib=results.image_mib,
        image_pull_mib=results.image_pull_mib,
        steps=results.steps,
        seconds=results.seconds,
    )
