"""The limits of Lambda: memory, environment variables, secrets, writable directories, and concurrency.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import json
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
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
_STORAGE = "/tmp"  # noqa: S108 - in the execution environment
_TOKEN = re.compile(r"\$\{Token\[[^]]*\]\}")
# https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-managers.html
_REPLACEMENT = """\
Read it during the initialization, and allow it in your stack. Remove the field from the function's spec:
    spec = dataclasses.replace(spec, secrets={{}}).with_environment({name}_ARN=secret.secret_arn)
    secret.grant_read(service.role)
In the image (a parameter: `boto3.client("ssm").get_parameter(Name=…, WithDecryption=True)`):
    secrets = boto3.client("secretsmanager")
    value = secrets.get_secret_value(SecretId=os.environ["{name}_ARN"])["SecretString"]"""


def validate_function(spec: ServiceSpec, variables: Mapping[str, str]) -> None:
    """Check that Lambda supports a service.

    Args:
        spec: The service.
        variables: All environment variables of the function. Tokens count as empty: their length is unknown.

    Raises:
        UnsupportedSpecError: Lambda does not support `memory_mib`, the name of a variable, or the size of them all, a
            secret, or a writable directory.
    """
    if spec.memory_mib > _MAX_MEMORY_MIB:
        allowed, fix = f"128 to {_MAX_MEMORY_MIB}", "Reduce memory_mib, or use another target."
        raise _unsupported(spec, "memory_mib", spec.memory_mib, allowed, fix)
    for name, value in spec.environment.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name):
            allowed = "names of at least two letters, digits and '_', starting with a letter"
            raise _unsupported(spec, f"environment[{name!r}]", value, allowed, "Rename the variable.")
    size = _size(variables)
    if size > _MAX_VARIABLES_BYTES:
        allowed = f"up to {_MAX_VARIABLES_BYTES} bytes of names and values, as JSON"
        raise _unsupported(
            spec, "environment", f"{size} bytes", allowed, "Move large values to SSM, S3 or the image, and read them."
        )
    for name, value in spec.secrets.items():
        fix = _REPLACEMENT.format(name=name)
        raise _unsupported(spec, f"secrets[{name!r}]", value, "no secrets as environment variables", fix)
    for path in spec.writable_paths:
        if path != _STORAGE and not path.startswith(f"{_STORAGE}/"):
            allowed, fix = (
                f"{_STORAGE}, and directories in it",
                "Write to a directory in it, which the service creates.",
            )
            raise _unsupported(spec, "writable_paths", path, allowed, fix)


def _size(variables: Mapping[str, str]) -> int:
    """Return the size that Lambda measures: the variables as JSON, as its error message shows them.

    https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594
    """
    known = {name: _TOKEN.sub("", value) for name, value in variables.items()}
    return len(json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode())


def validate_provisioned_concurrency(
    spec: ServiceSpec, provisioned: int, *, reserved: int | None, snap_start: bool
) -> None:
    """Check that Lambda supports provisioned concurrency with the other options.

    https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html

    Raises:
        UnsupportedSpecError: It is less than 1, more than the reserved concurrency, or combined with SnapStart.
    """
    field = "provisioned_concurrency"
    if snap_start:
        fix = "Remove one of them: both shorten cold starts."
        raise _unsupported(spec, field, provisioned, "None", fix, detail="with snap_start=True")
    if provisioned < 1:
        raise _unsupported(spec, field, provisioned, "1 or more", "Set None to keep no environment initialized.")
    if reserved is not None and provisioned > reserved:
        fix = "Increase reserved_concurrency, which includes the provisioned one."
        detail = f"with reserved_concurrency={reserved}"
        raise _unsupported(spec, field, provisioned, f"1 to {reserved}", fix, detail=detail)


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


def _unsupported(
    spec: ServiceSpec, field: str, value: object, allowed: str, fix: str, *, detail: str = ""
) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name, platform="Lambda", field=field, value=value, allowed=allowed, fix=fix, detail=detail
    )
