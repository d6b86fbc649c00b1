"""A fake of DynamoDB and Secrets Manager with a configurable delay, for real processes of the service."""

import http.server
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_RESPONSES = {"GetSecretValue": {"SecretString": "sesame"}, "Query": {"Items": [], "Count": 0}}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.server.calls[operation] += 1
        hangs = self.server.secret_hangs if operation == "GetSecretValue" else self.server.hangs
        if hangs:
            hangs.wait(60)
        if operation == self.server.fails:
            self._respond(400, {"__type": "AccessDeniedException", "message": "secret detail"})
            return
        if operation.endswith(("Item", "Items")):
            self.server.waiting.set()
            time.sleep(self.server.seconds)
        self._respond(200, _RESPONSES.get(operation, {}))

    def _respond(self, status: int, content: object) -> None:
        response = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """Ignore clients that give up."""


@contextmanager
def fake_aws(*, table_takes_seconds: float = 0.0) -> Iterator[http.server.ThreadingHTTPServer]:
    """Serve on a free local port; `waiting` is set when a call to the table has arrived.

    `hangs` and `secret_hangs` are events that calls of the table and of Secrets Manager wait for; `fails` is the
    operation that is denied; `calls` counts the calls of each operation.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.calls = Counter()
    server.hangs = server.secret_hangs = None
    server.fails = ""
    server.seconds = table_takes_seconds
    server.waiting = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
