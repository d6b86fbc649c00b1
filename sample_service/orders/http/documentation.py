"""The API documentation: /openapi.json, and /docs as one HTML file without scripts and network. Rendered on demand."""

from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any

import msgspec

from orders.http.problems import Request, Response

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid #8888; margin-top: 2rem }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: 1rem; background: #8881 }
td, th { text-align: left; padding: 0.125rem 1rem 0.125rem 0; vertical-align: top }
"""


class OpenApiResource:
    """/openapi.json."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Return the document."""
        response.content_type = "application/json"
        response.data = _document()


class DocsResource:
    """/docs."""

    async def on_get(self, _request: Request, response: Response) -> None:
        """Return the page."""
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

    return documentation_page(openapi_document()).encode()


def documentation_page(document: dict[str, Any]) -> str:
    """Render an OpenAPI document."""
    title, description = (escape(document["info"][name]) for name in ("title", "description"))
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f'<h1>{title}</h1><p>{description} <a href="openapi.json">openapi.json</a></p>{operations}{schemas}</html>'
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [*_parameter_rows(operation), *_body_rows(operation), *_response_rows(operation)]
    token = "" if operation.get("security") == [] else " Requires the token."
    return (
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}{token}</p>"
        f"<table>{''.join(rows)}</table></section>"
    )


def _parameter_rows(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation["parameters"]:
        requirement = "required" if parameter["required"] else "optional"
        text = f"{parameter['in']}, {requirement}: {parameter['schema'].get('description', '')}"
        yield _row(f"<code>{escape(parameter['name'])}</code>", escape(text))


def _body_rows(operation: dict[str, Any]) -> Iterator[str]:
    body = operation.get("requestBody")
    if body:
        yield _row("body", f"{_link(body)}, {escape(body['description'])}")


def _response_rows(operation: dict[str, Any]) -> Iterator[str]:
    for status, response in operation["responses"].items():
        yield _row(status, f"{escape(response['description'])}: {_link(response)}")


def _link(holder: dict[str, Any]) -> str:
    [(media_type, content)] = holder["content"].items()
    name = content["schema"]["$ref"].rpartition("/")[2]
    return f'<a href="#{name}">{name}</a> ({escape(media_type)})'


def _schema(name: str, schema: dict[str, Any]) -> str:
    text = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()
    details = f"<details><summary>schema</summary><pre>{escape(text)}</pre></details>"
    return f'<section id="{name}"><h2>{name}</h2>{details}</section>'


def _row(left: str, right: str) -> str:
    return f"<tr><th>{left}</th><td>{right}</td></tr>"
