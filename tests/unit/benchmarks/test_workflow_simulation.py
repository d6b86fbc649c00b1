"""The simulation of bursts: known figures of the old policy, nothing given up with slots, the template's values."""

import dataclasses
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.workflow import document
from benchmarks.workflow.burst_table import waiting_usd
from benchmarks.workflow.definition import read_workflow
from benchmarks.workflow.policy import WITHOUT_SLOTS, RetryPolicy, Workflow
from benchmarks.workflow.simulation import Load, simulate
from pricing.prices import PriceList
from tests.conftest import ROOT, Template


@pytest.fixture(scope="module")
def workflow(templates: dict[str, Template]) -> Workflow:
    return read_workflow(templates["OrdersWorkflow"])


@pytest.mark.parametrize(("orders", "quota", "given_up"), [(100, 24, 19), (200, 24, 103), (1000, 160, 363)])
def test_without_slots_a_burst_is_given_up(orders: int, quota: int, given_up: int) -> None:
    found = [simulate(WITHOUT_SLOTS, Load(orders=orders, quota=quota), seed).given_up for seed in range(20)]
    assert statistics.mean(found) == pytest.approx(given_up, rel=0.05)


def test_no_order_of_a_burst_is_given_up(workflow: Workflow) -> None:
    for seed in range(3):
        outcome = simulate(workflow, Load(orders=1000, quota=24), seed)
        assert outcome.given_up == 0
        assert len(outcome.waits) == 1000
        assert outcome.peak == workflow.slots
        # With 60 s a task, the slots are busy: 16 of 24 for the whole time would be 0.67.
        assert outcome.utilisation > 0.9 * outcome.peak / 24


def test_no_order_is_given_up_if_services_use_the_quota(workflow: Workflow) -> None:
    """More slots than tasks: RunTask is rejected while the order holds its slot."""
    assert workflow.slots is not None
    outcome = simulate(workflow, Load(orders=300, quota=workflow.slots // 2))
    assert outcome.given_up == 0
    assert outcome.peak == workflow.slots // 2


def waiting(max_delay_seconds: float, *, has_jitter: bool = True) -> RetryPolicy:
    """Return a policy that waits for a slot for about a day."""
    mean = max_delay_seconds / 2 if has_jitter else max_delay_seconds
    return RetryPolicy(
        attempts=round(24 * 3600 / mean),
        interval_seconds=min(5, max_delay_seconds),
        backoff_rate=2,
        max_delay_seconds=max_delay_seconds,
        has_jitter=has_jitter,
    )


@settings(deadline=None, max_examples=60)
@given(
    orders=st.integers(1, 60),
    quota=st.integers(1, 10),
    slots=st.none() | st.integers(1, 12),
    arrival=st.floats(0, 600),
    seed=st.integers(0, 99),
)
def test_every_order_ends_and_no_limit_is_exceeded(
    orders: int, quota: int, slots: int | None, arrival: float, seed: int
) -> None:
    used = dataclasses.replace(WITHOUT_SLOTS, slot=waiting(60) if slots else None, slots=slots)
    load = Load(orders=orders, quota=quota, arrival_seconds=arrival)
    outcome = simulate(used, load, seed)
    assert len(outcome.waits) + outcome.given_up == orders
    assert outcome.peak <= min(quota, slots or quota)
    assert min(outcome.waits, default=0) >= 0
    assert outcome.last_done >= load.occupied_seconds
    assert simulate(used, load, seed) == outcome
    if slots:
        # Each order takes a slot once and releases it once; each retry of a slot is another write.
        assert 2 * orders <= outcome.slot_writes <= 2 * orders + outcome.retries


def test_an_order_that_nothing_delays_waits_and_costs_nothing(workflow: Workflow) -> None:
    outcome = simulate(workflow, Load(orders=1, quota=1))
    assert (outcome.waits, outcome.retries, outcome.last_done) == ((0.0,), 0, 60.0)
    assert outcome.utilisation == 1


def test_a_retry_costs_a_transition_and_a_write() -> None:
    used = dataclasses.replace(WITHOUT_SLOTS, slot=waiting(60, has_jitter=False), slots=1)
    outcome = simulate(used, Load(orders=2, quota=1))
    # The second order tries after 5, 15, 35 and 75 s.
    assert (outcome.retries, outcome.slot_writes, outcome.waits) == (4, 8, (0.0, 75.0))
    expected = 4 * 0.025 / 1000 + 8 * 0.625 / 1e6
    assert waiting_usd(used, outcome, PriceList.load()) == pytest.approx(expected)


def test_a_delay_has_jitter_and_a_cap() -> None:
    policy = RetryPolicy(attempts=3000, interval_seconds=5, backoff_rate=2, max_delay_seconds=60)
    without = dataclasses.replace(policy, has_jitter=False)
    source = random.Random(1)
    assert [without.delay(retry, source) for retry in (0, 1, 2, 3, 4, 2999)] == [5, 10, 20, 40, 60, 60]
    delays = [policy.delay(2999, source) for _ in range(2000)]
    assert 0 <= min(delays) < 1 < 59 < max(delays) <= 60
    assert statistics.mean(delays) == pytest.approx(30, rel=0.05)


def test_waiting_lasts_a_day_and_fits_into_the_history_of_an_execution(workflow: Workflow) -> None:
    """An attempt adds three events; an execution with 25,000 fails.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    """
    assert workflow.slot is not None
    mean = workflow.slot.max_delay_seconds / 2 if workflow.slot.has_jitter else workflow.slot.max_delay_seconds
    assert workflow.slot.attempts * mean >= 86_000
    events = 3 * (workflow.slot.attempts + workflow.start.attempts)
    assert events < 25_000


def _state_machine(template: Template) -> dict[str, Any]:
    [found] = [each for each in template["Resources"].values() if each["Type"] == "AWS::StepFunctions::StateMachine"]
    return dict(found)


def test_the_values_are_those_of_the_template(templates: dict[str, Template]) -> None:
    """Another cap, number of attempts or limit in the definition is one in the simulation."""
    template = json.loads(json.dumps(templates["OrdersWorkflow"]))
    before = read_workflow(template)
    parts = _state_machine(template)["Properties"]["DefinitionString"]["Fn::Join"][1]
    for old, new in (('"MaxDelaySeconds":60', '"MaxDelaySeconds":45'), ('"N":"', '"N":"1')):
        assert any(old in part for part in parts if isinstance(part, str))
        parts[:] = [part.replace(old, new) if isinstance(part, str) else part for part in parts]
    after = read_workflow(template)
    assert before.slot is not None
    assert after.slot == dataclasses.replace(before.slot, max_delay_seconds=45)
    assert after.slots == int(f"1{before.slots}")
    # Four states before the task, the task, and the release of the slot, a choice and the record after it.
    assert before.transitions == after.transitions == 8


def test_a_template_without_a_workflow_is_rejected(templates: dict[str, Template], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the template has no state machine"):
        read_workflow(templates["OrdersNetwork"])
    command = [sys.executable, "-m", "benchmarks.workflow", "--template", str(tmp_path / "no.json")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("✘ ")
    assert "make synth" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_table_in_the_documentation_is_current(workflow: Workflow) -> None:
    page = document.page_with_table()
    text = page.read_text()
    run = f"{page.name} is out of date; run: make synth && python -m benchmarks.workflow --write"
    assert document.with_table(text, workflow) == text, run


def test_the_table_has_one_page(tmp_path: Path, workflow: Workflow) -> None:
    with pytest.raises(ValueError, match=r"are on 0 pages \(none\)"):
        document.page_with_table(tmp_path)
    (tmp_path / "a.md").write_text("before\n<!-- bursts -->\nold\n<!-- /bursts -->\nafter\n")
    text = document.write(workflow, tmp_path).read_text()
    assert text.startswith("before\n<!-- bursts -->\n| slots |")
    assert text.endswith("<!-- /bursts -->\nafter\n")
    (tmp_path / "b.md").write_text(text)
    with pytest.raises(ValueError, match=r"are on 2 pages \(a.md, b.md\)"):
        document.page_with_table(tmp_path)


def test_one_simulation_is_not_written_to_the_page() -> None:
    command = [sys.executable, "-m", "benchmarks.workflow", "--orders", "5", "--write"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--orders does not change: remove one of them" in " ".join(ended.stderr.split())
