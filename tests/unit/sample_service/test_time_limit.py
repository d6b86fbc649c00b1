"""All calls of AWS for one request share a time limit."""

import time

import pytest
from orders.aws import TimeLimitExceeded, client, is_transient, time_limit


def test_no_attempt_starts_after_the_limit():
    dynamodb = client("dynamodb")
    with time_limit(0):
        dynamodb.list_tables()  # the first attempt starts the limit
        time.sleep(0.01)
        with pytest.raises(TimeLimitExceeded) as error:
            dynamodb.list_tables()

    assert is_transient(error.value)
    dynamodb.list_tables()
    dynamodb.list_tables()
