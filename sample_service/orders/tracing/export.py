"""Spans to X-Ray without a collector: OTLP over HTTP, signed with the credentials of the service's own role.

The endpoint is the one that botocore resolves for X-Ray, so AWS_ENDPOINT_URL works here as for every other service.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from requests import PreparedRequest

EXPORT_SECONDS = 2.0


class XRayExporter(SpanExporter):
    """Makes its connection, and pays for the imports behind it, when the first sampled span has to go out."""

    def __init__(self) -> None:
        self._exporter: SpanExporter | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; takes 2 s at most, and what could not be sent by then is dropped."""
        if self._exporter is None:
            self._exporter = _signing_exporter()
        return self._exporter.export(spans)

    def shutdown(self) -> None:
        """Close the connection, if there is one."""
        if self._exporter is not None:
            self._exporter.shutdown()


def _signing_exporter() -> SpanExporter:
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    from orders.aws import client

    xray = client("xray").meta
    connection = requests.Session()
    connection.auth = _signature(xray.region_name)
    return OTLPSpanExporter(endpoint=f"{xray.endpoint_url}/v1/traces", timeout=EXPORT_SECONDS, session=connection)


def _signature(region: str) -> "Callable[[PreparedRequest], PreparedRequest]":
    """What signs each request (Signature Version 4); credentials are asked for each time, for they expire."""
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
