"""Break-even points, compared with points that are known from arithmetic."""

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
    assert max_requests_per_second(both, USAGE) == pytest.approx(100 / 0.005, rel=1e-5)
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
    assert 90 < rates[-1] <= 100
    ratios = {round(after / before, 6) for before, after in itertools.pairwise(rates)}
    assert len(ratios) == 1


def test_the_break_even_points_of_the_app_hold(report, cost_models):
    assert report.break_even_points
    for each in report.break_even_points:
        below, above = (report.usage.at(each.requests_per_second * factor) for factor in (0.9999, 1.0001))
        assert monthly_usd(cost_models[each.cheaper_below], below) < monthly_usd(cost_models[each.cheaper_above], below)
        assert monthly_usd(cost_models[each.cheaper_above], above) < monthly_usd(cost_models[each.cheaper_below], above)
