"""EC2 Auto Scaling, our stand-in: as many containers as the group has machines, by the unit in their user data."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml
from ministack.services import ssm

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.services.machine_group import launch_template, role, waits_for_signals
from local_aws.emulator.services.quadlet_unit import container, port, read, size
from local_aws.emulator.services.service import Service, run_as_service

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_UNITS = "/etc/containers/systemd/"
_ARM64 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


def run_groups(config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack's groups start nothing. Here no machine boots, installs or signals: its unit runs, and is checked."""
    # It knows the x86 image by its public parameter only; no image is looked at here.
    ssm._PUBLIC_AMI_PARAMETERS.setdefault(_ARM64, "ami-0c2023a1b2c3d4e60")
    run_as_service(_GROUP, lambda *read: _service(config.directory / GENERATED, *read))


def _service(folder: Path, logical_id: str, props: dict[str, Any], stack: str) -> Service:
    launched = props["LaunchTemplate"]
    machine = launch_template(launched)
    files = {
        file["path"]: file["content"] for file in yaml.safe_load(base64.b64decode(machine["UserData"]))["write_files"]
    }
    [path] = [path for path in files if path.startswith(_UNITS)]
    unit = read(files[path])
    variables = files.get(unit["Container"].get("EnvironmentFile", ""), "")
    # A folder for each version: a deployment that goes back starts the unit that was there before.
    written = folder / f"{launched['LaunchTemplateId']}-{launched['Version']}" / Path(path).name
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(files[path])
    definition = size(unit) | {"TaskRoleArn": role(machine), "ContainerDefinitions": [container(unit, variables)]}
    [group] = props["TargetGroupARNs"]
    return Service(
        definition=definition,
        count=int(props["MinSize"]),
        port=port(unit),
        group=group,
        waits=waits_for_signals(logical_id, stack),
        file=written,
    )
