"""The Podman Quadlet unit of a service, from which systemd runs its container."""

import json
from collections.abc import Mapping

from ..container_environment import container_environment
from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_RETRIES,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    HOST_PORT,
    STOP_SECONDS,
    USER,
    WRITABLE_MIB,
)
from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec
from .secrets_file import FETCH_SECRETS, SECRETS_PATH

# Not the name of the service, which could be that of a system unit.
UNIT_NAME = "microservice"
UNIT_PATH = f"/etc/containers/systemd/{UNIT_NAME}.container"
ENVIRONMENT_PATH = f"/etc/{UNIT_NAME}/environment"
# The container's output, unchanged: one line for each record.
LOG_PATH = f"/var/log/{UNIT_NAME}.log"
# Seconds to read the secrets and pull the image. Podman reports the start of the container before the service is
# healthy; the timeout contains `start_seconds` all the same, so that it is no shorter than the others.
_PULL_SECONDS = 120
# The directory exists while the unit runs, in memory, and belongs to root.
_RUNTIME_DIRECTORY = f"/run/{UNIT_NAME}"
# Each has 64 MiB in Docker's containers, too. Podman would make it read-only, and POSIX semaphores need it.
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - in the container


def container_unit(spec: ServiceSpec, *, image: str) -> str:
    """Return the `.container` unit (https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html).

    systemd restarts a container that exits, or that fails three health checks in a row, after five seconds. After ten
    restarts in five minutes it stays stopped: the load balancer's health check fails, and the group replaces the
    instance. `Memory=` requires a Podman newer than 5.4, so `PodmanArgs` sets both limits.

    Args:
        spec: The service.
        image: The image URI.
    """
    return f"""\
[Unit]
Description={spec.name}
StartLimitIntervalSec=300
StartLimitBurst=10

{_container(spec, image)}
[Service]
{_fetch_secrets(spec)}Environment=AWS_ECR_DISABLE_CACHE=true
StandardOutput=append:{LOG_PATH}
StandardError=inherit
Restart=always
RestartSec=5
TimeoutStartSec={_PULL_SECONDS + spec.start_seconds}
TimeoutStopSec={STOP_SECONDS + 10}

[Install]
WantedBy=multi-user.target
"""


def _container(spec: ServiceSpec, image: str) -> str:
    user, group = USER.split(":")
    return f"""\
[Container]
ContainerName={spec.name}
Image={image}
Pull=missing
RunInit=true
User={user}
Group={group}
ReadOnly=true
{_writable_paths(spec)}DropCapability=all
NoNewPrivileges=true
EnvironmentFile={ENVIRONMENT_PATH}
{_secrets_file(spec)}PublishPort={HOST_PORT}:{spec.port}
{_health_check(spec)}StopTimeout={STOP_SECONDS}
LogDriver=passthrough
PodmanArgs=--cpus={spec.cpu / 1024:g} --memory={spec.memory_mib}m
{_command(spec)}"""


def _writable_paths(spec: ServiceSpec) -> str:
    """Return the directories in memory: those of the spec, with the options of Docker, instead of Podman's own.

    Every user may write to them, as to `/tmp`. They are empty, whatever the image has there.
    https://docs.podman.io/en/latest/markdown/podman-run.1.html
    """
    options = f"rw,noexec,nosuid,nodev,size={WRITABLE_MIB}m,mode=1777,notmpcopyup"
    paths = dict.fromkeys([*spec.writable_paths, _SHARED_MEMORY])
    return "".join(["ReadOnlyTmpfs=false\n", *(f"Tmpfs={path}:{options}\n" for path in paths)])


def _command(spec: ServiceSpec) -> str:
    """Return the key of the command, if the spec has one: each word in quotes, as systemd reads them.

    Raises:
        UnsupportedSpecError: A word is `;`, which ends a command in a unit, or has more than one line.
    """
    if not spec.command:
        return ""
    if not all(word.isprintable() and word != ";" for word in spec.command):
        raise UnsupportedSpecError(
            service=spec.name,
            platform="EC2 targets",
            field="command",
            value=list(spec.command),
            allowed="words of printable characters, none of which is ';'",
            fix="Move the command to a script in the image.",
        )
    return f"Exec={' '.join(map(_quoted, spec.command))}\n"


def _quoted(word: str) -> str:
    """Return the word in quotes, as systemd writes it.

    https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html#Quoting
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_escaped(escaped)}"'


def _fetch_secrets(spec: ServiceSpec) -> str:
    """Return the keys that read the secrets before each start: if that fails, systemd starts the unit again."""
    if not spec.secrets:
        return ""
    return f"""\
RuntimeDirectory={UNIT_NAME}
RuntimeDirectoryMode=0700
ExecStartPre={FETCH_SECRETS} {SECRETS_PATH} {_RUNTIME_DIRECTORY}/secrets
"""


def _secrets_file(spec: ServiceSpec) -> str:
    return f"EnvironmentFile={_RUNTIME_DIRECTORY}/secrets\n" if spec.secrets else ""


def _health_check(spec: ServiceSpec) -> str:
    """Return the keys of the container's check, if the spec has one: words as JSON, or a line for the shell."""
    if not spec.health_command:
        return ""
    form, *words = spec.health_command
    command = words[0] if form == "CMD-SHELL" else json.dumps(words, separators=(",", ":"))
    return f"""\
HealthCmd={_escaped(command)}
HealthInterval={HEALTH_CHECK_INTERVAL_SECONDS}s
HealthTimeout={HEALTH_CHECK_TIMEOUT_SECONDS}s
HealthRetries={HEALTH_CHECK_RETRIES}
HealthStartPeriod={spec.start_seconds}s
HealthOnFailure=kill
"""


def environment_file(spec: ServiceSpec, attributes: Mapping[str, str], *, region: str) -> str:
    """Return the environment file, one variable on each line; in a unit, systemd would expand `$`, `%` and quotes.

    It includes `AWS_REGION`, because an instance has no environment variable for the AWS SDK.

    Args:
        spec: The service.
        attributes: Resource attributes of its spans.
        region: The Region.

    Raises:
        UnsupportedSpecError: A value has more than one line, or characters that are not printable.
    """
    for name, value in spec.environment.items():
        if not value.isprintable():
            raise UnsupportedSpecError(
                service=spec.name,
                platform="EC2 targets",
                field=f"environment[{name!r}]",
                value=value,
                allowed="one line of printable characters",
                fix="Encode line breaks, for instance as '\\n', and decode them in the service.",
            )
    variables = container_environment(spec, attributes, region=region).items()
    return "".join(f"{name}={value}\n" for name, value in variables)


def _escaped(text: str) -> str:
    """Return the text with the characters escaped that systemd expands."""
    return text.replace("%", "%%").replace("$", "$$")
