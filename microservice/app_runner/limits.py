"""The limits of App Runner: sizes, number of instances, start, reserved variables, and the start command."""

import re

from ..defaults import HEALTH_CHECK_INTERVAL_SECONDS, UNHEALTHY_THRESHOLD
from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec
from ..validation import require_min_instances

_GIB = 1024
# CPU units -> memory in MiB.
# https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-apprunner-alpha.Memory.html
_MEMORY_MIB = {
    256: [512, 1 * _GIB],
    512: [1 * _GIB],
    1024: [2 * _GIB, 3 * _GIB, 4 * _GIB],
    2048: [4 * _GIB, 6 * _GIB],
    4096: [8 * _GIB, 10 * _GIB, 12 * _GIB],
}
# https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_apprunner_alpha/AutoScalingConfigurationProps.html
_MAX_INSTANCES = 25
# https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html
_RESERVED_PREFIX = "AWSAPPRUNNER"
# Of the health check's interval in seconds, and of its unhealthy threshold.
# https://docs.aws.amazon.com/apprunner/latest/api/API_HealthCheckConfiguration.html
_MAX_INTERVAL_SECONDS = 20
_MAX_UNHEALTHY_THRESHOLD = 20
_MAX_START_SECONDS = _MAX_INTERVAL_SECONDS * _MAX_UNHEALTHY_THRESHOLD
# A start command is one string. AWS documents neither quotes nor a shell, so a word has no character that either of
# them would change (https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html).
_WORD = re.compile(r"[\w%+,./:=@-]+", re.ASCII)


def validate_app_runner_spec(spec: ServiceSpec) -> None:
    """Check that App Runner supports a service.

    Raises:
        UnsupportedSpecError: App Runner does not support the architecture, the combination of CPU and memory, the
            number of instances, the duration of a start, the name of a variable, or a word of the command.
    """
    if spec.architecture != "x86_64":
        raise _unsupported(spec, "architecture", spec.architecture, "'x86_64'", "Use another target for arm64.")
    if spec.cpu not in _MEMORY_MIB:
        allowed = ", ".join(map(str, _MEMORY_MIB))
        raise _unsupported(spec, "cpu", spec.cpu, allowed, "Set cpu to the next larger value.")
    if spec.memory_mib not in _MEMORY_MIB[spec.cpu]:
        allowed, fix = ", ".join(map(str, _MEMORY_MIB[spec.cpu])), "Set memory_mib to one of these, or change cpu."
        raise _unsupported(spec, "memory_mib", spec.memory_mib, allowed, fix, detail=f"with cpu={spec.cpu}")
    for name, value in {**spec.environment, **spec.secrets}.items():
        if name.startswith(_RESERVED_PREFIX):
            allowed = f"names that do not start with {_RESERVED_PREFIX!r}"
            field = "environment" if name in spec.environment else "secrets"
            raise _unsupported(spec, f"{field}[{name!r}]", value, allowed, "Rename the variable.")
    if not all(map(_WORD.fullmatch, spec.command)):
        allowed, fix = "words of letters, digits, and %+,./:=@_-", "Move the command to a script in the image."
        raise _unsupported(spec, "command", list(spec.command), allowed, fix)
    if spec.start_seconds > _MAX_START_SECONDS:
        allowed, fix = f"5 to {_MAX_START_SECONDS}", "Start faster, or use an ECS target."
        raise _unsupported(spec, "start_seconds", spec.start_seconds, allowed, fix)
    if spec.max_instances > _MAX_INSTANCES:
        allowed, fix = f"1 to {_MAX_INSTANCES}", "Reduce max_instances, or use an ECS target."
        raise _unsupported(spec, "max_instances", spec.max_instances, allowed, fix)
    require_min_instances(spec, "App Runner", max_instances=_MAX_INSTANCES)


def health_check_times(spec: ServiceSpec) -> tuple[int, int]:
    """Return interval and unhealthy threshold of a check that does not fail before `start_seconds`.

    App Runner has no start period: the check of a running instance has the same values.
    """
    interval = max(HEALTH_CHECK_INTERVAL_SECONDS, -(-spec.start_seconds // _MAX_UNHEALTHY_THRESHOLD))
    return interval, max(UNHEALTHY_THRESHOLD, -(-spec.start_seconds // interval))


def _unsupported(
    spec: ServiceSpec, field: str, value: object, allowed: str, fix: str, *, detail: str = ""
) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name, platform="App Runner", field=field, value=value, allowed=allowed, fix=fix, detail=detail
    )
