"""/openapi.json and /docs, made when somebody first asks."""

from functools import cache

import msgspec

from orders.http.problems import Request, Response


class OpenApi:
    """/openapi.json."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Show the document."""
        response.content_type = "application/json"
        response.data = _document()


class Page:
    """/docs."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Show the page."""
        response.content_type = "text/html; charset=utf-8"
        response.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        response.data = _page()


@cache
def _document() -> bytes:
    from orders.http.openapi import openapi_document

    return msgspec.json.encode(openapi_document())


@cache
def _page() -> bytes:
    from orders.http.openapi import openapi_document
    from orders.http.page import documentation_page

    return documentation_page(openapi_document()).encode()
