"""The shared costs of all targets, the workflow and the spans, computed again by hand."""

import json
from collections.abc import Mapping

import pytest

from deployment.assembly import Assembly
from deployment.template import shared_templates
from pricing.cost_model import shared_cost_model
from pricing.usage import Usage
from tests.unit.pricing import samples
from tests.unit.pricing.samples import resource

UPDATE = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "Arguments": {"TableName": "TABLE"}}
MACHINE = {
    "StartAt": "Check",
    "States": {
        "Check": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Accepted?"},
        "Accepted?": {"Type": "Choice", "Choices": [{"Next": "Record"}, {"Next": "Done"}], "Default": "Undo"},
        "Done": {"Type": "Succeed"},
        "Record": {**UPDATE, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "End": True},
        "Undo": {**UPDATE, "Next": "Undone?"},
        "Undone?": {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Failed"},
        "Failed": {"Type": "Fail"},
    },
}
SAMPLING = resource("AWS::XRay::SamplingRule", SamplingRule={"FixedRate": 0.05})
ORDERS = 26.28 * 0.1  # million a month: a tenth of the default load's requests


def amounts(usage: Usage, *, traced: bool, definition: Mapping[str, object] = MACHINE) -> dict[str, float]:
    first, *rest = json.dumps(definition).split("TABLE")
    joined = [first, *(piece for part in rest for piece in ({"Ref": "Table"}, part))]
    orders = resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString={"Fn::Join": ["", joined]},
        TracingConfiguration={"Enabled": traced},
    )
    index = {"Projection": {"ProjectionType": "ALL"}}
    table = resource("AWS::DynamoDB::Table", BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=[index])
    resources = {"Machine": orders, "Sampling": SAMPLING, "Table": table}
    found = shared_cost_model(samples.target(resources), samples.PRICES)
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
    assert amounts(Usage(), traced=True)["writes to the tables"] == pytest.approx(ORDERS * 2 * 0.625)
    assert amounts(Usage(table_writes=0), traced=True)["writes to the tables"] == 0


def test_a_table_that_a_state_machine_updates_is_priced_with_it():
    assert "table writes" not in amounts(Usage(), traced=True)


def test_a_state_after_success_and_failure_is_on_the_path():
    release = {"Type": "Pass", "End": True}
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Release"}]
    work = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Catch": caught, "Next": "Release"}
    definition = {"StartAt": "Work", "States": {"Work": work, "Release": release}}
    assert amounts(Usage(), traced=True, definition=definition)["state transitions"] == pytest.approx(ORDERS * 3 * 25)


def test_the_workflow_of_the_app_has_eight_states_and_three_updates_per_order(report, templates):
    [orders] = [r for r in templates["OrdersData"]["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert len(orders["Properties"]["GlobalSecondaryIndexes"]) == 2
    parts = {part.item: part.usd for part in report.shared_costs.line_items}
    # A slot is acquired and released; the shipment is recorded in the table with its two indexes.
    assert parts["writes to the tables"] == pytest.approx(ORDERS * (1 + 1 + 3) * 0.625)
    # Eight states, and the start.
    assert parts["state transitions"] == pytest.approx(ORDERS * 9 * 25)
    assert parts["spans of the service"] == pytest.approx(26.28 * 0.05 * 3 * 0.35)
    assert parts["dashboard"] == 3
    assert parts["custom metrics"] == pytest.approx(7 * 0.30)


def test_only_the_functions_that_the_state_machine_invokes_are_billed_by_order(synthesised):
    """The reconciler runs on its schedule."""
    templates = shared_templates(Assembly.load(synthesised.directory))
    charges = shared_cost_model(templates, samples.PRICES).charges
    requests = [charge for charge in charges if charge.price_id == "lambda-requests"]
    assert {charge.usage_metric: charge.resource.rstrip("0123456789ABCDEF") for charge in requests} == {
        "million_writes": "CheckFunction",
        "months": "ReconcilerFunction",
    }
    assert len(requests) == 2


def test_the_log_of_all_events_of_the_workflow_is_billed(report):
    """Eight states with four events of 350 bytes each: 11.2 KB an order."""
    parts = {part.item: part.usd for part in report.shared_costs.line_items}
    assert parts["log of the executions"] == pytest.approx(ORDERS * 11.2 * 0.50)
