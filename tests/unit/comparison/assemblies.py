"""Small cloud assemblies, as the CDK writes them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


def write_assembly(directory: Path, **stacks: Resources) -> Path:
    """Write an assembly without targets: stack -> logical ID -> type and properties."""
    directory.mkdir(parents=True, exist_ok=True)
    artifacts = {}
    for name, resources in stacks.items():
        content = {"Resources": {id_: {"Type": type_, "Properties": of} for id_, (type_, of) in resources.items()}}
        (directory / f"{name}.template.json").write_text(json.dumps(content))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
    (directory / "manifest.json").write_text(json.dumps({"version": "53.0.0", "artifacts": artifacts}))
    return directory


def log_group(days: int, name: str = "bills") -> Resources:
    """A log group: another retention is an update in place, another name a replacement."""
    return {"Logs": ("AWS::Logs::LogGroup", {"LogGroupName": name, "RetentionInDays": days})}
