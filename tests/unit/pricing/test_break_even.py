"""Break-even points, compared with points that are known from arithmetic."""

import bisect
import dataclasses
import itertools

import pytest

from pricing.break_even import break_even_points, cheapest, cheapest_ranges, cost_curve, max_requests_per_second
from pricing.estimate import monthly_usd
from pricing.usage import Usage
from tests.unit.pricing import samples

# Only compute is billed in these: 0.25 vCPU and 0.5 GB on Fargate cost 9.01 a month.
USAGE = Usage(cpu_seconds=0.005, wait_seconds=0, log_bytes=0)


@pytest.fixture
def pay_per_use():
    return samples.priced({"Function": samples.function(memory=1769, max_replicas=100)})


@pytest.fixture
def always_on():
    return samples.priced(samples.fargate(min_replicas=2, max_replicas=4))


def with_name(cost_model, name):
    return dataclasses.replace(cost_model, target=name)


@pytest.fixture
def both(pay_per_use, always_on):
    return [with_name(pay_per_use, "function"), with_name(always_on, "tasks")]


def test_a_break_even_point_is_where_arithmetic_says(both):
    tasks = 2 * 730 * (0.25 * 0.04048 + 0.5 * 0.004445) + 0.20
    a_request = 0.20 / 1e6 + 0.005 * 1769 / 1024 * 0.0000166667
    [first, *_] = break_even_points(both, USAGE)
    assert (first.cheaper_below, first.cheaper_above) == ("function", "tasks")
    assert first.requests_per_second == pytest.approx(tasks / a_request / (730 * 3600), rel=1e-5)
    assert first.usd == pytest.approx(tasks)


def test_the_cheaper_target_changes_at_a_break_even_point(both):
    named = {each.target: each for each in both}
    for each in break_even_points(both, USAGE):
        just_below, just_above = (USAGE.at(each.requests_per_second * factor) for factor in (0.9999, 1.0001))
        assert monthly_usd(named[each.cheaper_below], just_below) < monthly_usd(named[each.cheaper_above], just_below)
        assert monthly_usd(named[each.cheaper_above], just_above) < monthly_usd(named[each.cheaper_below], just_above)


def test_break_even_points_exist_only_while_both_targets_support_the_usage(both):
    assert all(
        each.requests_per_second <= max_requests_per_second([both[1]], USAGE) for each in break_even_points(both, USAGE)
    )


def test_the_maximum_request_rate_is_that_of_the_template(both):
    assert max_requests_per_second([both[1]], USAGE) == pytest.approx(4 * 0.125 / 0.005, rel=1e-5)
    assert max_requests_per_second(both, USAGE) == pytest.approx(0.6 * 100 / 0.005, rel=1e-5)
    assert max_requests_per_second([], USAGE) == 0


def test_ranges_name_the_cheapest_target_for_every_request_rate(both):
    found = cheapest_ranges(both, USAGE)
    assert found[0] == (0.0, "function")
    assert [start for start, _ in found] == sorted(start for start, _ in found)
    for (start, target), (end, _) in itertools.pairwise(found):
        assert cheapest(both, USAGE.at((start + end) / 2)) == target


def test_nothing_is_cheapest_where_no_template_supports_the_usage(both):
    assert cheapest(both, USAGE.at(1e6)) is None


def test_a_cost_curve_ends_at_the_maximum_of_the_template(both):
    rates = [rate for rate, _ in cost_curve(both[1], USAGE, max_requests_per_second(both, USAGE))]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(0.001)
    assert rates[-1] == pytest.approx(100)
    assert max(after / before for before, after in itertools.pairwise(rates)) <= 10**0.05 + 1e-9


def test_a_cost_curve_has_both_ends_of_each_jump(both):
    curve = cost_curve(both[1], USAGE, max_requests_per_second(both, USAGE))
    jumps = [rate for (rate, usd), (after, more) in itertools.pairwise(curve) if after < rate * 1.0001 and more > usd]
    assert jumps == pytest.approx([50, 75])


USAGES = [
    Usage(),
    Usage(wait_seconds=0),
    Usage(wait_seconds=0.5, cpu_seconds=0.05),
    Usage(hours_a_day=8, response_bytes=100_000),
    Usage(always_on=3, table_writes=1),
    Usage(memory_mib=1024),
]


def loads(models, usage):
    """Request rates that are dense, also between two that 20 points a decade would skip."""
    highest = max_requests_per_second(models, usage)
    return [highest * 10 ** (-exponent / 500) for exponent in range(3000)] if highest else []


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_the_ranges_name_the_cheapest_target_of_the_app_at_every_load(cost_models, usage):
    models = list(cost_models.values())
    ranges = cheapest_ranges(models, usage)
    starts = [start for start, _ in ranges]
    for load in loads(models, usage):
        named = ranges[bisect.bisect_left(starts, load) - 1][1]
        best = cheapest(models, usage.at(load))
        cost, least = (monthly_usd(cost_models[target], usage.at(load)) for target in (named, best))
        assert cost == pytest.approx(least, abs=1e-6), (load, named, best)
        assert not cost_models[named].capacity.unsupported_reason(usage.at(load))


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_each_pair_changes_only_at_its_break_even_points(cost_models, usage):
    models = list(cost_models.values())
    points = break_even_points(models, usage)
    for one, other in itertools.combinations(models, 2):
        own = [each for each in points if {each.cheaper_below, each.cheaper_above} == {one.target, other.target}]
        assert all(before.cheaper_above == after.cheaper_below for before, after in itertools.pairwise(own))
        for load in loads([min(one, other, key=lambda each: max_requests_per_second([each], usage))], usage)[::25]:
            costs = [monthly_usd(each, usage.at(load)) for each in (one, other)]
            if abs(costs[0] - costs[1]) > 1e-6 and own:
                below = [each for each in own if each.requests_per_second < load]
                named = below[-1].cheaper_above if below else own[0].cheaper_below
                assert named == (one if costs[0] < costs[1] else other).target, load


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_the_maximum_is_where_support_ends(cost_models, usage):
    for model in cost_models.values():
        highest = max_requests_per_second([model], usage)
        assert not highest or not model.capacity.unsupported_reason(usage.at(highest))
        assert model.capacity.unsupported_reason(usage.at(highest * 1.001 + 1e-6))


def test_the_break_even_points_of_the_app_hold(report, cost_models):
    assert report.break_even_points
    for each in report.break_even_points:
        below, above = (report.usage.at(each.requests_per_second * factor) for factor in (0.9999, 1.0001))
        assert monthly_usd(cost_models[each.cheaper_below], below) < monthly_usd(cost_models[each.cheaper_above], below)
        assert monthly_usd(cost_models[each.cheaper_above], above) < monthly_usd(cost_models[each.cheaper_below], above)
