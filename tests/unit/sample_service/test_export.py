"""Signed export of spans to X-Ray; a failing collector delays no request."""

import http.server
import logging
import socket
import threading
import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from orders import aws
from orders.logs import RateLimitFilter
from orders.tracing.export import EXPORT_SECONDS, XRayExporter
from orders.tracing.provider import MAX_SPANS_WAITING, PAUSE_SECONDS, Tracing, _finishes_within, _SpanProcessor


class Collector(http.server.BaseHTTPRequestHandler):
    """Records requests."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _point_xray_at(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


def test_exports_are_signed_with_the_current_credentials(collector):
    _end_one_span(XRayExporter())
    [(path, headers, body)] = collector.received

    assert path == "/v1/traces"
    assert headers["Content-Type"] == "application/x-protobuf"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
    assert "/us-east-1/xray/aws4_request" in headers["Authorization"]
    [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
    assert resource.scope_spans[0].spans[0].name == "one"


def test_an_unreachable_collector_drops_spans_within_the_time_limit(monkeypatch):
    _point_xray_at(monkeypatch, f"http://127.0.0.1:{_closed_port()}")
    begun = time.monotonic()
    _end_one_span(XRayExporter())

    assert time.monotonic() - begun < EXPORT_SECONDS + 20


def test_a_collector_that_hangs_is_abandoned_within_the_time_limit(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _point_xray_at(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        _end_one_span(XRayExporter())

        assert time.monotonic() - begun < EXPORT_SECONDS + 20


def test_ending_a_span_does_not_wait_for_a_collector_that_hangs():
    released = threading.Event()

    class Hanging:
        def export(self, _spans: object) -> None:
            released.wait(10)

        def shutdown(self) -> None:
            pass

    spans = _SpanProcessor(
        Hanging(), max_queue_size=MAX_SPANS_WAITING, schedule_delay_millis=10, max_export_batch_size=1
    )
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    tracer = provider.get_tracer("test")
    begun = time.monotonic()
    for _ in range(2 * MAX_SPANS_WAITING):
        tracer.start_span("one").end()
    _finishes_within(0.1, spans.force_flush)

    assert time.monotonic() - begun < 5
    released.set()
    spans.shutdown()


def test_flushes_do_not_wait_for_a_minute_after_one_that_timed_out(monkeypatch):
    monkeypatch.setattr("opentelemetry.trace.set_tracer_provider", lambda _: None)
    now = 1000.0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _point_xray_at(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        tracing = Tracing(XRayExporter(), clock=lambda: now)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(tracing._spans)

        def seconds_of_a_flush() -> float:
            provider.get_tracer("test").start_span("one").end()
            begun = time.monotonic()
            tracing.flush(0.3)
            return time.monotonic() - begun

        assert seconds_of_a_flush() >= 0.3
        assert max(seconds_of_a_flush() for _ in range(3)) < 0.1
        now += PAUSE_SECONDS
        assert seconds_of_a_flush() >= 0.3
    tracing.shutdown(EXPORT_SECONDS)


def test_an_unreachable_collector_does_not_flood_the_log():
    quiet = RateLimitFilter("opentelemetry")
    records = [
        logging.makeLogRecord({"name": "opentelemetry.exporter", "msg": "failed", "created": n}) for n in range(100)
    ]
    others = [logging.makeLogRecord({"name": "orders", "msg": "failed", "created": n}) for n in range(100)]

    assert sum(map(quiet.filter, records)) == 2
    assert all(map(quiet.filter, others))


def _end_one_span(exporter: XRayExporter) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("test").start_span("one").end()
    provider.shutdown()


def _point_xray_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_XRAY", url)
    aws._create_client.cache_clear()
    aws.session.cache_clear()


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
