"""The user data of the instances: files, and a script that runs on the first boot and signals its result.

https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files
"""

import dataclasses
import json
from collections.abc import Sequence

from ..health_wait import wait_until_healthy
from ..spec import ServiceSpec
from .quadlet import ENVIRONMENT_PATH, LOG_PATH, UNIT_NAME, UNIT_PATH
from .secrets_file import FETCH_SECRETS, FETCH_SECRETS_PROGRAM, SECRETS_PATH, secrets_list

_FIRST_BOOT = "/usr/local/sbin/first-boot"
_AGENT = "/opt/aws/amazon-cloudwatch-agent"
# Seconds to pull the image and for restarts, besides the start of the service.
_PULL_SECONDS = 240
# Seconds to boot and to install packages, and to register with the load balancer.
_INSTALLATION_SECONDS = 300
# The load balancer needs two successful health checks, ten seconds apart.
_REGISTRATION_SECONDS = 30
# The container keeps the file open, so logrotate copies and truncates it; lines written in between are lost.
_ROTATION = f"{LOG_PATH} {{\n  size 50M\n  rotate 1\n  copytruncate\n  missingok\n}}\n"
# Amazon Linux rotates once a day: a busy service would fill the volume before.
_ROTATION_TIMER = "[Timer]\nOnCalendar=\nOnCalendar=hourly\nAccuracySec=1m\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BootSignal:
    """The receiver of the signal that ends the first boot.

    Attributes:
        stack: Name of the stack.
        resource: Logical ID of the Auto Scaling group.
        region: The Region.
    """

    stack: str
    resource: str
    region: str


def cloud_config(spec: ServiceSpec, signal: BootSignal, *, log_group: str, unit: str, environment: str) -> str:
    """Return the cloud-config after its first line, `#cloud-config`.

    Args:
        spec: The service.
        signal: The receiver of the signal.
        log_group: Name of the log group.
        unit: The Quadlet unit.
        environment: The environment file.
    """
    files = [
        _file(UNIT_PATH, unit),
        _file(ENVIRONMENT_PATH, environment, "0600"),
        # Podman gets a new token from the helper for each pull, so no login expires.
        _file("/etc/containers/registries.conf.d/ecr.conf", 'credential-helpers = ["ecr-login"]\n'),
        _file(f"/etc/logrotate.d/{UNIT_NAME}", _ROTATION),
        _file("/etc/systemd/system/logrotate.timer.d/hourly.conf", _ROTATION_TIMER),
        _file(f"{_AGENT}/etc/logs.json", _agent_config(log_group)),
        *_secret_files(spec),
        _file(_FIRST_BOOT, _first_boot(spec, signal), "0700"),
    ]
    return "\n".join(["write_files:", *files, "runcmd:", f"- [{_FIRST_BOOT}]", ""])


def boot_seconds(spec: ServiceSpec) -> int:
    """Return the maximum seconds from the launch of an instance until its success signal.

    Args:
        spec: The service.
    """
    return _INSTALLATION_SECONDS + _PULL_SECONDS + spec.start_seconds


def _secret_files(spec: ServiceSpec) -> list[str]:
    if not spec.secrets:
        return []
    return [_file(SECRETS_PATH, secrets_list(spec), "0600"), _file(FETCH_SECRETS, FETCH_SECRETS_PROGRAM, "0700")]


def _file(path: str, content: str, mode: str = "0644") -> str:
    lines = [f"- path: {path}", f"  permissions: '{mode}'", "  content: |"]
    return "\n".join([*lines, *(f"    {line}" if line else "" for line in content.splitlines())])


def _agent_config(log_group: str) -> str:
    """Return the configuration of the CloudWatch agent: the logs of the service and of the first boot."""
    streams = [(LOG_PATH, UNIT_NAME), ("/var/log/cloud-init-output.log", "first-boot")]
    files = [
        {"file_path": path, "log_group_name": log_group, "log_stream_name": f"{{instance_id}}/{stream}"}
        for path, stream in streams
    ]
    return json.dumps({"logs": {"logs_collected": {"files": {"collect_list": files}}}}, indent=2)


def _first_boot(spec: ServiceSpec, signal: BootSignal) -> str:
    """Return the script of the first boot; Podman is in the supplementary packages of Amazon Linux.

    https://docs.aws.amazon.com/linux/al2023/ug/spal.html
    """
    packages = ["podman", "amazon-ecr-credential-helper", "amazon-cloudwatch-agent", "logrotate"]
    receiver = f"--stack {signal.stack} --resource {signal.resource} --region {signal.region}"
    return _script(
        [
            # CloudFormation gets the exit status, also of a failed boot.
            f"trap '/opt/aws/bin/cfn-signal --exit-code $? {receiver}' EXIT",
            "dnf install --assumeyes aws-cfn-bootstrap spal-release",
            f"dnf install --assumeyes {' '.join(packages)}",
            f"{_AGENT}/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:{_AGENT}/etc/logs.json",
            "systemctl daemon-reload",
            "systemctl enable logrotate.timer && systemctl restart logrotate.timer",
            f"systemctl start --no-block {UNIT_NAME}.service",
            wait_until_healthy(spec, timeout_seconds=_PULL_SECONDS + spec.start_seconds),
            # The signal lets CloudFormation terminate an old instance.
            f"sleep {_REGISTRATION_SECONDS}",
        ]
    )


def _script(lines: Sequence[str]) -> str:
    return "\n".join(["#!/bin/bash", "set -euo pipefail", *lines, ""])
