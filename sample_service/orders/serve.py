"""The HTTP server: on SIGTERM, it finishes the requests in flight and exits with 0."""

from types import FrameType

import uvicorn

from orders.dependencies import http_app
from orders.http_server import LimitedProtocol
from orders.logs import start_logging
from orders.settings import Settings
from orders.tracing import start_tracing

DRAIN_SECONDS = 25  # ECS, Kubernetes and Docker Compose send SIGKILL after 30 s
FINAL_FLUSH_SECONDS = 2.0
KEEP_ALIVE_SECONDS = 75  # longer than a load balancer's 60 s, so that it does not reuse a closed connection


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    start_logging(settings.log_level)
    tracing = start_tracing()
    config = uvicorn.Config(
        http_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    _Server(config).run()
    tracing.shutdown(FINAL_FLUSH_SECONDS)


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Drain. uvicorn's own handler would raise the signal again, and end the process with 143."""
        self.should_exit = True
