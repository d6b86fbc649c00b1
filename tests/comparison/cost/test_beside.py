"""What stands beside every target: the workflow and the spans, priced again by hand."""

import json
from collections.abc import Mapping

import pytest

from pricing.load import Load
from pricing.profile import profile_beside
from tests.comparison.cost import invented
from tests.comparison.cost.invented import resource

MACHINE = {
    "StartAt": "Check",
    "States": {
        "Check": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Accepted?"},
        "Accepted?": {"Type": "Choice", "Choices": [{"Next": "Record"}, {"Next": "Done"}], "Default": "Undo"},
        "Done": {"Type": "Succeed"},
        "Record": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:updateItem",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
            "End": True,
        },
        "Undo": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "Next": "Undone?"},
        "Undone?": {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Failed"},
        "Failed": {"Type": "Fail"},
    },
}
SAMPLING = resource("AWS::XRay::SamplingRule", SamplingRule={"FixedRate": 0.05})
ORDERS = 26.28 * 0.1  # million a month: a tenth of the default load's requests


def amounts(load: Load, *, traced: bool, machine: Mapping[str, object] = MACHINE) -> dict[str, float]:
    orders = resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString=json.dumps(machine),
        TracingConfiguration={"Enabled": traced},
    )
    found = profile_beside(invented.deployment({"Machine": orders, "Sampling": SAMPLING}), invented.PRICES)
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


def test_an_order_passes_the_states_of_one_way_and_none_that_undoes():
    # The start, and three states; $0.025 for a thousand.
    assert amounts(Load(), traced=True)["transitions"] == pytest.approx(ORDERS * 4 * 25)


def test_a_machine_that_waits_in_a_circle_is_passed_once():
    waits = {"Type": "Wait", "Next": "Ready?"}
    ready = {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Wait"}
    machine = {"StartAt": "Wait", "States": {"Wait": waits, "Ready?": ready, "Done": {"Type": "Succeed"}}}
    assert amounts(Load(), traced=True, machine=machine)["transitions"] == pytest.approx(ORDERS * 4 * 25)


def test_what_the_workflow_writes_is_billed_in_table_and_index():
    assert amounts(Load(), traced=True)["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    assert amounts(Load(table_writes=0), traced=True)["writes to the table"] == 0


def test_the_apps_own_workflow_passes_five_states_and_writes_once_for_an_order(answered):
    parts = {part.item: part.usd for part in answered.beside.split}
    assert parts["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    # Remembered, checked, accepted, fulfilled, recorded; and the start.
    assert parts["transitions"] == pytest.approx(ORDERS * 6 * 25)
    assert parts["spans of the service"] == pytest.approx(26.28 * 0.05 * 3 * 0.35)
