"""Reader of a synthesised cloud assembly (`cdk.out`): its stacks in deploy order, and the targets in them.

An app with a `cdk.Stage` has a nested assembly for each stage, which is read like an assembly of its own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deployment.containers import ContainerState
from deployment.manifest import FILE, Manifest, complete, select_stage
from deployment.target_ids import require_ids

__all__ = ["DEFAULT_QUALIFIER", "Assembly", "SpecField", "Stack", "Target", "metadata_of"]

_CDK_METADATA = "AWS::CDK::Metadata"
_TARGET = "microservice:target"
_REJECTED = "microservice:rejected"
_SERVICE = "microservice:service"
_LOGICAL_ID = "aws:cdk:logicalId"
DEFAULT_QUALIFIER = "hnb659fds"
"""Qualifier of the bootstrap stack that `cdk bootstrap` creates by default."""
_QUALIFIER = re.compile(r"/cdk-bootstrap/([^/]+)/version")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of the assembly.

    Attributes:
        name: CloudFormation's stack name.
        construct_path: its path in the construct tree: "Dev/Orders" for a stack of the stage "Dev". Default: `name`.
        template: path of its template.
        resources: number of resources, without CDK's own metadata resource.
        depends_on: names of the stacks that are deployed before it.
        bootstrap_parameter: SSM parameter with the version of the bootstrap stack; "" for a stack that needs none.
        bootstrap_version: the oldest version of the bootstrap stack that can deploy it.
        account: the AWS account that it is made for; "" for the account of the credentials.
        region: the Region that it is made for; "" for the Region of the credentials.
    """

    name: str
    construct_path: str = ""
    template: Path
    resources: int
    depends_on: tuple[str, ...]
    bootstrap_parameter: str = ""
    bootstrap_version: int = 0
    account: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class SpecField:
    """One field of the service's spec.

    Attributes:
        name: the field's name.
        default: its default as Python text; "" when it is required.
        description: the first sentence of its documentation.
    """

    name: str
    default: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One service on a target, from the metadata entry that its construct wrote.

    Attributes:
        id: unique in the assembly: the target's ID, such as "ecs-fargate". If the assembly has several services of the
            target, the construct path follows: "ecs-fargate:Shop/Orders".
        platform: the target's ID alone, to which documented facts belong. Default: `id`.
        construct: class name of the construct.
        module: module of the construct, relative to `microservice/`, such as "ecs.fargate".
        summary: first line of the construct's documentation.
        description: the paragraphs after it.
        options: optional constructor argument -> its documentation, "" where there is none.
        unsupported_fields: field of the service's spec -> why this platform cannot honour it.
        spec_fields: the fields of the service's spec.
        stack: name of the stack that holds the construct.
        logical_ids: logical IDs of the resources inside the construct.
        url_output: the output of the stack that has the service's URL. Default: "Url".
    """

    id: str
    platform: str = ""
    construct: str
    module: str = ""
    summary: str = ""
    description: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    unsupported_fields: Mapping[str, str] = field(default_factory=dict)
    spec_fields: tuple[SpecField, ...] = ()
    stack: str
    logical_ids: tuple[str, ...]
    url_output: str = "Url"

    def __post_init__(self) -> None:
        """Complete the default of `platform`."""
        object.__setattr__(self, "platform", self.platform or self.id)


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A cloud assembly.

    Attributes:
        path: the directory: that of the stage, if there is one.
        stacks: in deploy order.
        targets: target ID -> target.
        images: the CDK CLI's display names of the image assets, such as "Check/Image".
        stage: construct path of its `cdk.Stage`, such as "Dev"; "" for the app itself.
        rejected: stack of a target that the app left out -> why the target rejects the service.
        health_path: path of the service's health check. Default: "/".
        responses: path -> text that the service's response contains, for checks. Default: none.
    """

    path: Path
    stacks: tuple[Stack, ...]
    targets: Mapping[str, Target]
    images: frozenset[str] = frozenset()
    stage: str = ""
    rejected: Mapping[str, str] = field(default_factory=dict)
    health_path: str = "/"
    responses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, stage: str = "") -> Assembly:
        """Read the assembly at `path`, or that of one of its stages.

        Args:
            path: the directory of the assembly, or of the nested assembly of a stage.
            stage: construct path of a `cdk.Stage`, such as "Dev" or "Pipeline/Dev". Default: the app itself if its
                stacks are in no stage or contain a target, and its only stage otherwise.

        Raises:
            ActionableError: there is no cloud assembly, it has several stages, or none of that name.
        """
        with complete(path / FILE):
            manifest = select_stage(Manifest.read(path), stage, has_targets=lambda found: any(_targets(found)))
        with complete(manifest.path / FILE):
            found = _with_unique_ids(list(_targets(manifest)))
            return cls(
                path=manifest.path,
                stacks=tuple(_stack(manifest, name) for name in _in_deploy_order(manifest.stacks)),
                targets={target.id: target for target in found},
                images=frozenset(_images(manifest)),
                stage=manifest.stage,
                rejected=dict(_rejected(manifest)),
                **_service(manifest),
            )

    @property
    def environments(self) -> tuple[tuple[str, str], ...]:
        """The (account, Region) pairs that its stacks are made for, "" for what the credentials decide."""
        return tuple(dict.fromkeys((stack.account, stack.region) for stack in self.stacks))

    @property
    def bootstrap_qualifiers(self) -> tuple[str, ...]:
        """Qualifiers of the bootstrap stacks that its stacks need."""
        found = (_QUALIFIER.fullmatch(stack.bootstrap_parameter) for stack in self.stacks)
        return tuple(dict.fromkeys(match[1] for match in found if match))

    @property
    def resources(self) -> int:
        """Number of resources in all stacks."""
        return sum(stack.resources for stack in self.stacks)

    def containers_of(self, target: str, containers: Iterable[ContainerState]) -> list[ContainerState]:
        """Return the containers of a target: all of its stack, or its resources' own where services share a stack.

        Args:
            target: ID of the target.
            containers: Containers of all targets.
        """
        found = self.targets[target]
        in_stack = [container for container in containers if container.stack == found.stack]
        if sum(other.stack == found.stack for other in self.targets.values()) == 1:
            return in_stack
        return [container for container in in_stack if container.resource in found.logical_ids]

    def require_targets(self, names: Collection[str]) -> None:
        """Check that the app has these targets.

        Raises:
            ActionableError: it has no target of that name.
        """
        require_ids(names, self.targets)


def _stack(manifest: Manifest, name: str) -> Stack:
    artifact = manifest.stacks[name]
    properties = artifact["properties"]
    account, region = _environment(str(artifact.get("environment", "")))
    return Stack(
        name=_stack_name(name, artifact),
        construct_path=_construct_path(name, artifact),
        template=manifest.path / properties["templateFile"],
        resources=_resources(manifest, properties["templateFile"]),
        depends_on=tuple(
            _stack_name(other, manifest.stacks[other])
            for other in artifact.get("dependencies", [])
            if other in manifest.stacks
        ),
        bootstrap_parameter=str(properties.get("bootstrapStackVersionSsmParameter", "")),
        bootstrap_version=int(properties.get("requiresBootstrapStackVersion", 0)),
        account=account,
        region=region,
    )


def _resources(manifest: Manifest, file: str) -> int:
    template = manifest.load(file)
    with complete(manifest.path / file):
        return sum(resource["Type"] != _CDK_METADATA for resource in template.get("Resources", {}).values())


def _environment(text: str) -> tuple[str, str]:
    """Account and Region of "aws://ACCOUNT/REGION"; "" for one that is unknown at synthesis."""
    account, _, region = text.removeprefix("aws://").partition("/")
    return tuple("" if value.startswith("unknown-") else value for value in (account, region))  # type: ignore[return-value]


def _stack_name(artifact_id: str, artifact: Mapping[str, Any]) -> str:
    return str(artifact["properties"].get("stackName", artifact_id))


def _construct_path(artifact_id: str, artifact: Mapping[str, Any]) -> str:
    # "Dev/Orders (Dev-Orders)" where the name is not that of the path.
    return str(artifact.get("displayName", artifact_id)).partition(" (")[0]


def _in_deploy_order(stacks: Mapping[str, Any]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered or name not in stacks:
            return
        for other in stacks[name].get("dependencies", []):
            visit(other)
        ordered.append(name)

    for name in stacks:
        visit(name)
    return ordered


def _images(manifest: Manifest) -> Iterator[str]:
    for file in manifest.path.glob("*.assets.json"):
        for image in manifest.load(file.name).get("dockerImages", {}).values():
            yield str(image.get("displayName", ""))


def _service(manifest: Manifest) -> dict[str, Any]:
    """Return what the app says about its service, for checks."""
    for artifact in manifest.stacks.values():
        for entries in metadata_of(manifest.path, artifact).values():
            for data in (entry["data"] for entry in entries if entry["type"] == _SERVICE):
                return {"health_path": str(data["health_path"]), "responses": dict(data["responses"])}
    return {}


def _rejected(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for artifact in manifest.stacks.values():
        for entries in metadata_of(manifest.path, artifact).values():
            for data in (entry["data"] for entry in entries if entry["type"] == _REJECTED):
                yield str(data["stack"]), str(data["reason"])


def _targets(manifest: Manifest) -> Iterator[tuple[str, Target]]:
    """Yield the stack's name with the path of the construct in it, and the target, of each service."""
    for artifact_id, artifact in manifest.stacks.items():
        metadata = metadata_of(manifest.path, artifact)
        stack, stack_path = _stack_name(artifact_id, artifact), _construct_path(artifact_id, artifact)
        outputs = _outputs(manifest, artifact["properties"]["templateFile"])
        for construct_path, entries in metadata.items():
            for data in (entry["data"] for entry in entries if entry["type"] == _TARGET):
                inside = [items for where, items in metadata.items() if where.startswith(f"{construct_path}/")]
                path = construct_path.removeprefix(f"/{stack_path}/")
                yield f"{stack}/{path}", _target(data, f"{stack}/{path}", inside, outputs)


def _outputs(manifest: Manifest, file: str) -> Mapping[str, Mapping[str, Any]]:
    template = manifest.load(file)
    with complete(manifest.path / file):
        found: Mapping[str, Mapping[str, Any]] = template.get("Outputs", {})
        return found


def _target(
    data: Mapping[str, Any],
    path: str,
    inside: Sequence[Sequence[Mapping[str, Any]]],
    outputs: Mapping[str, Mapping[str, Any]],
) -> Target:
    logical_ids = tuple(str(item["data"]) for items in inside for item in items if item["type"] == _LOGICAL_ID)
    return Target(
        id=data["id"],
        construct=data["construct"],
        module=data.get("module", ""),
        summary=data.get("summary", ""),
        description=tuple(data.get("description", ())),
        options=data.get("options", {}),
        unsupported_fields=data.get("unsupported_fields", {}),
        spec_fields=tuple(SpecField(**each) for each in data.get("spec_fields", ())),
        stack=path.partition("/")[0],
        logical_ids=logical_ids,
        url_output=_url_output(outputs, logical_ids, path.rpartition("/")[2]),
    )


def _url_output(outputs: Mapping[str, Mapping[str, Any]], logical_ids: Collection[str], construct_id: str) -> str:
    """The output called "Url", or ending with it, whose value refers to a resource of the service.

    A URL at a domain name refers to no resource: such an output has the name of the construct, as in "OrdersUrl".
    """
    named = [name for name in outputs if name.lower().endswith("url")]
    for name in named:
        words = set(re.findall(r"\w+", json.dumps(outputs[name].get("Value"))))
        if not words.isdisjoint(logical_ids):
            return name
    own = re.sub(r"\W", "", f"{construct_id}Url")
    return own if own in outputs else Target.url_output


def _with_unique_ids(found: Sequence[tuple[str, Target]]) -> list[Target]:
    counts = Counter(target.platform for _, target in found)
    return [
        replace(target, id=f"{target.platform}:{path}") if counts[target.platform] > 1 else target
        for path, target in found
    ]


def metadata_of(path: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a stack's metadata, from the manifest or from a file of its own.

    Raises:
        ActionableError: that file is missing or damaged.
    """
    file = artifact.get("additionalMetadataFile")
    with complete(path / (file or FILE)):
        found: dict[str, Any] = json.loads((path / file).read_text()) if file else {}
        return {**artifact.get("metadata", {}), **found}
