"""Duration and CPU time of cold starts and warm invocations, for adapters, frameworks and the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.service.lambda_invocations import Invocations, invoke

COLD_STARTS = 5
WARM_INVOCATIONS = 100

_HERE = "benchmarks.service.handlers"
ADAPTERS = (
    ("plain handler", f"{_HERE}.plain.handler"),
    ("Falcon, small adapter", f"{_HERE}.falcon_adapter.handler"),
    ("Falcon, Mangum", f"{_HERE}.falcon_mangum.handler"),
    ("Starlette, Mangum", f"{_HERE}.starlette_mangum.handler"),
)
SERVICE = (
    ("plain handler, same table", f"{_HERE}.plain_with_table.handler"),
    ("the service", "orders.lambda_http.handler"),
)


@dataclass(frozen=True)
class LambdaCost:
    """The minimum of several cold starts, because noise only adds."""

    name: str
    minimum: Invocations


def measure(handlers: Sequence[tuple[str, str]], aws: Mapping[str, str]) -> list[LambdaCost]:
    """Start each handler several times, alternately."""
    rounds = [[invoke(handler, WARM_INVOCATIONS, aws) for _, handler in handlers] for _ in range(COLD_STARTS)]
    return [
        LambdaCost(name, _minimum([round_[index] for round_ in rounds])) for index, (name, _) in enumerate(handlers)
    ]


def _minimum(runs: Sequence[Invocations]) -> Invocations:
    return Invocations(
        cold_ms=min(one.cold_ms for one in runs),
        cold_cpu_ms=min(one.cold_cpu_ms for one in runs),
        warm_ms=min(one.warm_ms for one in runs),
        warm_cpu_ms=min(one.warm_cpu_ms for one in runs),
    )
