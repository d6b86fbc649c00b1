"""The first sampled trace of an execution environment leaves with its invocation: nothing is left to import."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_SCRIPT = """
import json, os, socket, sys
opened = []
connect = socket.socket.connect
socket.socket.connect = lambda self, address: (opened.append(address), connect(self, address))[1]
import orders.tracing
tracing = orders.tracing.start_tracing()
initialized, opened_in_init = set(sys.modules), len(opened)
with orders.tracing.entry_span("first", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"):
    pass
tracing.flush(20)
print(json.dumps({
    "opened_in_init": opened_in_init,
    "requests_in_init": "requests" in initialized,
    "imported": sorted(set(sys.modules) - initialized),
}))
"""


class Collector(http.server.BaseHTTPRequestHandler):
    """Records the bodies of exports, and their signatures."""

    received: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.received.append((self.headers.get("Authorization", ""), self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[str]:
    Collector.received.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _run(collector: str, **environment: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OTEL_"))}
    fixed = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_XRAY": collector,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.05",
    }
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=kept | fixed | environment, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_the_first_flush_on_lambda_imports_nothing(collector):
    found = _run(collector, AWS_LAMBDA_RUNTIME_API="127.0.0.1:1")
    [(signature, exported)] = Collector.received

    assert found["imported"] == []
    assert signature.startswith("AWS4-HMAC-SHA256 ")
    assert ExportTraceServiceRequest.FromString(exported).resource_spans[0].scope_spans[0].spans[0].name == "first"


def test_initialization_opens_no_connection_that_a_snapshot_would_copy(collector):
    assert _run(collector, AWS_LAMBDA_RUNTIME_API="127.0.0.1:1")["opened_in_init"] == 0


def test_servers_and_tasks_import_the_exporter_with_the_first_sampled_trace(collector):
    assert not _run(collector)["requests_in_init"]


def test_a_function_without_tracing_imports_no_exporter(collector):
    found = _run(collector, AWS_LAMBDA_RUNTIME_API="127.0.0.1:1", OTEL_SDK_DISABLED="true")

    assert not found["requests_in_init"]
    assert Collector.received == []


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_spans_go_to_a_collector_of_your_own_without_a_signature(collector, variable):
    nowhere = "http://127.0.0.1:1"
    _run(nowhere, **{variable: collector, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20own"})

    assert [signature for signature, _ in Collector.received] == ["Bearer own"]
