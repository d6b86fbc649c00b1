"""The plan of a run: stacks, hours and dollars from the project's own prices, limits, and statements."""

from dataclasses import replace
from typing import Any

import pytest

from comparison.facts.unverified import Statement, read_unverified
from deployment.assembly import Assembly
from deployment.drills import LEVELS
from deployment.errors import ActionableError
from deployment.preflight import Outcome
from deployment.target_ids import documented_targets
from pricing.prices import PriceList
from pricing.report import cost_report
from pricing.usage import HOURS_PER_MONTH, Usage
from sandbox.run_hours import GUESSES
from sandbox.run_plan import MARGIN, RunPlan, judge_limits


@pytest.fixture(scope="module")
def assembly(synthesised: Any) -> Assembly:
    return Assembly.load(synthesised.directory)


@pytest.fixture(scope="module")
def statements() -> tuple[Statement, ...]:
    return read_unverified(documented_targets())


def planned(assembly: Assembly, statements: tuple[Statement, ...], *targets: str, level: Any = "smoke") -> RunPlan:
    return RunPlan.of(assembly, targets, level, statements, PriceList.load())


def test_a_run_deploys_the_target_its_dependencies_and_the_workflow(assembly: Assembly, statements: Any) -> None:
    names = planned(assembly, statements, "lambda").deployment.names
    assert {"OrdersRegistry", "OrdersData", "OrdersOnLambda", "OrdersWorkflow"} <= set(names)
    assert not {"OrdersOnEcsFargate", "OrdersOnEksAuto"} & set(names)


def test_dollars_are_the_idle_price_for_the_hours_with_a_margin(assembly: Assembly, statements: Any) -> None:
    """`python -m comparison cost` prints the idle price of a month; the stacks of no target include the workflow."""
    report = cost_report(assembly, Usage(), PriceList.load())
    assert report.shared_costs is not None
    run = planned(assembly, statements, "ecs-fargate", level="full")
    assert run.hours == GUESSES["ecs-fargate"].full
    month = run.usd / MARGIN / run.hours * HOURS_PER_MONTH
    idle = report.estimate("ecs-fargate").idle_usd
    assert idle < month <= idle + report.shared_costs.idle_usd + 1e-9


def test_the_network_of_the_workflow_is_paid_for(assembly: Assembly, statements: Any) -> None:
    """Lambda needs no NAT gateway; the workflow of the same run does."""
    run = planned(assembly, statements, "lambda")
    assert run.usd > PriceList.load().usd("nat-gateway-hour") * run.hours * MARGIN


def test_targets_add_up(assembly: Assembly, statements: Any) -> None:
    parts = [planned(assembly, statements, target) for target in ("lambda", "ec2-podman")]
    both = planned(assembly, statements, "lambda", "ec2-podman")
    assert both.hours == pytest.approx(sum(part.hours for part in parts))
    assert both.usd == pytest.approx(sum(part.usd for part in parts))


def test_every_target_has_hours_that_grow_with_the_level(assembly: Assembly) -> None:
    assert set(GUESSES) == set(assembly.targets)
    for hours in GUESSES.values():
        assert 0 < hours.smoke < hours.full <= hours.slow


def test_a_smoke_run_of_all_targets_costs_a_few_dollars(assembly: Assembly, statements: Any) -> None:
    assert 1 < planned(assembly, statements, *assembly.targets).usd < 5


def test_a_higher_level_settles_more_statements(assembly: Assembly, statements: Any) -> None:
    counts = [len(planned(assembly, statements, *assembly.targets, level=level).statements) for level in LEVELS]
    assert counts == sorted(set(counts))
    # All that no person has to settle.
    assert counts[-1] == sum(not one.is_for_a_person for one in statements)


def test_statements_of_other_targets_are_not_settled(assembly: Assembly, statements: Any) -> None:
    found = planned(assembly, statements, "lambda", level="slow").statements
    assert {one.target for one in found} == {"all", "workflow", "lambda"}


def test_an_unknown_target_is_rejected_with_the_ids_that_exist(assembly: Assembly, statements: Any) -> None:
    with pytest.raises(ActionableError) as caught:
        planned(assembly, statements, "fargate")
    assert "ecs-fargate" in caught.value.cause


def test_app_runner_has_to_be_turned_on(assembly: Assembly, statements: Any) -> None:
    without = {name: target for name, target in assembly.targets.items() if name != "app-runner"}
    with pytest.raises(ActionableError) as caught:
        planned(replace(assembly, targets=without), statements, "app-runner")
    assert caught.value.fix == "add -c app_runner=true"


def test_a_run_above_a_limit_is_stopped(assembly: Assembly, statements: Any) -> None:
    run = planned(assembly, statements, "eks-auto")
    fine = judge_limits(run, ceiling_usd=5, max_hours=4, region="us-east-1")
    assert [found.outcome for found in fine] == [Outcome.PASSED, Outcome.PASSED]
    cost, duration = judge_limits(run, ceiling_usd=0.01, max_hours=0.5, region="us-east-1")
    assert (cost.outcome, duration.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert "--ceiling 1" in cost.fix[0]
    assert "--hours 2" in duration.fix[0]


def test_another_region_has_other_prices(assembly: Assembly, statements: Any) -> None:
    *_, found = judge_limits(planned(assembly, statements, "lambda"), ceiling_usd=5, max_hours=4, region="eu-west-1")
    assert found.outcome is Outcome.WARNING
    assert "eu-west-1" in found.summary
