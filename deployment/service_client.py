"""HTTP client of any service on one target."""

from dataclasses import dataclass, field

import httpx


@dataclass(frozen=True)
class ServiceClient:
    """Client of a service on one target.

    Attributes:
        http: HTTP client whose base URL and headers lead to the target.
        health_path: path of the request that shows whether the target is ready.
    """

    http: httpx.Client
    health_path: str = field(default="/readyz", kw_only=True)

    def get_once(self, path: str) -> httpx.Response:
        """Send a GET request, whatever the response is."""
        return self.http.get(path)

    def is_ready(self) -> bool:
        """Return whether the health check passes now."""
        try:
            return self.http.get(self.health_path).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False
