"""The image and the container that it runs in."""

import posixpath

from copilot_import.manifest import Manifest, is_true
from copilot_import.rules.answer import Answer, Rule, nothing, same
from copilot_import.tree import Node, Scalar, shown


def _build(manifest: Manifest, _node: Node) -> Answer:
    """Copilot takes the Dockerfile's folder as context where none is said."""
    is_map = not isinstance(manifest.find("image", "build"), Scalar)
    said = manifest.text("image", "build", "dockerfile") if is_map else manifest.text("image", "build")
    context = manifest.text("image", "build", "context") if is_map else None
    dockerfile = posixpath.normpath(said or posixpath.join(context or ".", "Dockerfile"))
    folder = posixpath.normpath(context) if context else posixpath.dirname(dockerfile) or "."
    becomes = "SourceImage(directory=HERE)" if folder == "." else f'SourceImage(directory=HERE / "{folder}")'
    if dockerfile == posixpath.normpath(posixpath.join(folder, "Dockerfile")):
        return same(becomes)
    return same(becomes, f"it takes the file Dockerfile at the folder's top: move {dockerfile} there")


def _health_command(manifest: Manifest, _node: Node) -> Answer:
    words = manifest.words("image", "healthcheck", "command")
    if words[:1] == ["CMD-SHELL"]:
        words = ["sh", "-c", *words[1:]]
    elif words[:1] == ["CMD"]:
        words = words[1:]
    return same(f"health_command={words!r}", "of the targets on ECS; the image must hold what it calls")


def _command(manifest: Manifest, _node: Node) -> Answer:
    if manifest.kind.answers:
        return same("CMD in the Dockerfile", "one image starts the same way on every target")
    return same(f"command={manifest.command('command')!r}", "of `live_function` or `one_shot_task_definition`")


def _secret(_manifest: Manifest, node: Node) -> Answer:
    said = shown(node)
    exported = '"from_cfn"' in said
    managed = "secretsmanager" in said
    kind = "secret" if managed else "what that export names" if exported else "parameter"
    return same(
        f"{kind}.grant_read(service.role)",
        "its name or ARN goes into the stack's `with_environment`, the code reads it: no secret is a variable here",
    )


def _read_only(_manifest: Manifest, node: Node) -> Answer:
    if isinstance(node, Scalar) and is_true(node.text):
        return same("every container", "the root is always read-only on ECS")
    return nothing("the root is read-only on ECS: write into a bucket, or into a volume that you add")


CONTAINER: dict[str, Rule] = {
    "image.build": _build,
    "image.build.dockerfile": _build,
    "image.build.context": _build,
    "image.build.args.**": same("SourceImage(build_args={...})"),
    "image.build.target": nothing("SourceImage builds the Dockerfile's last stage: make it this one"),
    "image.build.cache_from": nothing("the builder's own cache does: take it out"),
    "image.location": same(
        "PromotedImage(repository_name=..., digest=...)",
        "an ECR repository of this account, by digest; copy there what lies elsewhere",
    ),
    "image.credentials": nothing("copy the image into ECR: nothing here logs in to other registries"),
    "image.labels.**": nothing("no target reads Docker labels; tag the stack instead (cdk.Tags.of)"),
    "image.depends_on.**": nothing("one container a task: it waits for no other; see the sidecars"),
    "image.healthcheck.command": _health_command,
    "image.healthcheck.interval": same("10 s", "the same for every service: microservice/task_definition.py"),
    "image.healthcheck.retries": same("3", "the same for every service: microservice/task_definition.py"),
    "image.healthcheck.timeout": same("5 s", "the same for every service: microservice/task_definition.py"),
    "image.healthcheck.start_period": same("30 s", "the same for every service: microservice/task_definition.py"),
    "entrypoint": same("ENTRYPOINT in the Dockerfile", "one image starts the same way on every target"),
    "command": _command,
    "variables.*.from_cfn": same(
        'spec.with_environment(NAME=cdk.Fn.import_value("EXPORT"))', "in the stack: only there it has a value"
    ),
    "env_file": same("environment=", "write its lines there; those with secrets go the way of secrets"),
    "secrets.*.**": _secret,
    "storage.ephemeral": nothing(
        "tasks on Fargate have 20 GiB; for more set EphemeralStorage on the task definition's native resource"
    ),
    "storage.readonly_fs": _read_only,
    "storage.volumes.*.**": nothing(
        "nothing here outlives a task: keep it in S3 or a database, or add a volume to the task definition of ECS"
    ),
}
