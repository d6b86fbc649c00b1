"""What holds for every target and every load."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.estimate import estimate, monthly
from pricing.load import Load

RATES = st.floats(0, 2000)
LOADS = st.builds(
    Load,
    requests_per_second=RATES,
    hours_a_day=st.floats(0.1, 24),
    cpu_seconds=st.floats(0.0001, 2),
    wait_seconds=st.floats(0, 2),
    always_on=st.none() | st.integers(1, 10),
    log_bytes=st.floats(0, 10_000),
    response_bytes=st.floats(0, 100_000),
)


@settings(max_examples=150, deadline=None)
@given(load=LOADS, more=st.floats(0, 1000))
def test_cost_never_falls_when_load_rises(profiles, load, more):
    heavier = load.at(load.requests_per_second + more)
    for profile in profiles.values():
        assert monthly(profile, heavier) >= monthly(profile, load) - 1e-9, profile.target


@settings(max_examples=100, deadline=None)
@given(load=LOADS, factor=st.floats(1, 10))
def test_cost_never_falls_when_a_request_takes_more(profiles, load, factor):
    heavier = dataclasses.replace(load, cpu_seconds=load.cpu_seconds * factor, wait_seconds=load.wait_seconds * factor)
    for profile in profiles.values():
        assert monthly(profile, heavier) >= monthly(profile, load) - 1e-9, profile.target


@settings(max_examples=50, deadline=None)
@given(load=LOADS)
def test_no_load_costs_what_idling_costs(profiles, load):
    for profile in profiles.values():
        found = estimate(profile, load.at(0))
        assert found.usd == found.idle_usd == estimate(profile, load).idle_usd


@settings(max_examples=50, deadline=None)
@given(load=LOADS)
def test_the_parts_add_up(profiles, load):
    for profile in profiles.values():
        found = estimate(profile, load)
        assert sum(part.usd for part in found.idle_split) == pytest.approx(found.idle_usd)
        if found.usd is not None:
            assert sum(part.usd for part in found.split) == pytest.approx(found.usd)


@settings(max_examples=50, deadline=None)
@given(load=LOADS, more=st.floats(0, 1000))
def test_what_cannot_carry_a_load_carries_no_greater_one(profiles, load, more):
    for profile in profiles.values():
        if profile.capacity.why_not(load):
            assert profile.capacity.why_not(load.at(load.requests_per_second + more))
