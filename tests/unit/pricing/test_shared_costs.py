"""The shared costs of all targets, the workflow and the spans, computed again by hand."""

import json
from collections.abc import Mapping

import pytest

from pricing.cost_model import shared_cost_model
from pricing.usage import Usage
from tests.unit.pricing import samples
from tests.unit.pricing.samples import resource

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


def amounts(usage: Usage, *, traced: bool, definition: Mapping[str, object] = MACHINE) -> dict[str, float]:
    orders = resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString=json.dumps(definition),
        TracingConfiguration={"Enabled": traced},
    )
    found = shared_cost_model(samples.target({"Machine": orders, "Sampling": SAMPLING}), samples.PRICES)
    metrics = found.capacity.usage_metrics(usage)
    return {charge.item: charge.usd(metrics) for charge in found.charges}


def test_spans_are_billed_by_the_gigabyte():
    # 5 % of the requests are traced, 3,000 bytes each: 0.15 GB per million. An order has 3 states of 1,000 bytes.
    found = amounts(Usage(), traced=True)
    assert found["spans of the service"] == pytest.approx(26.28 * 0.15 * 0.35)
    assert found["spans of the states"] == pytest.approx(ORDERS * 3 * 0.05 * 0.35)


def test_a_workflow_without_tracing_sends_no_spans():
    assert "spans of the states" not in amounts(Usage(), traced=False)


def test_larger_spans_cost_more():
    assert amounts(Usage(span_bytes=6_000), traced=True)["spans of the service"] == pytest.approx(26.28 * 0.3 * 0.35)


def test_an_order_takes_the_longest_path_without_failures():
    # The start, and three states; $0.025 for a thousand.
    assert amounts(Usage(), traced=True)["state transitions"] == pytest.approx(ORDERS * 4 * 25)


def test_a_loop_of_a_state_machine_is_counted_once():
    waits = {"Type": "Wait", "Next": "Ready?"}
    ready = {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Wait"}
    definition = {"StartAt": "Wait", "States": {"Wait": waits, "Ready?": ready, "Done": {"Type": "Succeed"}}}
    assert amounts(Usage(), traced=True, definition=definition)["state transitions"] == pytest.approx(ORDERS * 4 * 25)


def test_writes_of_the_workflow_are_billed_for_table_and_index():
    assert amounts(Usage(), traced=True)["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    assert amounts(Usage(table_writes=0), traced=True)["writes to the table"] == 0


def test_the_workflow_of_the_app_has_five_states_and_one_write_per_order(report):
    parts = {part.item: part.usd for part in report.shared_costs.line_items}
    assert parts["writes to the table"] == pytest.approx(ORDERS * 2 * 0.625)
    # Five states, and the start.
    assert parts["state transitions"] == pytest.approx(ORDERS * 6 * 25)
    assert parts["spans of the service"] == pytest.approx(26.28 * 0.05 * 3 * 0.35)
