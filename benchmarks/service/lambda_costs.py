"""What a cold start and a warm invocation cost, by adapter and framework, and of the service itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.service.rie import Invocations, invoke

COLD_STARTS = 5
WARM_INVOCATIONS = 100

_HERE = "benchmarks.service.lambdas"
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
    """The least of several cold starts, for noise only ever adds."""

    name: str
    least: Invocations


def measure(handlers: Sequence[tuple[str, str]], aws: Mapping[str, str]) -> list[LambdaCost]:
    """Start each handler several times, in turns."""
    turns = [[invoke(handler, WARM_INVOCATIONS, aws) for _, handler in handlers] for _ in range(COLD_STARTS)]
    return [LambdaCost(name, _least([turn[index] for turn in turns])) for index, (name, _) in enumerate(handlers)]


def _least(all_of_one: Sequence[Invocations]) -> Invocations:
    return Invocations(
        cold_ms=min(one.cold_ms for one in all_of_one),
        cold_cpu_ms=min(one.cold_cpu_ms for one in all_of_one),
        warm_ms=min(one.warm_ms for one in all_of_one),
        warm_cpu_ms=min(one.warm_cpu_ms for one in all_of_one),
    )
