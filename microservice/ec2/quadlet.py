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
)
from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec

# Not the name of the service, which could be that of a system unit.
UNIT_NAME = "microservice"
UNIT_PATH = f"/etc/containers/systemd/{UNIT_NAME}.container"
ENVIRONMENT_PATH = f"/etc/{UNIT_NAME}/environment"
# The container's output, unchanged: one line for each record.
LOG_PATH = f"/var/log/{UNIT_NAME}.log"
# Includes the pull of the image.
START_TIMEOUT_SECONDS = 180


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
Environment=AWS_ECR_DISABLE_CACHE=true
StandardOutput=append:{LOG_PATH}
StandardError=inherit
Restart=always
RestartSec=5
TimeoutStartSec={START_TIMEOUT_SECONDS}
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
DropCapability=all
NoNewPrivileges=true
EnvironmentFile={ENVIRONMENT_PATH}
PublishPort={HOST_PORT}:{spec.port}
{_health_check(spec)}StopTimeout={STOP_SECONDS}
LogDriver=passthrough
PodmanArgs=--cpus={spec.cpu / 1024:g} --memory={spec.memory_mib}m
"""


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
