"""What the template says about an Auto Scaling group, and about the machines that it would start."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import cloudformation, ec2, iam


def launch_template(launched: dict[str, Any]) -> dict[str, Any]:
    """Data of the version that the group names."""
    versions = ec2._launch_templates[launched["LaunchTemplateId"]]["Versions"]
    [found] = [version for version in versions if str(version["VersionNumber"]) == str(launched["Version"])]
    return dict(found["LaunchTemplateData"])


def role(machine: dict[str, Any]) -> str:
    """ARN of the role that everything on the machine has."""
    profile = iam._lookup_instance_profile(arn=machine["IamInstanceProfile"]["Arn"])
    [name] = profile["Roles"]
    return str(iam._roles[name]["Arn"])


def waits_for_signals(logical_id: str, stack: str) -> bool:
    """Whether new machines have to say that they serve: else a deployment is done whatever becomes of them."""
    record = cloudformation._stacks[stack]
    group = json.loads(record["_template_body"])["Resources"][logical_id]
    if logical_id not in record.get("_resources", {}):
        return "ResourceSignal" in group.get("CreationPolicy", {})
    return bool(group.get("UpdatePolicy", {}).get("AutoScalingRollingUpdate", {}).get("WaitOnResourceSignals"))
