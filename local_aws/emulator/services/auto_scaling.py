"""EC2 Auto Scaling: one container for each instance of the group, from the Quadlet unit in the user data."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import yaml
from ministack.services import cloudformation, ec2, ssm

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.formats import quadlet_unit
from local_aws.emulator.services.ecs_backed_service import EcsService, instance_profile_role, run_as_ecs_service

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_UNITS = "/etc/containers/systemd/"
_ARM64_AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


def emulate(config: EmulatorConfig) -> None:
    """MiniStack's groups start nothing. Here no instance boots, installs or signals: its unit runs, and is checked."""
    # MiniStack has the public parameter of the x86 AMI only; no AMI is used here.
    ssm._PUBLIC_AMI_PARAMETERS.setdefault(_ARM64_AMI, "ami-0c2023a1b2c3d4e60")
    run_as_ecs_service(_GROUP, lambda *resource: _read(config.directory / GENERATED, *resource))


def _read(directory: Path, logical_id: str, props: dict[str, Any], stack: str) -> EcsService:
    launch_template, version = props["LaunchTemplate"]["LaunchTemplateId"], str(props["LaunchTemplate"]["Version"])
    instance = _launch_template_data(launch_template, version)
    user_data = yaml.safe_load(base64.b64decode(instance["UserData"]))
    files = {file["path"]: file["content"] for file in user_data["write_files"]}
    [path] = [path for path in files if path.startswith(_UNITS)]
    unit = quadlet_unit.read(files[path])
    # A directory for each version: a rollback starts the unit of the version before.
    file = directory / f"{launch_template}-{version}" / Path(path).name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(files[path])
    [target_group] = props["TargetGroupARNs"]
    return EcsService(
        task_definition=quadlet_unit.task_definition(files[path], files)
        | {"TaskRoleArn": instance_profile_role(instance["IamInstanceProfile"]["Arn"])},
        desired_count=int(props["MinSize"]),
        port=quadlet_unit.port(unit),
        target_group=target_group,
        wait=_waits_for_signals(logical_id, stack),
        file=file,
    )


def _launch_template_data(launch_template: str, version: str) -> dict[str, Any]:
    versions = ec2._launch_templates[launch_template]["Versions"]
    [found] = [candidate for candidate in versions if str(candidate["VersionNumber"]) == version]
    return dict(found["LaunchTemplateData"])


def _waits_for_signals(logical_id: str, stack: str) -> bool:
    """Whether new instances must signal success; otherwise a deployment completes whatever happens to them."""
    record = cloudformation._stacks[stack]
    group = json.loads(record["_template_body"])["Resources"][logical_id]
    if logical_id not in record.get("_resources", {}):
        return "ResourceSignal" in group.get("CreationPolicy", {})
    return bool(group.get("UpdatePolicy", {}).get("AutoScalingRollingUpdate", {}).get("WaitOnResourceSignals"))
