"""The complete result of an import: spec, targets, `service.py`, and one finding per manifest field."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot_import import service_file
from copilot_import.additions import folder_findings, vanished_variables
from copilot_import.fields import map_fields
from copilot_import.findings import Finding, Outcome, Result
from copilot_import.image_source import image_of
from copilot_import.manifest import Manifest, manifest
from copilot_import.mapped_field import MappedField
from copilot_import.overrides import APPLICATION, ENVIRONMENT, environments, interpolate, with_overrides
from copilot_import.rules import RULES, match_rule
from copilot_import.secrets import Owner
from copilot_import.stack_file import StackFile, stack_file
from copilot_import.synthesis import with_original_name
from copilot_import.targets import choose
from copilot_import.yaml_tree import FieldPath, Node
from deployment.errors import ActionableError
from microservice.ecs.task_sizes import validate_task_size
from microservice.errors import InvalidServiceSpecError, UnsupportedSpecError
from microservice.spec import ServiceSpec

_SET_BY_COPILOT = "no longer set; add the ones that your code reads to `environment`"
_SEVERAL = ("environment", "secrets", "writable_paths")
_WRITABLE = ServiceSpec(name="any").writable_paths
_FROM_SPEC = ("name", "cpu", "memory", "platform", "image.port", "http.healthcheck.path", "observability.tracing")


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of an import.

    Attributes:
        file: Path of the manifest.
        name: Name of the service in the manifest.
        type: Copilot's workload type.
        environment: Environment whose overrides apply; None for none.
        environments: Environments that the manifest has overrides for.
        missing: Undefined variable -> lines that use it.
        spec: Fields of the `ServiceSpec`; None without a container.
        source: Content of `service.py`; the spec alone if no target is suitable, empty without a spec.
        stack_file: Path of the file with the stack of a worker, a job or a private service; empty for a public one.
        stack_source: Its content.
        targets: Suitable target, or construct of a worker or a job -> reason to choose it, closest match first.
        alternative: What to use if no target is suitable.
        stacks: Suitable target -> name of its stack; with a `stack_source`, the one in it only.
        missing_image: What the image of `source` lacks, and the fix; empty if it is the service's own image.
        findings: Result for each field.
    """

    file: str
    name: str
    type: str
    environment: str | None
    environments: Sequence[str]
    missing: Mapping[str, Sequence[int]]
    spec: Mapping[str, Any] | None
    source: str
    stack_file: str
    stack_source: str
    targets: Mapping[str, str]
    alternative: str
    stacks: Mapping[str, str]
    missing_image: Sequence[str]
    findings: Sequence[Finding]


def report(
    file: str,
    root: Node,
    environment: str | None,
    variables: Mapping[str, str],
    project: Path = service_file.PROJECT,
    *,
    owner: Owner = Owner(),  # noqa: B008 - immutable
    folder: Path | None = None,
) -> Report:
    """Return the result of importing a manifest.

    Args:
        file: Name of the manifest in errors.
        root: Content of the manifest.
        environment: Environment whose overrides apply; None applies none.
        variables: Values for `${NAME}`, including the name of the Copilot application.
        project: Folder of `service.py`. Default: this project.
        owner: Account and Region of secrets without an ARN. Default: unknown.
        folder: Folder of the manifest, with `addons/` and `overrides/`; a build context is searched in the project, and
            in the folders above this one. Default: none.

    Raises:
        ActionableError: It is not a service manifest, a field is invalid, or no target supports the service.
    """
    original = manifest(file, root)
    original.validate_sections()
    known = {**variables, **({ENVIRONMENT: environment} if environment else {})}
    interpolated = interpolate(with_overrides(root, environment), known)
    effective = dataclasses.replace(original, root=interpolated.root)
    effective.validate_sections()
    fields = list(map_fields(effective, owner))
    spec = _spec(effective, fields) if fields else None
    choice = choose(effective, spec)
    image = image_of(effective, project, folder)
    decided, source = {field.field for field in fields}, ""
    stack: StackFile | None = None
    if spec:
        source = service_file.spec_source(spec, decided)
    if spec and choice.targets:
        title = service_file.title(spec.name, environment)
        stack = stack_file(effective, title, known, owner)
        source = service_file.source(image, title, spec, decided, stack)
    return Report(
        file=file,
        name=effective.text("name") or "",
        type=original.type.name,
        environment=environment,
        environments=environments(root),
        missing=interpolated.missing,
        spec=_plain(spec) if spec else None,
        source=source,
        stack_file=stack.path if stack else "",
        stack_source=stack.source if stack else "",
        targets=choice.targets,
        alternative=choice.alternative,
        stacks={stack.construct: stack.stack} if stack else {name: stack_name(name) for name in choice.targets},
        missing_image=image.missing if choice.targets else (),
        findings=[*_in_stack(stack, _findings(effective, fields)), *folder_findings(folder)],
    )


def stack_name(target: str) -> str:
    """Return the name of a target's stack in `app.py`."""
    return f"OrdersOn{''.join(part.capitalize() for part in target.split('-'))}"


def undefined(missing: Mapping[str, Sequence[int]]) -> list[str]:
    """Return a line for each undefined variable that names its fix."""
    fixes = {ENVIRONMENT: "--environment NAME", APPLICATION: "--application NAME"}
    return [
        f"${{{name}}} in line {', '.join(map(str, lines))}: {fixes.get(name, f'export {name}=VALUE')}"
        for name, lines in missing.items()
    ]


def _spec(manifest: Manifest, fields: Sequence[MappedField]) -> ServiceSpec:
    values: dict[str, Any] = {field.field: field.value for field in fields if field.field not in _SEVERAL}
    for name in ("environment", "secrets"):
        entries = [field.value for field in fields if field.field == name and isinstance(field.value, Mapping)]
        values[name] = {key: text for entry in entries for key, text in entry.items()}
    paths = [str(field.value) for field in fields if field.field == "writable_paths"]
    values["writable_paths"] = list(dict.fromkeys([*_WRITABLE, *paths]))
    try:
        spec = ServiceSpec(**values)
        validate_task_size(spec)
    except (InvalidServiceSpecError, UnsupportedSpecError) as error:
        cause = with_original_name(" ".join(str(error).split()), manifest.text("name") or "", values["name"])
        lines = [f"{name} in line {node.line}" for name in ("cpu", "memory") if (node := manifest.find(name))]
        fix = f"change {' and '.join(lines) or 'cpu and memory'}"
        raise ActionableError(f"cannot import {manifest.file}", cause, fix) from error
    return spec


def _plain(spec: ServiceSpec) -> dict[str, Any]:
    """The fields as lists and dictionaries."""
    found = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    return {
        name: dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
        for name, value in found.items()
    }


def _findings(manifest: Manifest, fields: Sequence[MappedField]) -> list[Finding]:
    """One finding for each field in the order of the file, followed by the values that the manifest does not set."""
    found = [*_field_findings(manifest, fields)]
    if not fields:
        return found
    defaults = [_spec_finding((), None, field) for field in fields if not field.source]
    advice = f"{', '.join(vanished_variables(manifest))}: {_SET_BY_COPILOT}"
    copilots = Finding(field="Copilot's variables", line=0, value="", outcome=Outcome.UNSUPPORTED, advice=advice)
    return [*found, *defaults, copilots]


def _in_stack(stack: StackFile | None, findings: Sequence[Finding]) -> list[Finding]:
    """The findings with the file of the service's own stack, where they name that of the target."""
    if stack is None:
        return list(findings)
    return [
        dataclasses.replace(finding, advice=finding.advice.replace("stacks/ecs_fargate.py", stack.path))
        for finding in findings
    ]


def _field_findings(manifest: Manifest, fields: Sequence[MappedField]) -> Iterator[Finding]:
    by_source: dict[FieldPath, list[MappedField]] = {}
    for field in fields:
        by_source.setdefault(field.source, []).append(field)
    done: set[FieldPath] = set()
    for path, node in _set_fields(manifest):
        if path in by_source and path:
            yield from (_spec_finding(path, node, field) for field in by_source[path])
            continue
        group, rule = match_rule(path, RULES[manifest.type.name]) or _unknown(manifest, path)
        if group in done:
            continue
        done.add(group)
        whole = manifest.find(*group) or node
        result = rule if isinstance(rule, Result) else rule(manifest, whole)
        yield Finding(field=".".join(group), line=whole.line, value=str(whole), **dataclasses.asdict(result))


def _unknown(manifest: Manifest, path: FieldPath) -> tuple[FieldPath, Result]:
    """The result for a field that Copilot ignores, which covers everything below the first unknown name."""
    known = [tuple(pattern.split(".")) for pattern in (*RULES[manifest.type.name], *_FROM_SPEC)]
    levels = {pattern[:length] for pattern in known for length in range(1, len(pattern) + 1)}
    depth = next((length for length in range(1, len(path)) if path[:length] not in levels), len(path))
    group = path[:depth]
    if group[0].startswith(("x-", ".")):
        return group, Result(Outcome.UNKNOWN, "", "a place for anchors; their aliases are resolved")
    similar = sorted({".".join(pattern) for pattern in known if "*" not in pattern and pattern[-1] == group[-1]})
    hint = f"did you mean {' or '.join(similar)}?" if similar else "check its spelling and its level"
    return group, Result(Outcome.UNKNOWN, "", f"not a field of a {manifest.type.name}: {hint}")


def _set_fields(manifest: Manifest) -> Iterator[tuple[FieldPath, Node]]:
    """Each leaf except `type`, which selects the rules. Empty ones count for variables only: Copilot sets those."""
    for path, node in manifest.root.leaves():
        is_ignored = node.value is None and not (path[0] == "variables" and path[1:] and manifest.type.cpu)
        if path != ("type",) and not is_ignored:
            yield path, node


def _spec_finding(path: FieldPath, node: Node | None, field: MappedField) -> Finding:
    outcome = Outcome.CHANGED if field.is_changed else Outcome.SPEC
    becomes = f"{field.field}={field.value!r}"
    if field.field == "environment":
        outcome = outcome if field.value is not None else Outcome.UNSUPPORTED
        becomes = "" if field.value is None else f"environment[{path[-1]!r}]"
    if field.field == "secrets":
        becomes = f"secrets[{path[1]!r}]"
    return Finding(
        field=".".join(path) or field.field,
        line=node.line if node else 0,
        value=str(node) if node else "",
        outcome=outcome,
        becomes=becomes,
        advice=field.advice,
    )
