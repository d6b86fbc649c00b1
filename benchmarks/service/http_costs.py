"""CPU time, memory and latency of frameworks, servers, and the service with and without table and tracing."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from benchmarks.service.load_generator import Load, send
from benchmarks.service.servers import Server, granian, uvicorn

WARM_UP = 500
ROUNDS = 5

_QUIET = {"LOG_LEVEL": "WARNING"}
_SAMPLED = {
    "OTEL_SDK_DISABLED": "false",
    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0.05",
}


@dataclass(frozen=True)
class Candidate:
    """An application on a server."""

    name: str
    app: str
    server: Callable[[str, Mapping[str, str]], AbstractContextManager[Server]] = uvicorn
    environment: Mapping[str, str] = field(default_factory=dict)


FRAMEWORKS = (
    Candidate("bare ASGI on uvicorn", "bare"),
    Candidate("Falcon on uvicorn", "falcon"),
    Candidate("BlackSheep on uvicorn", "blacksheep"),
    Candidate("Starlette on uvicorn", "starlette"),
    Candidate("bare ASGI on granian", "bare", granian),
    Candidate("Falcon on granian", "falcon", granian),
)

SERVICE_WITHOUT_TABLE = (
    Candidate("untraced, logs off", "orders", environment=_QUIET),
    Candidate("untraced", "orders"),
    Candidate("traced, 5 % sampled", "orders", environment=_SAMPLED),
)

SERVICE_WITH_TABLE = (
    Candidate("untraced", "orders_with_table"),
    Candidate("traced, 5 % sampled", "orders_with_table", environment=_SAMPLED),
)


@dataclass(frozen=True)
class HttpCost:
    """The measurements of a candidate."""

    name: str
    cpu_us: float  # per request, all processes of the server; minimum of all rounds, because noise only adds
    idle_mib: float
    busy_mib: float
    startup_s: float
    load: Load  # last round


def measure(candidates: Sequence[Candidate], aws: Mapping[str, str], requests: int) -> list[HttpCost]:
    """Measure candidates alternately, so that other load on this computer affects all of them."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(candidate.server(candidate.app, {**aws, **candidate.environment}))
            for candidate in candidates
        ]
        idle = [server.memory_mib() for server in servers]
        for server in servers:
            send(server.port, WARM_UP)
        rounds = [[_round(server, requests) for server in servers] for _ in range(ROUNDS)]
        return [
            HttpCost(
                candidate.name,
                min(round_[index][0] for round_ in rounds),
                idle[index],
                server.memory_mib(),
                server.startup_s,
                rounds[-1][index][1],
            )
            for index, (candidate, server) in enumerate(zip(candidates, servers, strict=True))
        ]


def _round(server: Server, requests: int) -> tuple[float, Load]:
    before = server.cpu_seconds()
    load = send(server.port, requests)
    return (server.cpu_seconds() - before) / requests * 1e6, load
