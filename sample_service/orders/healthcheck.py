"""The container's health check: the image has no curl."""

import http.client


def healthcheck(port: int) -> int:
    """Ask the server in this container for /livez; returns the exit code."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()
