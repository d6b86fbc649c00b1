"""A load says its units, and refuses nonsense with all its faults at once."""

import math

import pytest

from pricing.errors import InvalidLoadError
from pricing.load import Load


def test_a_month_of_requests():
    load = Load(requests_per_second=10, hours_a_day=8)
    assert load.busy_hours == pytest.approx(730 / 3)
    assert load.requests == pytest.approx(10 * 3600 * 730 / 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requests_per_second", -1),
        ("requests_per_second", math.nan),
        ("requests_per_second", math.inf),
        ("requests_per_second", True),
        ("requests_per_second", "10"),
        ("hours_a_day", 0),
        ("hours_a_day", 25),
        ("cpu_seconds", 0),
        ("wait_seconds", -0.1),
        ("memory_mib", 0),
        ("always_on", -1),
        ("table_writes", None),
    ],
)
def test_a_value_that_no_load_has_is_refused_with_value_range_and_fix(field, value):
    with pytest.raises(InvalidLoadError) as raised:
        Load(**{field: value})
    assert f"{field} is {value!r}; allowed: " in raised.value.cause
    assert "; fix: give " in raised.value.cause


def test_all_faults_are_named_at_once():
    with pytest.raises(InvalidLoadError, match="2 value") as raised:
        Load(requests_per_second=-1, hours_a_day=30)
    assert "requests_per_second" in raised.value.cause
    assert "hours_a_day" in raised.value.cause


def test_copies_that_always_run_may_be_the_templates():
    assert Load(always_on=None).always_on is None
