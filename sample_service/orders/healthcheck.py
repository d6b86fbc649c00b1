"""The container's health check: the image has no curl."""

import http.client


def healthcheck(host: str, port: int, path: str) -> int:
    """Request a path of the server that listens on `host`; returns the exit status."""
    # A server that listens on all interfaces is reachable on loopback.
    address = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    connection = http.client.HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", path)
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()
