"""What a request must bring before anything else happens: the token, and a body of a kind and size we read."""

import falcon

from orders.http.problems import Request, Response
from orders.threads import Runner
from orders.token import ApiToken

MAX_BODY_BYTES = 64 * 1024
PUBLIC_PATHS = frozenset({"/livez", "/readyz", "/openapi.json", "/docs"})


class TokenGuard:
    """Middleware: everything but health checks and documentation wants `Authorization: Bearer <token>`."""

    def __init__(self, token: ApiToken, runner: Runner) -> None:
        self._token = token
        self._runner = runner

    async def process_request(self, request: Request, _response: Response) -> None:
        """Refuse a request without the current token.

        Raises:
            falcon.HTTPUnauthorized: the token is absent or wrong.
        """
        if request.path in PUBLIC_PATHS:
            return
        scheme, _, candidate = request.get_header("Authorization", default="").partition(" ")
        if scheme.lower() != "bearer" or not candidate:
            raise _unauthorized("the header Authorization: Bearer <token> is missing")
        if self._token.is_fresh() and self._token.equals(candidate):
            return
        if not await self._runner.run(self._token.accepts, candidate):
            raise _unauthorized("the token is not the current one")


async def read_body(request: Request) -> bytes:
    """The body of a request, which must be JSON of at most 64 KiB.

    Raises:
        falcon.HTTPUnsupportedMediaType: it is of another kind.
        falcon.HTTPContentTooLarge: it is larger.
    """
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise falcon.HTTPUnsupportedMediaType(description=f"got {kind or 'no Content-Type'}; send application/json")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _too_large()
    body: bytes = await request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def _unauthorized(description: str) -> falcon.HTTPUnauthorized:
    return falcon.HTTPUnauthorized(description=description, challenges=['Bearer realm="orders"'])


def _too_large() -> falcon.HTTPError:
    return falcon.HTTPContentTooLarge(description=f"a body may have {MAX_BODY_BYTES} bytes at most")
