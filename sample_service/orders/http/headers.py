"""What browsers and caches on the way are told about every answer."""

from orders.http.problems import Request, Response

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",  # a year
}


class Headers:
    """Middleware: the same headers on each answer, errors too."""

    async def process_response(self, _request: Request, response: Response, _resource: object, _ok: bool) -> None:
        """Add them."""
        response.set_headers(HEADERS)
