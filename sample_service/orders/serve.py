"""The HTTP server: takes requests until SIGTERM, then finishes those in flight and ends with 0."""

from types import FrameType

import uvicorn

from orders.logs import start_logging
from orders.settings import Settings
from orders.tracing import start_tracing
from orders.wiring import http_app

DRAIN_SECONDS = 25  # ECS, Kubernetes and Docker Compose kill after 30 s
LAST_SPANS_SECONDS = 2.0
IDLE_SECONDS = 75  # longer than a load balancer's 60 s, or it sends requests into connections that we just closed


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    start_logging(settings.log_level)
    tracing = start_tracing()
    config = uvicorn.Config(
        http_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    _Server(config).run()
    tracing.shutdown(LAST_SPANS_SECONDS)


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Drain; uvicorn's own would raise the signal again after that, and end the process with 143."""
        self.should_exit = True
