"""Bytes that no client should send: the server responds within its limits, and stays healthy."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.unit.sample_service.fake_aws import fake_aws
from tests.unit.sample_service.hostile.bodies import EXPENSIVE
from tests.unit.sample_service.hostile.lambda_events import EVENTS
from tests.unit.sample_service.hostile.raw_requests import RAW_REQUESTS
from tests.unit.sample_service.server_process import ServerProcess, serving, status

MAX_RESPONSE_BYTES = 32 * 1024
MAX_CPU_SECONDS = 0.3  # bounds the time for which one request can block the event loop
MAX_MEMORY_GROWTH_MIB = 64
DAMAGED = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with fake_aws() as aws, serving(aws.server_port, tmp_path_factory.mktemp("hostile")) as server:
        assert status(server.send(b"GET /readyz HTTP/1.1\r\nHost: orders\r\n\r\n")) == 200
        server.memory_before = server.memory_mib()
        yield server


@pytest.mark.parametrize("name", RAW_REQUESTS)
def test_a_hostile_request_has_a_small_response_without_server_error(server: ServerProcess, name):
    request = RAW_REQUESTS[name]
    begun = server.cpu_seconds()
    response = server.send(request.data, ends=_is_incomplete(name))

    assert status(response) in request.allowed
    assert len(response) < MAX_RESPONSE_BYTES
    assert b"Traceback" not in response
    assert server.cpu_seconds() - begun < MAX_CPU_SECONDS


_SEEDS = [
    RAW_REQUESTS[name].data
    for name in (
        "hosts ('Host: [::1]:8080',)",
        "target '/orders?customer=c-42'",
        "framing chunks",
        "framing an expectation",
    )
]
_EDITS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 8),
        st.one_of(st.binary(max_size=3), st.sampled_from([b"\r\n", b"\r\n\r\n", b"0", b":", b"Host: a\r\n", b"\x00"])),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=DAMAGED, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.sampled_from(_SEEDS), repeated=st.integers(1, 3), edits=_EDITS)
def test_a_damaged_request_causes_no_server_error(server: ServerProcess, seed, repeated, edits):
    data = bytearray(seed * repeated)
    for position, removed, inserted in edits:
        start = position % (len(data) + 1)
        data[start : start + removed] = inserted
    response = server.send(bytes(data))

    assert status(response) < 500 or status(response) == 505
    assert len(response) < MAX_RESPONSE_BYTES


def test_the_server_is_healthy_afterwards_and_has_logged_no_stack_trace(server: ServerProcess):
    assert status(server.send(b"GET /livez HTTP/1.1\r\nHost: orders\r\n\r\n")) == 200
    assert server.memory_mib() - server.memory_before < MAX_MEMORY_GROWTH_MIB
    assert "Traceback" not in server.log()
    assert '"level":"ERROR"' not in server.log()


def test_the_page_has_the_numbers_of_the_inputs_and_their_limits():
    page = (ROOT / "docs" / "reliability.md").read_text()
    section = page.partition("## Hostile input")[2].partition("\n## ")[0]
    numbers = [int(number) for number in re.findall(r"\| (\d+) \|$", section, re.MULTILINE)]
    assert numbers == [len(RAW_REQUESTS), DAMAGED, len(EXPENSIVE), len(EVENTS)]
    assert len(RAW_REQUESTS) + len(EXPENSIVE) + len(EVENTS) >= 400
    assert f"fewer than {MAX_RESPONSE_BYTES // 1024} KiB" in section
    assert f"less than {MAX_CPU_SECONDS} s" in section
    assert f"less than {MAX_MEMORY_GROWTH_MIB} MiB" in section


def _is_incomplete(name: str) -> bool:
    """Whether the server waits for more: the end of the data ends the test."""
    return RAW_REQUESTS[name].allowed == (0,)
