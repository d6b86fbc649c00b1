"""What a service needs, said once, without a word of CDK."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Self, TypeGuard

# Lambda refuses functions that set these (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
_RESERVED_NAMES = frozenset(
    {
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "_HANDLER", "_X_AMZN_TRACE_ID", "TZ"),
    }
)
_RESERVED_PREFIXES = ("AWS_LAMBDA_", "OTEL_", "LAMBDA_")


class InvalidServiceSpecError(ValueError):
    """A service that no target could run; names every fault with the value received, the values allowed and the fix."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """One service, the same on every target.

    Attributes:
        name: What traces and logs call the service: lower-case letters, digits and hyphens, 2 to 32, a letter first.
        port: TCP port that the server listens on, 1024 to 65535 (the container is not root).
        health_path: Path that answers 200 while the process is well. It must not look at anything that the process
            depends on: a throttled table would otherwise get healthy containers killed.
        cpu: Share of processors in CPU units: 1024 is one vCPU. 128 to 16384. Targets refuse what they cannot run.
        memory_mib: Memory in MiB, 128 to 122880. Targets refuse what they cannot run.
        min_instances: Copies that always run, 0 to 1000; a target that cannot stop at zero refuses 0.
        max_instances: Copies that run at most, at least `min_instances` and 1, at most 1000.
        target_cpu_percent: Average load of the processors that scaling aims at, 10 to 90.
        architecture: `x86_64` (runs everywhere) or `arm64`.
        environment: Variables of the process. Names that a platform or the tracing set themselves are refused.
        trace_sampling_rate: Share of new traces that are recorded, 0 (off) to 1 (all).

    Raises:
        InvalidServiceSpecError: if anything is out of range; all faults at once.
    """

    name: str
    port: int = 8080
    health_path: str = "/livez"
    cpu: int = 256
    memory_mib: int = 512
    min_instances: int = 2
    max_instances: int = 10
    target_cpu_percent: int = 60
    architecture: str = "x86_64"
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    trace_sampling_rate: float = 0.05

    def __post_init__(self) -> None:
        faults = [*_faults(self), *_environment_faults(self)]
        if faults:
            raise InvalidServiceSpecError(_report(self.name, faults))
        object.__setattr__(self, "environment", MappingProxyType(dict(self.environment)))

    def with_environment(self, **variables: str) -> Self:
        """The same service with further variables, which win over those it has: names of tables, ARNs of secrets."""
        return dataclasses.replace(self, environment={**self.environment, **variables})


def _faults(spec: ServiceSpec) -> Iterator[str]:
    if not isinstance(spec.name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{1,31}", spec.name):
        yield _fault("name", spec.name, "2 to 32 of a-z, 0-9 and '-', a letter first", "shorten it or lower its case")
    yield from _outside("port", spec.port, 1024, 65535, "listen on a port above 1023: the container is not root")
    if not isinstance(spec.health_path, str) or not re.fullmatch(r"/[\w./~-]*", spec.health_path, re.ASCII):
        yield _fault("health_path", spec.health_path, "a path that starts with '/', without a query", "write '/livez'")
    yield from _outside("cpu", spec.cpu, 128, 16384, "give CPU units: 1024 is one vCPU")
    yield from _outside("memory_mib", spec.memory_mib, 128, 122880, "give MiB: 512 is half a GiB")
    yield from _outside("min_instances", spec.min_instances, 0, 1000, "give the copies that always run")
    lowest = max(1, spec.min_instances) if _is_whole(spec.min_instances) else 1
    yield from _outside("max_instances", spec.max_instances, lowest, 1000, "raise it to min_instances or above")
    yield from _outside("target_cpu_percent", spec.target_cpu_percent, 10, 90, "leave room to scale: 60 is usual")
    if spec.architecture not in ("x86_64", "arm64"):
        yield _fault("architecture", spec.architecture, "'x86_64' or 'arm64'", "write 'x86_64' for amd64")
    if isinstance(spec.trace_sampling_rate, bool) or not isinstance(spec.trace_sampling_rate, int | float) or not 0 <= spec.trace_sampling_rate <= 1:
        yield _fault("trace_sampling_rate", spec.trace_sampling_rate, "a number from 0 (off) to 1 (all)", "write 0.05 for five in a hundred")


def _environment_faults(spec: ServiceSpec) -> Iterator[str]:
    for name, value in dict(spec.environment).items():
        field = f"environment[{name!r}]"
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            yield _fault(field, name, "a name of letters, digits and '_', no digit first", "rename the variable")
        elif name in _RESERVED_NAMES or name.startswith(_RESERVED_PREFIXES):
            yield _fault(field, name, "a name that no platform sets itself", "rename it; for OTEL_*, set `trace_sampling_rate`")
        elif name in ("PORT", "HOST"):
            yield _fault(field, name, "a name that no construct sets itself", "remove it; for PORT, set `port`")
        if not isinstance(value, str):
            yield _fault(field, value, "a string", f"write {str(value)!r}")


def _outside(field: str, value: object, low: int, high: int, fix: str) -> Iterator[str]:
    if not _is_whole(value) or not low <= value <= high:
        yield _fault(field, value, f"a whole number from {low} to {high}", fix)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _fault(field: str, value: object, allowed: str, fix: str) -> str:
    return f"{field} is {value!r}; allowed: {allowed}; fix: {fix}"


def _report(name: object, faults: list[str]) -> str:
    return "\n  - ".join([f"service {name!r} cannot run anywhere, {len(faults)} value(s) are wrong:", *faults])
