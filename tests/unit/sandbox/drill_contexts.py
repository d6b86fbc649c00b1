"""Contexts of drills for tests: a fake clock, given responses of AWS, and given results of deployments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.drill import DeployResult, DrillContext
from tests.unit.deployment.fake_environment import FakeEnvironment
from tests.unit.sandbox import invented

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/01234567-89ab-cdef-0123-456789abcdef"


@dataclass
class Drilled:
    """A context, and what a drill did with it."""

    context: DrillContext
    reports: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    deployed: list[tuple[str, ...]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


def drilled(
    *responses: tuple[str, str, str],
    target: str = "ecs-fargate",
    stack: str = "Orders",
    stacks: Sequence[str] = ("Orders",),
    directory: Path = Path(),
    results: Sequence[DeployResult] = (),
    limit_s: float = float("inf"),
    on_delete: Callable[[str], None] = lambda _what: None,
    clients: Mapping[str, Any] = {},
) -> Drilled:
    """A context whose AWS returns these responses in this order: service, operation, name of the response."""
    seconds = [0.0]
    left = list(results)

    def sleep(waited: float) -> None:
        found.slept.append(waited)
        seconds[0] += waited
        if seconds[0] > limit_s:
            raise LimitOfTheRun

    def redeploy(*context: str) -> DeployResult:
        found.deployed.append(context)
        return left.pop(0) if left else DeployResult(status="UPDATE_COMPLETE", seconds=60)

    def delete(what: str) -> None:
        on_delete(what)
        found.deleted.append(what)

    environment = FakeEnvironment(
        clients={**invented.clients(*responses), **clients}, directory=directory, region="us-east-1"
    )
    context = DrillContext(
        run="r1ab",
        environment=environment,
        target=target,
        stack=stack,
        stacks={name: STACK_ID.format(name=name) for name in stacks},
        redeploy=redeploy,
        delete_target=lambda: delete("target"),
        delete_all=lambda: delete("all"),
        report=lambda text: found.reports.append(text),
        now=lambda: seconds[0],
        sleep=sleep,
    )
    found = Drilled(context)
    return found


class LimitOfTheRun(BaseException):
    """The limit of a run, which is no Exception."""
