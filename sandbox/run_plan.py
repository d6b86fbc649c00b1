"""The plan of a run: its stacks, drills, hours and dollars on each target, and the statements that it settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from comparison.facts.unverified import Statement
from deployment.assembly import Assembly, Target
from deployment.cdk_arguments import CdkArguments
from deployment.drills import Drill, Level, drills_of
from deployment.errors import ActionableError
from deployment.preflight import Finding, Plan
from deployment.preflight.finding import failed, passed, warned
from deployment.template import TargetTemplates, Template, target_templates
from pricing.cost_model import cost_model, shared_cost_model
from pricing.estimate import monthly_usd
from pricing.prices import PriceList
from pricing.usage import HOURS_PER_MONTH, Usage
from sandbox.run_hours import GUESSED_ON, GUESSES

_WORKFLOW = "AWS::StepFunctions::StateMachine"
# Requests, logs and images, and the replicas that rolling updates start beside the old ones.
MARGIN = 1.5
COST, DURATION = "cost", "duration"


@dataclass(frozen=True, kw_only=True)
class TargetRun:
    """The part of a run on one target.

    Attributes:
        target: the target's ID.
        stacks: number of its stacks, shared ones and the workflow included.
        hours: estimated hours.
        usd: estimated US dollars.
    """

    target: str
    stacks: int
    hours: float
    usd: float


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """A run, as far as it is known before it starts. Targets run one after the other.

    Attributes:
        level: the level of the drills.
        deployment: the stacks.
        targets: the parts, in the order of the app.
        statements: statements that the run settles.
        price_region: the Region of the prices.
    """

    level: Level
    deployment: Plan
    targets: tuple[TargetRun, ...]
    statements: tuple[Statement, ...]
    price_region: str

    @classmethod
    def of(
        cls,
        assembly: Assembly,
        targets: Sequence[str],
        level: Level,
        statements: Sequence[Statement],
        prices: PriceList,
        arguments: CdkArguments | None = None,
    ) -> RunPlan:
        """Plan a run.

        Args:
            assembly: the cloud assembly.
            targets: IDs of the targets.
            level: the level of the drills.
            statements: all statements that are not verified.
            prices: the unit prices.
            arguments: arguments of the CDK CLI. Default: none.

        Raises:
            ActionableError: the app has no such target, or a resource cannot be priced.
        """
        if "app-runner" in targets and "app-runner" not in assembly.targets:
            raise ActionableError(
                "the app has no target 'app-runner'",
                "App Runner is closed to new customers, and off by default",
                "add -c app_runner=true",
            )
        assembly.require_targets(targets)
        templates = [found for found in target_templates(assembly) if found.target.id in targets]
        workflow = _workflow_stacks(assembly)
        names = [*(found.target.stack for found in templates), *workflow]
        return cls(
            level=level,
            deployment=Plan.of(assembly, names, arguments),
            targets=tuple(
                _target_run(found, stacks_of_target(assembly, found.target.id), level, prices) for found in templates
            ),
            statements=tuple(one for one in statements if one.is_settled_by(level, targets)),
            price_region=prices.region,
        )

    @property
    def drills(self) -> Sequence[Drill]:
        """The drills, in order."""
        return drills_of(self.level)

    @property
    def hours(self) -> float:
        """Estimated hours of the run."""
        return sum(found.hours for found in self.targets)

    @property
    def usd(self) -> float:
        """Estimated US dollars of the run."""
        return sum(found.usd for found in self.targets)


def stacks_of_target(assembly: Assembly, target: str) -> Plan:
    """Return the stacks that a run deploys for one target: its own, the workflow, and those that they depend on."""
    return Plan.of(assembly, [assembly.targets[target].stack, *_workflow_stacks(assembly)])


def _workflow_stacks(assembly: Assembly) -> list[str]:
    return [stack.name for stack in assembly.stacks if Template.load(stack).resources_of(_WORKFLOW)]


def _target_run(found: TargetTemplates, deployment: Plan, level: Level, prices: PriceList) -> TargetRun:
    idle_usd = monthly_usd(cost_model(found, prices), Usage().at(0))
    # The workflow, and the network that it needs although the target may not.
    others = {name: template for name, template in deployment.templates.items() if name not in found.templates}
    if others:
        of_others = TargetTemplates(Target(id="others", construct="", stack=next(iter(others)), logical_ids=()), others)
        idle_usd += monthly_usd(shared_cost_model(of_others, prices), Usage().at(0))
    hours = GUESSES[found.target.platform].of(level)
    return TargetRun(
        target=found.target.id,
        stacks=len(deployment.stacks),
        hours=hours,
        usd=idle_usd / HOURS_PER_MONTH * hours * MARGIN,
    )


def judge_limits(run: RunPlan, *, ceiling_usd: float, max_hours: float, region: str) -> list[Finding]:
    """Return whether a run stays below your limits.

    Args:
        run: the run.
        ceiling_usd: limit in US dollars that you allow.
        max_hours: limit in hours.
        region: the Region of the run.
    """
    dollars = f"about ${run.usd:.2f}, the ceiling is ${ceiling_usd:.2f}"
    hours = f"about {run.hours:.1f} hours (guessed on {GUESSED_ON}), the limit is {max_hours:g}"
    return [
        passed(COST, dollars)
        if run.usd <= ceiling_usd
        else failed(COST, dollars, f"pass --ceiling {ceil(run.usd)}, fewer targets, or --drills smoke"),
        passed(DURATION, hours)
        if run.hours <= max_hours
        else failed(DURATION, hours, f"pass --hours {ceil(run.hours)}, fewer targets, or --drills smoke"),
        *(
            [warned(COST, f"the prices are those of {run.price_region}, and {region} has others", "leave a margin")]
            if region != run.price_region
            else []
        ),
    ]
