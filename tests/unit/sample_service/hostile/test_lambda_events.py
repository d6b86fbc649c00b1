"""Hostile events of function URLs and HTTP APIs: the handler returns a response that Lambda can send."""

import json

import pytest

from tests.unit.sample_service.hostile.lambda_events import EVENTS
from tests.unit.sample_service.test_lambda_http import handler  # noqa: F401 - a fixture

MAX_RESPONSE_BYTES = 32 * 1024


@pytest.mark.parametrize("name", EVENTS)
def test_a_hostile_event_has_a_small_response_without_server_error(handler, caplog, name):  # noqa: F811
    event, allowed = EVENTS[name]
    response = handler(event, None)

    assert response["statusCode"] in allowed
    assert len(json.dumps(response)) < MAX_RESPONSE_BYTES
    assert "Traceback" not in response["body"]
    assert not [record for record in caplog.records if record.exc_info]
