"""The specification of a service: plain data, without any CDK type."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self, TypeGuard

from .defaults import MAX_INSTANCES
from .errors import InvalidServiceSpecError
from .frozen_dict import FrozenDict

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
# The forms of a health check that Docker and ECS know
# (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html).
_EXEC, _SHELL, _NONE = "CMD", "CMD-SHELL", "NONE"
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
_SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}(:[^:]*:[^:]*:[^:]*)?"
    r"|ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+)",
    re.ASCII,
)
_CODES = re.compile(r"[2-4]\d\d(-[2-4]\d\d)?", re.ASCII)
# A CDK token, whose value is known during the deployment.
_TOKEN = "${Token["  # noqa: S105 - no password


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
        secrets: Environment variables whose values the platform reads when a replica starts: name -> ARN of a secret
            in Secrets Manager or a parameter in SSM. `…:secret:name-AbCdEf:password::` is the key `password` of a
            secret in JSON. A changed secret reaches replicas that start later. Default: none.
        command: Arguments of the image's entry point, as Docker's `CMD`. Default: those of the image.
        health_command: Command that checks the health inside the container; exit status 0 means healthy. A list of
            words (`["/app", "-health"]`, `["CMD", …]`), or a line for the image's shell (a string, or
            `["CMD-SHELL", …]`). Default: none, the request to `health_path` is the only check.
        health_codes: HTTP status codes that mean healthy to the load balancer: codes and ranges from 200 to 499,
            separated by commas. Without 404, a new `health_path` must be known to the running version: the load
            balancer requests it before the new replicas start. Default: `200-499`, so that a replica whose server
            responds stays in service meanwhile.
        start_seconds: Maximum seconds from the start of a replica until it is healthy, 5 to 900. Failed health checks
            count only afterwards. Default: 60.
        writable_paths: Directories that the container may write to; all others are read-only. Each is empty at the
            start, in memory, and limited to 64 MiB, unless the platform has storage for it. Default: `/tmp`.
        trace_sampling_rate: Fraction of new traces that is recorded, from 0 (tracing off) to 1 (all). None: the
            service traces by itself; the construct sets no `OTEL_*` variable and grants no permission.
            Default: 0.05.

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
    environment: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    command: Sequence[str] = ()
    health_command: Sequence[str] = ()
    health_codes: str = "200-499"
    start_seconds: int = 60
    writable_paths: Sequence[str] = ("/tmp",)  # noqa: S108 - in the container
    trace_sampling_rate: float | None = 0.05

    def __post_init__(self) -> None:
        faults = [*_faults(self), *_command_faults(self), *_environment_faults(self), *_secret_faults(self)]
        if faults:
            raise InvalidServiceSpecError(_message(self.name, faults))
        self._set("environment", FrozenDict(self.environment))
        self._set("secrets", FrozenDict(self.secrets))
        self._set("command", tuple(self.command))
        self._set("health_command", _health_command(self.health_command))
        self._set("writable_paths", tuple(self.writable_paths))

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    def with_environment(self, **variables: str) -> Self:
        """Return a copy with more environment variables, which override existing ones.

        Args:
            **variables: Name -> value; a value may be a CDK token, such as the name of a table.
        """
        return dataclasses.replace(self, environment={**self.environment, **variables})

    def with_command(self, command: Sequence[str]) -> Self:
        """Return a copy with another command.

        Raises:
            InvalidServiceSpecError: The command is not a list of words.
        """
        return dataclasses.replace(self, command=command)


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
    yield from _out_of_range("start_seconds", spec.start_seconds, 5, 900, "Set a duration in seconds.")
    codes = spec.health_codes
    if not isinstance(codes, str) or not all(map(_CODES.fullmatch, codes.split(","))):
        allowed = "status codes and ranges from 200 to 499, separated by commas"
        yield _fault("health_codes", codes, allowed, "Set codes such as '200' or '200-299,401'.")
    rate = spec.trace_sampling_rate
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1):
        allowed = "0 (off) to 1 (all), or None: the service traces by itself"
        yield _fault("trace_sampling_rate", rate, allowed, "Set a fraction: 0.05 is 5 %.")


def _command_faults(spec: ServiceSpec) -> Iterator[str]:
    if not _are_words(spec.command):
        yield _fault("command", spec.command, "a list of words", "Write each argument as a string of its own.")
    given = spec.health_command
    if not isinstance(given, str) and not _are_words(given):
        yield _fault("health_command", given, "a list of words, or a string for the shell", 'Set ["/app", "-health"].')
    elif (
        not isinstance(given, str)
        and given
        and ((given[0] == _SHELL and len(given) != 2) or (given[0] == _EXEC and len(given) == 1))
    ):
        allowed = '["CMD", word, …], or ["CMD-SHELL", line]'
        yield _fault("health_command", given, allowed, "Write the line for the shell as one string.")
    paths = spec.writable_paths
    if not _are_words(paths) or not all(re.fullmatch(r"(/[\w.@+-]+)+", path, re.ASCII) for path in paths):
        yield _fault("writable_paths", paths, "a list of absolute paths", 'Set directories such as ["/tmp"].')
    elif len(set(paths)) != len(paths):
        yield _fault("writable_paths", paths, "different paths", "Remove the repeated one.")


def _are_words(value: object) -> TypeGuard[Sequence[str]]:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(word, str) and word for word in value)
    )


def _health_command(given: Sequence[str]) -> tuple[str, ...]:
    """Return the command with its form as the first word, or an empty one."""
    if isinstance(given, str):
        return (_SHELL, given) if given.strip() else ()
    if not given or given[0] == _NONE:
        return ()
    return tuple(given) if given[0] in (_EXEC, _SHELL) else (_EXEC, *given)


def _variables(field: str, value: object) -> tuple[Mapping[Any, Any], list[str]]:
    """Return a mapping of variables, or an empty one with the fault of another value."""
    if isinstance(value, Mapping):
        return value, []
    return {}, [_fault(field, value, "a mapping of names to strings", f"Set {field}={{}} for none.")]


def _environment_faults(spec: ServiceSpec) -> Iterator[str]:
    variables, faults = _variables("environment", spec.environment)
    yield from faults
    for name, value in variables.items():
        field = f"environment[{name!r}]"
        if fault := _name_fault(field, name, value, traces_itself=spec.trace_sampling_rate is None):
            yield fault
        elif name == _ATTRIBUTES and isinstance(value, str):
            yield from _attribute_faults(field, value)
        if not isinstance(value, str):
            yield _fault(field, value, "a string", f"Set {str(value)!r}.")


def _secret_faults(spec: ServiceSpec) -> Iterator[str]:
    variables, faults = _variables("secrets", spec.secrets)
    yield from faults
    for name, value in variables.items():
        field = f"secrets[{name!r}]"
        if fault := _name_fault(field, name, value, traces_itself=spec.trace_sampling_rate is None):
            yield fault
        elif isinstance(spec.environment, Mapping) and name in spec.environment:
            yield _fault(field, value, "names that are not in environment", "Remove one of them.")
        if not isinstance(value, str) or (_TOKEN not in value and not _SECRET_ARN.fullmatch(value)):
            allowed = "the full ARN of a secret, with its six random characters, or of an SSM parameter"
            yield _fault(field, value, allowed, "Set the ARN; `:key::` after that of a secret selects a JSON key.")


def _name_fault(field: str, name: Any, value: object, *, traces_itself: bool) -> str:
    """Return the fault of a variable's name, or an empty string."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        allowed = "names of letters, digits and '_', not starting with a digit"
        return _fault(field, value, allowed, "Rename the variable.")
    if name in _RESERVED_NAMES or name.startswith(_RESERVED_PREFIXES):
        return _fault(field, value, "names that no platform sets", "Rename the variable.")
    if name in _SET_BY_FIELD and not (traces_itself and name.startswith("OTEL_")):
        allowed = "names that the constructs do not set"
        return _fault(field, value, allowed, f"Remove the variable, and set {_SET_BY_FIELD[name]}.")
    if name == "HOST":
        return _fault(field, value, "names that the constructs do not set", "Remove the variable.")
    return ""


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
