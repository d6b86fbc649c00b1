"""A cloud assembly with another command in one stack's tasks, or with failing probes in its pods."""

import hashlib
import json
import shutil
from pathlib import Path


def altered_assembly(original: Path, copy: Path, stack: str, command: list[str]) -> Path:
    """Copy an assembly with another command in the ECS task definition of one stack."""
    shutil.copytree(original, copy)
    path = copy / f"{stack}.template.json"
    template = json.loads(path.read_text())
    definitions = [one for one in template["Resources"].values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    for definition in definitions:
        for container in definition["Properties"]["ContainerDefinitions"]:
            container["EntryPoint"] = command[:1]
            container["Command"] = command[1:]
    path.write_text(json.dumps(template))
    assert definitions
    _change_hash(copy, stack)
    return copy


def altered_release(original: Path, copy: Path, stack: str, *, waits: bool) -> Path:
    """Copy an assembly with failing probes in one stack's pods, and a Helm release that waits for them or not."""
    shutil.copytree(original, copy)
    path = copy / f"{stack}.template.json"
    template = json.loads(path.read_text())
    [release] = [one for one in template["Resources"].values() if one["Type"] == "Custom::AWSCDK-EKS-HelmChart"]
    values = json.dumps(release["Properties"]["Values"])
    never, once = _replaced(values, '"path":"/livez"', '"path":"/nope"'), '"failureThreshold":30'
    release["Properties"] |= {
        # The template allows one minute to start.
        "Values": json.loads(_replaced(never, once, '"failureThreshold":2')),
        "Wait": waits,
        "Atomic": waits,
    }
    path.write_text(json.dumps(template))
    _change_hash(copy, stack)
    return copy


def _replaced(text: str, old: str, new: str) -> str:
    """Replace JSON within JSON, whose quotation marks are escaped."""
    old, new = (json.dumps(part)[1:-1] for part in (old, new))
    assert old in text, text
    return text.replace(old, new)


def _change_hash(assembly: Path, stack: str) -> None:
    """Give a changed template another hash; the CDK CLI does not publish the same hash again."""
    assets = json.loads((assembly / f"{stack}.assets.json").read_text())["files"]
    [old] = [key for key, file in assets.items() if file["source"]["path"] == f"{stack}.template.json"]
    new = hashlib.sha256((assembly / f"{stack}.template.json").read_bytes()).hexdigest()
    for path in (assembly / f"{stack}.assets.json", assembly / "manifest.json"):
        path.write_text(path.read_text().replace(old, new))
