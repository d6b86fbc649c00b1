"""EC2 Auto Scaling, our stand-in: as many containers as the group has machines, by the unit in their user data."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml
from ministack.services import ec2, iam, ssm

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.stand_ins.quadlet_unit import container, port, read, size
from local_aws.emulator.stand_ins.service import Service, run_as_service

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_UNITS = "/etc/containers/systemd/"
_ARM64 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


def run_groups(config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack's groups start nothing. Here no machine boots, installs or signals: its unit runs, and is checked."""
    # It knows the x86 image by its public parameter only; no image is looked at here.
    ssm._PUBLIC_AMI_PARAMETERS.setdefault(_ARM64, "ami-0c2023a1b2c3d4e60")
    run_as_service(_GROUP, lambda _logical_id, props, _stack: _service(config.directory / GENERATED, props))


def _service(folder: Path, props: dict[str, Any]) -> Service:
    launched = props["LaunchTemplate"]
    machine = _launch_template(launched)
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
    definition = size(unit) | {"TaskRoleArn": _role(machine), "ContainerDefinitions": [container(unit, variables)]}
    [group] = props["TargetGroupARNs"]
    return Service(definition=definition, count=int(props["MinSize"]), port=port(unit), group=group, file=written)


def _launch_template(launched: dict[str, Any]) -> dict[str, Any]:
    versions = ec2._launch_templates[launched["LaunchTemplateId"]]["Versions"]
    [found] = [version for version in versions if str(version["VersionNumber"]) == str(launched["Version"])]
    return dict(found["LaunchTemplateData"])


def _role(machine: dict[str, Any]) -> str:
    """ARN of the role that everything on the machine has."""
    profile = iam._lookup_instance_profile(arn=machine["IamInstanceProfile"]["Arn"])
    [name] = profile["Roles"]
    return str(iam._roles[name]["Arn"])
