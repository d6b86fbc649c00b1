"""The quotas of Lambda: memory, and environment variables.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import re
from collections.abc import Mapping

import aws_cdk as cdk

from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec

_MAX_MEMORY_MIB = 10240
MAX_TIMEOUT_SECONDS = 900
_MAX_VARIABLES_BYTES = 4096
# The alarm needs two data points of one minute, and CloudWatch publishes them late.
_MIN_CANARY_MINUTES = 5
_MAX_CANARY_MINUTES = 2 * 24 * 60


def validate_function(spec: ServiceSpec, variables: Mapping[str, str]) -> None:
    """Check that Lambda supports a service.

    Args:
        spec: The service.
        variables: All environment variables of the function. Tokens count as empty: their length is unknown.

    Raises:
        UnsupportedSpecError: Lambda does not support `memory_mib`, the name of a variable, or the size of them all.
    """
    if spec.memory_mib > _MAX_MEMORY_MIB:
        allowed, fix = f"128 to {_MAX_MEMORY_MIB}", "Reduce memory_mib, or use another target."
        raise _unsupported(spec, "memory_mib", spec.memory_mib, allowed, fix)
    for name, value in spec.environment.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name):
            allowed = "names of at least two letters, digits and '_', starting with a letter"
            raise _unsupported(spec, f"environment[{name!r}]", value, allowed, "Rename the variable.")
    known = {name: "" if cdk.Token.is_unresolved(value) else value for name, value in variables.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in known.items())
    if size > _MAX_VARIABLES_BYTES:
        allowed = f"up to {_MAX_VARIABLES_BYTES} bytes of names and values"
        raise _unsupported(
            spec, "environment", f"{size} bytes", allowed, "Move large values to SSM, S3 or the image, and read them."
        )


def validate_canary_interval(spec: ServiceSpec, interval: cdk.Duration) -> None:
    """Check that the alarm can judge a canary before all requests move.

    Raises:
        UnsupportedSpecError: The interval is too short for the alarm, or longer than CodeDeploy supports.
    """
    minutes = interval.to_minutes()
    if not _MIN_CANARY_MINUTES <= minutes <= _MAX_CANARY_MINUTES:
        allowed = f"{_MIN_CANARY_MINUTES} minutes to two days"
        fix = "Set at least five minutes: the alarm needs two minutes of metrics, which arrive late."
        raise _unsupported(spec, "canary_interval", f"{minutes:g} minutes", allowed, fix)


def validate_timeout(timeout: cdk.Duration) -> int:
    """Return a timeout in seconds.

    Raises:
        ValueError: Lambda does not support it.
    """
    seconds = int(timeout.to_seconds())
    if not 1 <= seconds <= MAX_TIMEOUT_SECONDS:
        raise ValueError(
            f"timeout={seconds} seconds is not supported by Lambda (allowed: 1 to {MAX_TIMEOUT_SECONDS}). Reduce "
            "it, or use a construct of ECS or EKS for longer work."
        )
    return seconds


def _unsupported(spec: ServiceSpec, field: str, value: object, allowed: str, fix: str) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name, platform="Lambda", field=field, value=value, allowed=allowed, fix=fix
    )
