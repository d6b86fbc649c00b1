"""A stub for the AWS calls of the service, all successful: DynamoDB, Secrets Manager and X-Ray's OTLP endpoint.

It runs in its own process, so that its CPU time is not measured.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.service.servers import free_port, wait_for_port


class _StubProtocol(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, complete, rest = self._received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if not complete or len(rest) < length:
                return
            self._received = rest[length:]
            self._transport.write(_response_to(head))


def _response_to(head: bytes) -> bytes:
    body = b'{"SecretString":"sesame"}' if b"GetSecretValue" in head else b"{}"
    kind = b"application/x-protobuf" if b"/v1/traces" in head else b"application/x-amz-json-1.0"
    body = b"" if b"/v1/traces" in head else body
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_StubProtocol, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def aws_stub() -> Iterator[dict[str, str]]:
    """Run the stub. Yields the environment variables for the service."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", __name__, str(port)])  # noqa: S603 - our own command
    try:
        wait_for_port(port)
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "TABLE_NAME": "orders",
            "API_TOKEN_SECRET_ARN": "token",
        }
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
