"""The HTTP server: takes requests until SIGTERM, then finishes those in flight and ends with 0."""

import signal

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
    # uvicorn drains and then raises the signal again, which would end the process with 143.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
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

    tracing.shutdown(LAST_SPANS_SECONDS)
