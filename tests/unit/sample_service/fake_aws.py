"""A fake of DynamoDB and Secrets Manager with a configurable delay, for real processes of the service."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_RESPONSES = {"GetSecretValue": {"SecretString": "sesame"}, "Query": {"Items": [], "Count": 0}}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation.endswith(("Item", "Items")):
            self.server.waiting.set()
            time.sleep(self.server.seconds)
        response = json.dumps(_RESPONSES.get(operation, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_aws(*, table_takes_seconds: float = 0.0) -> Iterator[http.server.ThreadingHTTPServer]:
    """Serve on a free local port; `waiting` is set when a call to the table has arrived."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.seconds = table_takes_seconds
    server.waiting = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
