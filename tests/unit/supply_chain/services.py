"""Vulnerability databases on loopback: OSV, and the advisories of an npm registry."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ADVISORY = {
    "id": 1,
    "url": "https://github.com/advisories/GHSA-p6mc-m468-83gw",
    "title": "Prototype pollution",
    "severity": "high",
    "vulnerable_versions": "<4.17.20",
}


class Databases:
    """Databases that know these vulnerable packages.

    Attributes:
        url: the address.
        vulnerable: names of vulnerable packages, in every version.
        queried: (name, version) of each Python package, and (name, "") of each npm package.
        status: HTTP status of every response.
    """

    def __init__(self) -> None:
        self.url = ""
        self.vulnerable = {"jinja2", "lodash"}
        self.queried: list[tuple[str, str]] = []
        self.status = 200

    def osv(self, query: dict[str, Any]) -> dict[str, Any]:
        name, version = query["package"]["name"], query["version"]
        self.queried.append((name, version))
        if name not in self.vulnerable or (name == "jinja2" and version != "2.4.1"):
            return {}
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "versions": [version], "ranges": []}]
        return {"vulns": [{"id": "GHSA-462w-v97r-4m45", "summary": "", "affected": affected, "modified": "2026-01-01"}]}

    def npm(self, query: dict[str, Any]) -> dict[str, Any]:
        self.queried += [(name, "") for name in query]
        return {name: [{**ADVISORY, "name": name}] for name in query if name in self.vulnerable}


@contextmanager
def databases() -> Iterator[Databases]:
    found = Databases()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            version = {"name": name, "version": "4.17.15", "dist": {"tarball": f"{found.url}/{name}.tgz"}}
            self._send({"name": name, "dist-tags": {"latest": "4.17.15"}, "versions": {"4.17.15": version}})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            query = json.loads(body)
            self._send(found.npm(query) if self.path.startswith("/-/npm") else found.osv(query))

        def _send(self, response: object) -> None:
            body = json.dumps(response).encode()
            self.send_response(found.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
