"""The service as a Podman Quadlet unit: what systemd starts, watches and stops on a virtual machine."""

import json
from collections.abc import Sequence

from ..defaults import STOP_SECONDS, USER
from .instance_types import refusal
from ..spec import ServiceSpec
from ..tracing import tracing_environment

# Named after no service: one that is called like a service of the system would take its place.
UNIT_NAME = "microservice"
UNIT_PATH = f"/etc/containers/systemd/{UNIT_NAME}.container"
ENVIRONMENT_PATH = f"/etc/{UNIT_NAME}/environment"
# The container's output goes there as it is: one line a record.
LOG_PATH = f"/var/log/{UNIT_NAME}.log"
# Starting includes pulling the image; longer than this, systemd ends it and tries again.
START_SECONDS = 180


def unit(spec: ServiceSpec, *, image: str, health_command: Sequence[str]) -> str:
    """The `.container` unit (https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html).

    A container that ends, or whose process does not answer three times in a row, is started again after five seconds;
    the tenth time within five minutes it stays down, the load balancer misses it, and the machine is replaced.
    `Memory=` came after Podman 5.4, so both limits stand in `PodmanArgs`.
    """
    return f"""\
[Unit]
Description={spec.name}
StartLimitIntervalSec=300
StartLimitBurst=10

{_container(spec, image, health_command)}
[Service]
Environment=AWS_ECR_DISABLE_CACHE=true
StandardOutput=append:{LOG_PATH}
StandardError=inherit
Restart=always
RestartSec=5
TimeoutStartSec={START_SECONDS}
TimeoutStopSec={STOP_SECONDS + 10}

[Install]
WantedBy=multi-user.target
"""


def _container(spec: ServiceSpec, image: str, health_command: Sequence[str]) -> str:
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
PublishPort={spec.port}:{spec.port}
HealthCmd={_literal(json.dumps(list(health_command), separators=(",", ":")))}
HealthInterval=10s
HealthTimeout=5s
HealthRetries=3
HealthStartPeriod=30s
HealthOnFailure=kill
StopTimeout={STOP_SECONDS}
LogDriver=passthrough
PodmanArgs=--cpus={spec.cpu / 1024:g} --memory={spec.memory_mib}m
"""


def environment_file(spec: ServiceSpec, *, region: str) -> str:
    """Variables of the process, one a line and as they are: systemd would read `$`, `%` and quotes in a unit.

    A virtual machine sets no variable of its own: the AWS SDK would not know its Region.

    Raises:
        ValueError: if a value has more than one line or what cannot be printed.
    """
    for name, value in spec.environment.items():
        if not value.isprintable():
            fault = f"environment[{name!r}] is {value!r}"
            raise refusal(spec, fault, "one line of what can be printed", "write line breaks as '\\n', and read that")
    variables = {**tracing_environment(spec), "AWS_REGION": region, "PORT": str(spec.port), **spec.environment}
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _literal(text: str) -> str:
    """`text` as systemd hands it on: it would put in variables and names of its own."""
    return text.replace("%", "%%").replace("$", "$$")
