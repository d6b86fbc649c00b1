"""Rules for the image, command, variables, secrets and storage of the container."""

import posixpath

from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest, is_true
from copilot_import.yaml_tree import Node

_FIXED = "the same for every service: microservice/ecs/task_definition.py"


def build_folder(manifest: Manifest) -> tuple[str, str]:
    """Return the folder and the Dockerfile of `image.build`. Copilot's default context is the Dockerfile's folder."""
    is_map = bool((build := manifest.find("image", "build")) and build.is_map)
    path = manifest.text("image", "build", "dockerfile") if is_map else manifest.text("image", "build")
    context = manifest.text("image", "build", "context") if is_map else None
    dockerfile = posixpath.normpath(path or posixpath.join(context or ".", "Dockerfile"))
    return posixpath.normpath(context) if context else posixpath.dirname(dockerfile) or ".", dockerfile


def health_check_command(manifest: Manifest) -> list[str]:
    """Return the command of the container's health check, without Docker's `CMD` or `CMD-SHELL`."""
    words = manifest.words("image", "healthcheck", "command")
    if words[:1] == ["CMD-SHELL"]:
        return ["sh", "-c", *words[1:]]
    return words[1:] if words[:1] == ["CMD"] else words


def _build(manifest: Manifest, _node: Node) -> Result:
    folder, dockerfile = build_folder(manifest)
    becomes = "SourceImage(directory=HERE)" if folder == "." else f'SourceImage(directory=HERE / "{folder}")'
    if dockerfile == posixpath.normpath(posixpath.join(folder, "Dockerfile")):
        return equivalent(becomes)
    return equivalent(becomes, f"SourceImage builds the Dockerfile at the top of the folder: move {dockerfile} there")


def _health_command(manifest: Manifest, _node: Node) -> Result:
    advice = "on ECS, Beanstalk and EC2; the image must contain the program"
    return equivalent(f"health_command={health_check_command(manifest)!r}", advice)


def _command(manifest: Manifest, _node: Node) -> Result:
    if manifest.type.serves_requests:
        return equivalent("CMD in the Dockerfile", "the image starts the same way on every target")
    command = f"command={manifest.command('command')!r}"
    return equivalent(command, "of `function_with_live_alias` or `one_shot_task_definition`")


def _secret(_manifest: Manifest, node: Node) -> Result:
    text = str(node)
    kind = "secret" if "secretsmanager" in text else "exported_resource" if '"from_cfn"' in text else "parameter"
    return equivalent(
        f"{kind}.grant_read(service.role)",
        "pass its name or ARN with `with_environment` in the stack and read it in the code: no secret is passed as an "
        "environment variable here",
    )


def _read_only(_manifest: Manifest, node: Node) -> Result:
    if is_true(str(node)):
        return equivalent("every container", "the root file system is always read-only on ECS")
    return unsupported("the root file system is read-only on ECS: write to S3, or to a volume that you add")


CONTAINER: dict[str, Rule] = {
    "image.build": _build,
    "image.build.dockerfile": _build,
    "image.build.context": _build,
    "image.build.args.**": equivalent("SourceImage(build_args={...})"),
    "image.build.target": unsupported("SourceImage builds the last stage of the Dockerfile: make this the last stage"),
    "image.build.cache_from": unsupported("remove it: the builder has its own cache"),
    "image.location": equivalent(
        "PromotedImage(repository_name=..., digest=...)",
        "an ECR repository of this account, by digest; copy images from other registries there",
    ),
    "image.credentials": unsupported("copy the image to ECR: no target logs in to other registries"),
    "image.labels.**": unsupported("no target reads Docker labels; tag the stack instead (cdk.Tags.of)"),
    "image.depends_on.**": unsupported("there is one container per task; see sidecars"),
    "image.healthcheck.command": _health_command,
    "image.healthcheck.interval": equivalent("10 s", _FIXED),
    "image.healthcheck.retries": equivalent("3", _FIXED),
    "image.healthcheck.timeout": equivalent("5 s", _FIXED),
    "image.healthcheck.start_period": equivalent("30 s", _FIXED),
    "entrypoint": equivalent("ENTRYPOINT in the Dockerfile", "the image starts the same way on every target"),
    "command": _command,
    "variables.*.from_cfn": equivalent(
        'spec.with_environment(NAME=cdk.Fn.import_value("EXPORT"))', "in the stack, where the value is known"
    ),
    "env_file": equivalent("environment=", "copy its lines there; treat secrets as described for secrets"),
    "secrets.*.**": _secret,
    "storage.ephemeral": unsupported(
        "Fargate tasks have 20 GiB; for more, set EphemeralStorage on the task definition's L1 resource"
    ),
    "storage.readonly_fs": _read_only,
    "storage.volumes.*.**": unsupported(
        "no storage outlives a task: use S3 or a database, or add a volume to the ECS task definition"
    ),
}
