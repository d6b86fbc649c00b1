"""Gathers all facts: from the cloud assembly, AWS's documentation, the price list and the last local run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison.facts import answers, contributed, docs, updates
from comparison.facts.costs import used_prices
from comparison.facts.matrix import tables
from comparison.facts.model import Facts, LocalRun, Run, TargetFacts
from comparison.facts.permissions import roles
from comparison.facts.placement import placement, replica_packing
from deployment.assembly import Assembly, Target
from deployment.results import Results, TargetResult
from deployment.template import TargetTemplates, target_templates
from pricing.cost_model import CostModel
from pricing.packing import Packing
from pricing.prices import PriceList
from pricing.report import cost_report
from pricing.sizes import ReplicaSize, default_size
from pricing.usage import Usage
from pricing.workload import workload, workload_resources

_MICROSERVICE = Path(__file__).resolve().parents[2] / "microservice"


def gather(
    assembly: Assembly,
    results: Results | None = None,
    larger: Sequence[ReplicaSize] = (),
    source: Path = _MICROSERVICE,
    records: Path = contributed.DIRECTORY,
) -> Facts:
    """Return all facts.

    Args:
        assembly: the cloud assembly.
        results: results of the last local run. Default: none.
        larger: the targets at larger replica sizes. Default: none.
        source: the folder of the constructs, whose lines are counted. Default: `microservice/`.
        records: the folder of the contributed records. Default: `docs/evidence/`.

    Raises:
        ActionableError: a resource cannot be priced, or `platforms.toml` or a record is invalid.
    """
    prices = PriceList.load()
    costs = cost_report(assembly, Usage(), prices)
    inputs = _Inputs(
        resources={stack.name: stack.resources for stack in assembly.stacks},
        documented=docs.read(),
        cost_models={model.target: model for model in costs.cost_models},
        packing=replica_packing(costs.cost_models),
        prices=prices,
        results=results.targets if results else {},
        source=source,
    )
    targets = tuple(_target(templates, inputs) for templates in target_templates(assembly))
    spec_fields = next((target.spec_fields for target in assembly.targets.values()), ())
    run = _run(results) if results else None
    return Facts(
        targets=targets,
        spec_fields=spec_fields,
        answers=(answers.cheapest(costs, costs.usage), answers.simplest(targets), answers.fastest(targets, run)),
        tables=tables(targets, spec_fields, inputs.documented),
        costs=costs,
        sizes=(default_size(costs.cost_models), *larger),
        prices=used_prices(costs),
        not_covered=docs.read_not_covered(),
        updates=updates.read(),
        run=run,
        records=contributed.read_records(records),
    )


@dataclass(frozen=True, kw_only=True)
class _Inputs:
    resources: Mapping[str, int]
    documented: docs.DocumentedFacts
    cost_models: Mapping[str, CostModel]
    packing: Packing | None
    prices: PriceList
    results: Mapping[str, TargetResult]
    source: Path


def _target(templates: TargetTemplates, inputs: _Inputs) -> TargetFacts:
    target, template = templates.target, templates.own_template
    types = Counter(resource.type for resource in template.resources)
    [resource] = workload_resources(templates)
    runs, result = workload(resource, templates), inputs.results.get(target.id)
    source_file = _source_file(target, inputs.source)
    dependencies = [name for name in templates.templates if name != target.stack]
    return TargetFacts(
        id=target.id,
        platform=target.platform,
        summary=target.summary,
        description=target.description,
        construct=target.construct,
        source_file=source_file,
        construct_lines=_lines(inputs.source / source_file) if source_file else 0,
        options=target.options,
        unsupported_fields=target.unsupported_fields,
        stack=target.stack,
        resource_count=len(template.resources),
        template_lines=template.line_count,
        template=template,
        dependencies=tuple((name, inputs.resources[name]) for name in dependencies),
        resource_types=tuple(sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))),
        workload=runs,
        roles=roles(template),
        closed_to_new_customers=inputs.documented.get((target.platform, "closed_to_new_customers")),
        you_patch=inputs.documented.get((target.platform, "you_patch")),
        local_execution=inputs.documented.get((target.platform, "local_execution")),
        placement=placement(inputs.cost_models[target.id], runs, inputs.packing, inputs.prices),
        local_run=_local_run(result) if result else None,
    )


def _source_file(target: Target, source: Path) -> str:
    path = f"{target.module.replace('.', '/')}.py"
    return path if target.module and (source / path).is_file() else ""


def _lines(path: Path) -> int:
    return sum(bool(line.strip()) for line in path.read_text().splitlines())


def _local_run(found: TargetResult) -> LocalRun:
    engine, *emulated_by = [part.strip() for part in found.executed_by.split(";")]
    measured = found.deploy_s is not None and found.healthy_s is not None
    return LocalRun(
        outcome=found.outcome.value,
        reason=found.reason,
        runs_as=found.runs_as,
        engine=engine,
        emulated_by=tuple(emulated_by),
        not_shown=found.not_shown,
        deploy_s=found.deploy_s,
        healthy_s=found.healthy_s,
        startup_s=(found.deploy_s or 0) + (found.healthy_s or 0) if measured else None,
        requests=found.requests,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        memory_mib=found.memory_mib,
    )


def _run(results: Results) -> Run:
    has_containers = results.engine.kind != "processes"
    parts = (results.engine.name, results.engine.detail) if has_containers else ("plain processes, no containers",)
    return Run(
        started_at=results.started_at,
        engine=", ".join(part for part in parts if part),
        host=results.host,
        image_digest=results.image_digest,
        image_mib=results.image_mib,
        image_pull_mib=results.image_pull_mib,
        steps=results.steps,
        seconds=results.seconds,
    )
