"""Usage has explicit units, and invalid values are rejected all at once."""

import math

import pytest

from pricing.usage import InvalidUsageError, Usage


def test_a_month_of_requests():
    usage = Usage(requests_per_second=10, hours_a_day=8)
    assert usage.busy_hours == pytest.approx(730 / 3)
    assert usage.requests == pytest.approx(10 * 3600 * 730 / 3)


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
def test_an_invalid_value_is_rejected_with_its_range_and_a_fix(field, value):
    with pytest.raises(InvalidUsageError) as raised:
        Usage(**{field: value})
    assert f"{field}={value!r} (allowed: " in raised.value.cause
    assert "): set the " in raised.value.cause


def test_all_faults_are_named_at_once():
    with pytest.raises(InvalidUsageError, match="2 invalid value") as raised:
        Usage(requests_per_second=-1, hours_a_day=30)
    assert "requests_per_second" in raised.value.cause
    assert "hours_a_day" in raised.value.cause


def test_always_on_defaults_to_the_templates():
    assert Usage(always_on=None).always_on is None
