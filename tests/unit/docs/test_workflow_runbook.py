"""The runbook of the workflow: each alarm has a section, each section an alarm, and figures are those of the code."""

import re

import pytest

from deployment.assembly import Assembly
from deployment.template import shared_templates
from pricing.cost_model import shared_cost_model
from pricing.prices import PriceList
from pricing.usage import Usage
from stacks.workflow.alarms import MAX_ORDER_AGE, RESTART_HOURS, RESTART_RUNS, RUNBOOK, anchor
from stacks.workflow.dashboard import OBJECTIVE_DAYS, OBJECTIVE_PERCENT
from stacks.workflow.pipe import MAX_RECORD_AGE_HOURS
from stacks.workflow.reconciler import AFTER_MINUTES, EVERY_MINUTES
from stacks.workflow.slots import MAX_TASKS
from stacks.workflow.state_machine import TIMEOUT_DAYS
from tests.conftest import ROOT, Synthesised, Template, resources

PAGE = (ROOT / RUNBOOK).read_text()
PARTS = ("What it means", "What customers see", "Look at", "What to do", "When it clears")


def sections() -> dict[str, str]:
    """Heading below "Alarms" -> text."""
    alarms = PAGE.partition("\n## Alarms\n")[2]
    found = re.split(r"^### (.*)$", alarms, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


@pytest.fixture(scope="module")
def links(templates: dict[str, Template]) -> list[str]:
    """Where the descriptions of the workflow's alarms link to."""
    alarms = resources(templates["OrdersWorkflow"], "AWS::CloudWatch::Alarm")
    return [alarm["AlarmDescription"].rpartition(": see ")[2] for alarm in alarms]


def test_every_alarm_links_to_a_section_and_every_section_has_its_alarm(links: list[str]) -> None:
    assert sorted(links) == sorted(f"{RUNBOOK}#{anchor(heading)}" for heading in sections())
    assert len(links) > 10


@pytest.mark.parametrize("heading", sections())
def test_a_section_has_all_parts(heading: str) -> None:
    assert re.findall(r"^- \*\*(.*)\*\*: ", sections()[heading], re.MULTILINE) == list(PARTS)


def test_the_figures_are_those_of_the_code() -> None:
    hours = f"{MAX_RECORD_AGE_HOURS} hours"
    assert PAGE.count(hours) >= 3
    assert f"{OBJECTIVE_PERCENT} % of the executions of {OBJECTIVE_DAYS} days" in PAGE
    assert f"smaller than the limit, {MAX_TASKS}." in PAGE
    assert f"With {MAX_TASKS} slots" in " ".join(PAGE.split())
    assert f"maximum duration of {TIMEOUT_DAYS} days" in PAGE
    assert (AFTER_MINUTES, EVERY_MINUTES) == (10, 5)
    assert "runs every five minutes, finds orders that are open for more than ten minutes" in " ".join(PAGE.split())
    assert MAX_ORDER_AGE.to_hours() == 1
    assert "older than an hour" in PAGE


def test_the_cost_of_dashboard_and_alarms_is_that_of_the_template(synthesised: Synthesised) -> None:
    templates = shared_templates(Assembly.load(synthesised.directory))
    assert templates is not None
    model = shared_cost_model(templates, PriceList.load())
    metrics = model.capacity.usage_metrics(Usage())
    types = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
    usd = sum(charge.usd(metrics) for charge in model.charges if charge.type in types)
    assert f"all alarms cost ${usd:.2f} a month" in " ".join(PAGE.split())


def test_the_restarts_that_notify_are_those_of_the_alarm() -> None:
    assert (RESTART_RUNS, RESTART_HOURS) == (3, 6)
    assert "Three runs of the reconciler within six hours" in PAGE
