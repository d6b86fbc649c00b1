"""Rules for the image, command, variables, secrets and storage of the container, where the spec takes no value."""

import posixpath
import re

from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest, is_true
from copilot_import.secrets import Owner, secrets
from copilot_import.workload_types import SCHEDULED, WORKER
from copilot_import.yaml_tree import Node

_FIXED = "the same for every service: microservice/defaults.py"


def build_folder(manifest: Manifest) -> tuple[str, str]:
    """Return the folder and the Dockerfile of `image.build`. Copilot's default context is the Dockerfile's folder."""
    is_map = bool((build := manifest.find("image", "build")) and build.is_map)
    path = manifest.text("image", "build", "dockerfile") if is_map else manifest.text("image", "build")
    context = manifest.text("image", "build", "context") if is_map else None
    dockerfile = posixpath.normpath(path or posixpath.join(context or ".", "Dockerfile"))
    return posixpath.normpath(context) if context else posixpath.dirname(dockerfile) or ".", dockerfile


def _build(manifest: Manifest, _node: Node) -> Result:
    folder, dockerfile = build_folder(manifest)
    directory = "HERE" if folder == "." else f'HERE / "{folder}"'
    file = posixpath.relpath(dockerfile, folder)
    if file == "Dockerfile":
        return equivalent(f"SourceImage(directory={directory})")
    if file.startswith(".."):
        return equivalent(f"SourceImage(directory={directory})", f"move {dockerfile} there: it is outside its context")
    return equivalent(f'SourceImage(directory={directory}, file="{file}")')


def _location(_manifest: Manifest, node: Node) -> Result:
    text = str(node)
    if re.search(r"\.dkr\.ecr\..*@sha256:[0-9a-f]{64}$", text):
        advice = "the same image, by digest; repository_uri for one of another account or Region"
        return equivalent("PromotedImage(repository_name=..., digest=...)", advice)
    return equivalent(
        "PromotedImage(repository_name=..., digest=...)",
        "an ECR repository, by digest; copy images from other registries there",
    )


def _entrypoint(manifest: Manifest, _node: Node) -> Result:
    if manifest.find("image", "location"):
        return equivalent("ENTRYPOINT in a Dockerfile", "build an image FROM this one, with this line")
    return equivalent("ENTRYPOINT in the Dockerfile", "the image starts the same way on every target")


def _secret(manifest: Manifest, node: Node) -> Result:
    for name, given in manifest.section("secrets").items():
        if given is node or node in given.fields.values():
            owner = Owner()
            found = next(each for each in secrets(manifest, owner) if each.name == name)
            if name in manifest.section("variables"):
                return unsupported("a variable has the same name: remove one of them")
            return equivalent(found.becomes or f"secrets[{name!r}]", found.advice)
    return equivalent("secrets", "")


def _volume(manifest: Manifest, node: Node) -> Result:
    if node.is_map and node.fields.get("efs") is None and node.fields.get("path") is not None:
        return equivalent("writable_paths", "an absolute path of letters, digits and . _ + @ -")
    if manifest.type in (WORKER, SCHEDULED):
        return unsupported(
            "no storage outlives a task: use S3 or a database, or add a volume to the ECS task definition"
        )
    return equivalent(
        "FargateMicroservice(file_systems={path: access_point})",
        "in stacks/ecs_fargate.py, with an access point of an EFS file system; also ManagedInstancesMicroservice",
    )


def _read_only(_manifest: Manifest, node: Node) -> Result:
    if is_true(str(node)):
        return equivalent("every container", "the root file system is always read-only, except writable_paths")
    return equivalent("writable_paths", f"the root file system is read-only: {_WRITABLE}")


_WRITABLE = "add each directory that the service writes to; /tmp is one of them"


CONTAINER: dict[str, Rule] = {
    "image.build": _build,
    "image.build.dockerfile": _build,
    "image.build.context": _build,
    "image.build.args.**": equivalent("SourceImage(build_args={...})"),
    "image.build.target": equivalent("SourceImage(target=...)"),
    "image.build.cache_from": unsupported("remove it: the builder has its own cache"),
    "image.location": _location,
    "image.credentials": unsupported("copy the image to ECR: no target logs in to other registries"),
    "image.labels.**": unsupported("no target reads Docker labels; tag the stack instead (cdk.Tags.of)"),
    "image.depends_on.**": unsupported("there is one container per task; see sidecars"),
    "image.healthcheck.command": equivalent("health_command=[]", "the request to health_path is the only check"),
    "image.healthcheck.interval": equivalent("10 s", _FIXED),
    "image.healthcheck.retries": equivalent("3", _FIXED),
    "image.healthcheck.timeout": equivalent("5 s", _FIXED),
    "image.healthcheck.start_period": equivalent("start_seconds", "one duration for all health checks"),
    "entrypoint": _entrypoint,
    "command": equivalent("command", "the image's own: it is empty"),
    "variables.*.from_cfn": equivalent(
        'spec.with_environment(NAME=cdk.Fn.import_value("EXPORT"))', "in the stack, where the value is known"
    ),
    "env_file": equivalent("environment=", "copy its lines there, and those with secrets to `secrets`"),
    "secrets.*.**": _secret,
    "storage.ephemeral": unsupported(
        "Fargate tasks have 20 GiB; for more, set EphemeralStorage on the task definition's L1 resource"
    ),
    "storage.readonly_fs": _read_only,
    "storage.volumes.*.**": _volume,
}
