"""Where targets change places, found by computation: against places that are known beforehand."""

import dataclasses
import itertools

import pytest

from pricing.crossovers import cheapest, crossovers, curve, most, ranges
from pricing.estimate import monthly
from pricing.load import Load
from tests.comparison.cost import invented

# Nothing but compute is billed in these: 0.25 vCPU and 0.5 GB on Fargate cost 9.01 a month.
LOAD = Load(cpu_seconds=0.005, wait_seconds=0, log_bytes=0)


@pytest.fixture
def pay_per_use():
    return invented.priced({"Function": invented.function(memory=1769, most=100)})


@pytest.fixture
def always_on():
    return invented.priced(invented.fargate(fewest=2, most=4))


def with_name(profile, name):
    return dataclasses.replace(profile, target=name)


@pytest.fixture
def both(pay_per_use, always_on):
    return [with_name(pay_per_use, "function"), with_name(always_on, "tasks")]


def test_a_crossover_lies_where_arithmetic_says(both):
    tasks = 2 * 730 * (0.25 * 0.04048 + 0.5 * 0.004445) + 0.20
    a_request = 0.20 / 1e6 + 0.005 * 1769 / 1024 * 0.0000166667
    [first, *_] = crossovers(both, LOAD)
    assert (first.below, first.above) == ("function", "tasks")
    assert first.requests_per_second == pytest.approx(tasks / a_request / (730 * 3600), rel=1e-5)
    assert first.usd == pytest.approx(tasks)


def test_both_cost_the_same_at_a_crossover_unless_one_steps_over_the_other(both):
    named = {each.target: each for each in both}
    for each in crossovers(both, LOAD):
        just_below, just_above = (LOAD.at(each.requests_per_second * factor) for factor in (0.9999, 1.0001))
        assert monthly(named[each.below], just_below) < monthly(named[each.above], just_below)
        assert monthly(named[each.above], just_above) < monthly(named[each.below], just_above)


def test_targets_change_places_only_while_both_carry_the_load(both):
    assert all(each.requests_per_second <= most([both[1]], LOAD) for each in crossovers(both, LOAD))


def test_the_most_that_templates_carry(both):
    assert most([both[1]], LOAD) == pytest.approx(4 * 0.125 / 0.005, rel=1e-5)
    assert most(both, LOAD) == pytest.approx(100 / 0.005, rel=1e-5)
    assert most([], LOAD) == 0


def test_ranges_name_the_cheapest_for_every_load(both):
    found = ranges(both, LOAD)
    assert found[0] == (0.0, "function")
    assert [start for start, _ in found] == sorted(start for start, _ in found)
    for (start, target), (end, _) in itertools.pairwise(found):
        assert cheapest(both, LOAD.at((start + end) / 2)) == target


def test_nothing_is_cheapest_where_nothing_carries_the_load(both):
    assert cheapest(both, LOAD.at(1e6)) is None


def test_a_curve_ends_where_the_template_does(both):
    rates = [rate for rate, _ in curve(both[1], LOAD, most(both, LOAD))]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(0.001)
    assert 90 < rates[-1] <= 100
    ratios = {round(after / before, 6) for before, after in itertools.pairwise(rates)}
    assert len(ratios) == 1


def test_the_apps_crossovers_hold_when_they_are_looked_at(answered, profiles):
    assert answered.crossovers
    for each in answered.crossovers:
        below, above = (answered.load.at(each.requests_per_second * factor) for factor in (0.9999, 1.0001))
        assert monthly(profiles[each.below], below) < monthly(profiles[each.above], below)
        assert monthly(profiles[each.above], above) < monthly(profiles[each.below], above)
