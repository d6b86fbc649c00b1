"""A virtual machine's user data: the files of the service and of what serves it, and one script for the first boot.

https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files
"""

import dataclasses
import json
from collections.abc import Sequence

from .quadlet import ENVIRONMENT_PATH, LOG_PATH, UNIT_NAME, UNIT_PATH
from ..spec import ServiceSpec

_FIRST_BOOT = "/usr/local/sbin/first-boot"
_AGENT = "/opt/aws/amazon-cloudwatch-agent"
# The script gives up after this; with installing, it ends before CloudFormation's ten minutes do.
_HEALTHY_SECONDS = 300
# The load balancer sends requests after two good answers, ten seconds apart.
_KNOWN_SECONDS = 30
# The container holds the file open: it is copied and cut, not renamed.
_ROTATION = f"{LOG_PATH} {{\n  size 50M\n  rotate 1\n  copytruncate\n  missingok\n}}\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BootSignal:
    """Whom a machine tells how its first boot ended, and where its logs go.

    Attributes:
        stack: Name of the stack.
        resource: Logical id of the group that waits for signals.
        region: Where both are.
        log_group: Name of the log group.
    """

    stack: str
    resource: str
    region: str
    log_group: str


def cloud_config(spec: ServiceSpec, boot: BootSignal, *, unit: str, environment: str) -> str:
    """What cloud-init reads after the line `#cloud-config`: a few files, and a script that runs once."""
    files = [
        _file(UNIT_PATH, unit),
        _file(ENVIRONMENT_PATH, environment, "0600"),
        # Podman asks the helper for a new token at each pull; nothing logs in, and nothing expires.
        _file("/etc/containers/registries.conf.d/ecr.conf", 'credential-helpers = ["ecr-login"]\n'),
        _file(f"/etc/logrotate.d/{UNIT_NAME}", _ROTATION),
        _file(f"{_AGENT}/etc/logs.json", _collected(boot.log_group)),
        _file(_FIRST_BOOT, _first_boot(spec, boot), "0700"),
    ]
    return "\n".join(["write_files:", *files, "runcmd:", f"- [{_FIRST_BOOT}]", ""])


def _file(path: str, content: str, mode: str = "0644") -> str:
    lines = [f"- path: {path}", f"  permissions: '{mode}'", "  content: |"]
    return "\n".join([*lines, *(f"    {line}" if line else "" for line in content.splitlines())])


def _collected(log_group: str) -> str:
    """What CloudWatch's agent sends: the service's output, and what the first boot said, for those it fails."""
    named = [(LOG_PATH, UNIT_NAME), ("/var/log/cloud-init-output.log", "first-boot")]
    files = [
        {"file_path": path, "log_group_name": log_group, "log_stream_name": f"{{instance_id}}/{stream}"}
        for path, stream in named
    ]
    return json.dumps({"logs": {"logs_collected": {"files": {"collect_list": files}}}}, indent=2)


def _first_boot(spec: ServiceSpec, boot: BootSignal) -> str:
    """Podman is not in Amazon Linux itself, but in its supplementary packages.

    https://docs.aws.amazon.com/linux/al2023/ug/spal.html
    """
    packages = ["podman", "amazon-ecr-credential-helper", "amazon-cloudwatch-agent", "logrotate"]
    well = f"http://127.0.0.1:{spec.port}{spec.health_path}"
    signal = f"--stack {boot.stack} --resource {boot.resource} --region {boot.region}"
    patience = f"--max-time 5 --retry {_HEALTHY_SECONDS // 5} --retry-delay 5 --retry-max-time {_HEALTHY_SECONDS}"
    return _script(
        [
            # However this ends, CloudFormation hears of it.
            f"trap '/opt/aws/bin/cfn-signal --exit-code $? {signal}' EXIT",
            "dnf install --assumeyes aws-cfn-bootstrap spal-release",
            f"dnf install --assumeyes {' '.join(packages)}",
            f"{_AGENT}/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:{_AGENT}/etc/logs.json",
            "systemctl daemon-reload",
            f"systemctl start --no-block {UNIT_NAME}.service",
            f"curl --silent --show-error --fail --output /dev/null --retry-all-errors {patience} {well}",
            # Once this one says that it serves, an old machine may go.
            f"sleep {_KNOWN_SECONDS}",
        ]
    )


def _script(lines: Sequence[str]) -> str:
    return "\n".join(["#!/bin/bash", "set -euo pipefail", *lines, ""])
