"""What stands beside every target: the workflow and the spans, priced again by hand."""

import json

import pytest

from comparison.cost.load import Load
from comparison.cost.profile import profile_beside
from tests.comparison.cost import invented
from tests.comparison.cost.invented import resource

STATES = {
    "Check": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"},
    "Record": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem"},
    "Done": {"Type": "Succeed"},
}
SAMPLING = resource("AWS::XRay::SamplingRule", SamplingRule={"FixedRate": 0.05})
ORDERS = 26.28 * 0.1  # million a month: a tenth of the default load's requests


def amounts(load: Load, *, traced: bool) -> dict[str, float]:
    machine = resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString=json.dumps({"States": STATES}),
        TracingConfiguration={"Enabled": traced},
    )
    found = profile_beside(invented.deployment({"Machine": machine, "Sampling": SAMPLING}), invented.PRICES)
    usage = found.capacity.usage(load)
    return {line.item: line.amount(usage) for line in found.lines}


def test_spans_are_billed_by_the_gigabyte():
    # Of a million requests 5 % are traced, with 3,000 bytes each: 0.15 GB; of an order each of three states, 1,000.
    found = amounts(Load(), traced=True)
    assert found["spans of the service"] == pytest.approx(26.28 * 0.15 * 0.35)
    assert found["spans of its states"] == pytest.approx(ORDERS * 3 * 0.05 * 0.35)


def test_a_workflow_that_is_not_traced_sends_no_spans():
    assert "spans of its states" not in amounts(Load(), traced=False)


def test_larger_spans_cost_more():
    assert amounts(Load(span_bytes=6_000), traced=True)["spans of the service"] == pytest.approx(26.28 * 0.3 * 0.35)


def test_what_the_workflow_writes_is_billed_in_table_and_index():
    assert amounts(Load(), traced=True)["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    assert amounts(Load(table_writes=0), traced=True)["writes to the table"] == 0


def test_the_apps_own_workflow_writes_once_for_an_order(answered):
    parts = {part.item: part.usd for part in answered.beside.split}
    assert parts["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    assert parts["spans of the service"] == pytest.approx(26.28 * 0.05 * 3 * 0.35)
