"""A service that its arguments make start, respond or fail: `serve [PORT]`, `check`, `exit CODE`, `lambda HANDLER`."""

import os
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


class Responses(BaseHTTPRequestHandler):
    """200 for every path except /missing and failing ones: /fail/ready makes /ready fail, /recover/ready ends that.

    /slow takes three seconds. /NAME/call/HOST responds with what HOST responds: the emulator takes the place of DNS.
    """

    failing: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        match self.path.split("/"):
            case ["", "fail", path]:
                self.failing.add(f"/{path}")
            case ["", "recover", path]:
                self.failing.discard(f"/{path}")
            case ["", "slow"]:
                time.sleep(3)
            case ["", _, "call", host]:
                request = urllib.request.Request(f"{os.environ['AWS_ENDPOINT_URL']}/called", headers={"Host": host})
                self._respond(urllib.request.urlopen(request, timeout=5).read())
                return
        body = f"{self.path} from {os.environ['HOST']}".encode()
        self._respond(body, 404 if self.path == "/missing" else 503 if self.path in self.failing else 200)

    def _respond(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def handler(event: dict[str, object], _context: object) -> dict[str, object]:
    return event | {"role": os.environ["AWS_ACCESS_KEY_ID"][:4]}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", *port]:
            ThreadingHTTPServer((os.environ["HOST"], int(*port or (8080,))), Responses).serve_forever()
        case ["check"]:
            urllib.request.urlopen(f"http://{os.environ['HOST']}:8080/livez", timeout=2)
        case ["exit", code]:
            print("the reason is here")  # noqa: T201
            sys.exit(int(code))
        case ["lambda", name]:
            sys.path.insert(0, os.path.dirname(__file__))
            from awslambdaric.__main__ import main

            main(["awslambdaric", name])
