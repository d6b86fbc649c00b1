"""Properties of every target at any usage."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.estimate import estimate, monthly_usd
from pricing.usage import Usage

RATES = st.floats(0, 2000)
LOADS = st.builds(
    Usage,
    requests_per_second=RATES,
    hours_a_day=st.floats(0.1, 24),
    cpu_seconds=st.floats(0.0001, 2),
    wait_seconds=st.floats(0, 2),
    always_on=st.none() | st.integers(1, 10),
    log_bytes=st.floats(0, 10_000),
    response_bytes=st.floats(0, 100_000),
)


@settings(max_examples=150, deadline=None)
@given(usage=LOADS, more=st.floats(0, 1000))
def test_cost_never_falls_when_the_request_rate_rises(cost_models, usage, more):
    heavier = usage.at(usage.requests_per_second + more)
    for cost_model in cost_models.values():
        assert monthly_usd(cost_model, heavier) >= monthly_usd(cost_model, usage) - 1e-9, cost_model.target


@settings(max_examples=100, deadline=None)
@given(usage=LOADS, factor=st.floats(1, 10))
def test_cost_never_falls_when_a_request_takes_more(cost_models, usage, factor):
    heavier = dataclasses.replace(
        usage, cpu_seconds=usage.cpu_seconds * factor, wait_seconds=usage.wait_seconds * factor
    )
    for cost_model in cost_models.values():
        assert monthly_usd(cost_model, heavier) >= monthly_usd(cost_model, usage) - 1e-9, cost_model.target


@settings(max_examples=50, deadline=None)
@given(usage=LOADS)
def test_usage_without_requests_costs_the_idle_cost(cost_models, usage):
    for cost_model in cost_models.values():
        found = estimate(cost_model, usage.at(0))
        assert found.usd == found.idle_usd == estimate(cost_model, usage).idle_usd


@settings(max_examples=50, deadline=None)
@given(usage=LOADS)
def test_line_items_add_up(cost_models, usage):
    for cost_model in cost_models.values():
        found = estimate(cost_model, usage)
        assert sum(part.usd for part in found.idle_line_items) == pytest.approx(found.idle_usd)
        if found.usd is not None:
            assert sum(part.usd for part in found.line_items) == pytest.approx(found.usd)


@settings(max_examples=50, deadline=None)
@given(usage=LOADS, more=st.floats(0, 1000))
def test_a_higher_rate_than_an_unsupported_one_is_unsupported(cost_models, usage, more):
    for cost_model in cost_models.values():
        if cost_model.capacity.unsupported_reason(usage):
            assert cost_model.capacity.unsupported_reason(usage.at(usage.requests_per_second + more))
