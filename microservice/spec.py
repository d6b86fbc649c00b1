"""The specification of a service: plain data, without any CDK type."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Self, TypeGuard

from .defaults import MAX_INSTANCES
from .errors import InvalidServiceSpecError

# Lambda rejects functions that set these (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
_RESERVED_NAMES = frozenset(
    {
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "_HANDLER", "_X_AMZN_TRACE_ID"),
    }
)
_RESERVED_PREFIXES = ("AWS_LAMBDA_", "LAMBDA_")
# The constructs set these from other fields. Every other OTEL_* is yours.
_SET_BY_FIELD = {
    "PORT": "port",
    "OTEL_SERVICE_NAME": "name",
    "OTEL_SDK_DISABLED": "trace_sampling_rate (0 disables the SDK)",
    "OTEL_TRACES_SAMPLER": "trace_sampling_rate",
    "OTEL_TRACES_SAMPLER_ARG": "trace_sampling_rate",
}
_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """A service, specified once for every platform.

    A construct honours each field, lists it in `UNSUPPORTED_FIELDS`, or raises `UnsupportedSpecError`.

    Attributes:
        name: Name of the service in traces, logs and resource names: 2 to 32 lower-case letters, digits and hyphens,
            starting with a letter.
        port: TCP port that the server listens on, 1024 to 65535: the container does not run as root. Default: 8080.
        health_path: Path of the health check, which responds with 200 while the process is healthy. It must not check
            dependencies: otherwise a throttled table would cause the replacement of healthy containers.
            Default: `/livez`.
        cpu: CPU units of one replica, 128 to 16384; 1024 is one vCPU. Platforms support a part of the range.
            Default: 256.
        memory_mib: Memory of one replica in MiB, 128 to 122880. Platforms support a part of the range. Default: 512.
        min_instances: Minimum number of replicas, 0 to 1000. Platforms that do not scale to zero reject 0. Default: 2.
        max_instances: Maximum number of replicas, from `min_instances` (at least 1) to 1000. Default: 10.
        target_cpu_percent: Average CPU utilization that scaling aims at, 10 to 90 percent. Default: 60.
        architecture: CPU architecture, `x86_64` or `arm64`. Default: `x86_64`, which runs on every platform.
        environment: Environment variables of the process. Names that a platform or another field sets are rejected:
            `OTEL_SERVICE_NAME` (set `name`), `OTEL_SDK_DISABLED` and `OTEL_TRACES_SAMPLER*` (set
            `trace_sampling_rate`). Every other `OTEL_*` reaches the SDK in the image. `OTEL_RESOURCE_ATTRIBUTES` is
            added to the attributes of the construct, and replaces those of the same name; `service.name` is rejected.
            Default: none.
        trace_sampling_rate: Fraction of new traces that is recorded, from 0 (tracing off) to 1 (all). Default: 0.05.

    Raises:
        InvalidServiceSpecError: A value is out of range. The message lists every fault.

    Example:
        spec = ServiceSpec(name="payments", memory_mib=1024, min_instances=1)
        larger = dataclasses.replace(spec, cpu=512)
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
            raise InvalidServiceSpecError(_message(self.name, faults))
        object.__setattr__(self, "environment", MappingProxyType(dict(self.environment)))

    def with_environment(self, **variables: str) -> Self:
        """Return a copy with more environment variables, which override existing ones.

        Args:
            **variables: Name -> value; a value may be a CDK token, such as the name of a table.
        """
        return dataclasses.replace(self, environment={**self.environment, **variables})


def _faults(spec: ServiceSpec) -> Iterator[str]:
    if not isinstance(spec.name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{1,31}", spec.name):
        allowed = "2 to 32 of a-z, 0-9 and '-', starting with a letter"
        yield _fault("name", spec.name, allowed, "Shorten the name, or write it in lower case.")
    yield from _out_of_range("port", spec.port, 1024, 65535, "Listen on a port above 1023.")
    if not isinstance(spec.health_path, str) or not re.fullmatch(r"/[\w./~-]*", spec.health_path, re.ASCII):
        allowed = "a path that starts with '/', without a query"
        yield _fault("health_path", spec.health_path, allowed, "Set a path such as '/livez'.")
    yield from _out_of_range("cpu", spec.cpu, 128, 16384, "Set CPU units: 1024 is one vCPU.")
    yield from _out_of_range("memory_mib", spec.memory_mib, 128, 122880, "Set MiB: 512 is half a GiB.")
    yield from _out_of_range("min_instances", spec.min_instances, 0, MAX_INSTANCES, "Set a number of replicas.")
    # An invalid minimum does not make the maximum invalid.
    valid_minimum = _is_integer(spec.min_instances) and spec.min_instances <= MAX_INSTANCES
    low = max(1, spec.min_instances) if valid_minimum else 1
    yield from _out_of_range("max_instances", spec.max_instances, low, MAX_INSTANCES, "Set at least min_instances.")
    yield from _out_of_range(
        "target_cpu_percent", spec.target_cpu_percent, 10, 90, "Leave room to scale: 60 is a common value."
    )
    if spec.architecture not in ("x86_64", "arm64"):
        yield _fault("architecture", spec.architecture, "'x86_64' or 'arm64'", "Set 'x86_64' for amd64.")
    rate = spec.trace_sampling_rate
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        yield _fault("trace_sampling_rate", rate, "0 (off) to 1 (all)", "Set a fraction: 0.05 is 5 %.")


def _environment_faults(spec: ServiceSpec) -> Iterator[str]:
    for name, value in dict(spec.environment).items():
        field = f"environment[{name!r}]"
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            allowed = "names of letters, digits and '_', not starting with a digit"
            yield _fault(field, value, allowed, "Rename the variable.")
        elif name in _RESERVED_NAMES or name.startswith(_RESERVED_PREFIXES):
            allowed = "names that no platform sets"
            yield _fault(field, value, allowed, "Rename the variable.")
        elif name in _SET_BY_FIELD:
            allowed = "names that the constructs do not set"
            yield _fault(field, value, allowed, f"Remove the variable, and set {_SET_BY_FIELD[name]}.")
        elif name == "HOST":
            yield _fault(field, value, "names that the constructs do not set", "Remove the variable.")
        elif name == _ATTRIBUTES and isinstance(value, str):
            yield from _attribute_faults(field, value)
        if not isinstance(value, str):
            yield _fault(field, value, "a string", f"Set {str(value)!r}.")


def _attribute_faults(field: str, value: str) -> Iterator[str]:
    """Check the form that OpenTelemetry defines: an SDK ignores what it cannot read.

    https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
    """
    for entry in filter(None, value.split(",")):
        name, is_pair, _ = entry.partition("=")
        if not is_pair or not re.fullmatch(r"[\w.-]+", name.strip(), re.ASCII):
            allowed = "name=value, separated by commas"
            yield _fault(field, entry, allowed, "Encode ',' and '=' in values as %2C and %3D.")
        elif name.strip() == "service.name":
            yield _fault(field, entry, "other attributes: OTEL_SERVICE_NAME replaces this one", "Set name.")


def _out_of_range(field: str, value: object, low: int, high: int, fix: str) -> Iterator[str]:
    if not _is_integer(value) or not low <= value <= high:
        yield _fault(field, value, f"an integer from {low} to {high}", fix)


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _fault(field: str, value: object, allowed: str, fix: str) -> str:
    return f"{field}={value!r} is not valid (allowed: {allowed}). {fix}"


def _message(name: object, faults: list[str]) -> str:
    count = "1 value is" if len(faults) == 1 else f"{len(faults)} values are"
    return "\n  - ".join([f"service {name!r} is not valid: {count} wrong:", *faults])
