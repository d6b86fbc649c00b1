"""Export of spans to X-Ray without a collector: OTLP over HTTP, signed with the credentials of the role.

botocore resolves the endpoint, so that AWS_ENDPOINT_URL applies as for every other AWS service. If you set
OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, spans go to that collector, without a signature.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
"""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from requests import PreparedRequest

EXPORT_SECONDS = 2.0
_OWN_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class XRayExporter(SpanExporter):
    """Exports spans to X-Ray; imports its dependencies with the first sampled span, or earlier with `prepare`."""

    def __init__(self) -> None:
        self._exporter: SpanExporter | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export spans. After 2 s, the remaining spans are dropped."""
        return self._prepared().export(spans)

    def prepare(self) -> None:
        """Import the dependencies, which takes longer than an export; connects to nothing."""
        self._prepared()

    def _prepared(self) -> SpanExporter:
        if self._exporter is None:
            self._exporter = _otlp_exporter()
        return self._exporter

    def shutdown(self) -> None:
        """Close the connection."""
        if self._exporter is not None:
            self._exporter.shutdown()


def _otlp_exporter() -> SpanExporter:
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    if any(map(os.environ.get, _OWN_ENDPOINTS)):
        return OTLPSpanExporter(timeout=EXPORT_SECONDS)
    from orders.aws import client

    xray = client("xray").meta
    connection = requests.Session()
    connection.auth = _signature(xray.region_name)
    return OTLPSpanExporter(endpoint=f"{xray.endpoint_url}/v1/traces", timeout=EXPORT_SECONDS, session=connection)


def _signature(region: str) -> "Callable[[PreparedRequest], PreparedRequest]":
    """Return a function that signs requests (Signature Version 4) with current credentials."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    from orders.aws import session

    def sign(request: "PreparedRequest") -> "PreparedRequest":
        unsigned = AWSRequest(
            method=request.method,
            url=request.url,
            data=request.body,
            headers={"Content-Type": request.headers["Content-Type"]},
        )
        SigV4Auth(session().get_credentials(), "xray", region).add_auth(unsigned)
        request.headers.update(unsigned.headers.items())
        return request

    return sign
