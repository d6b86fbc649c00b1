"""Everything there is to say about a manifest; pure, apart from reading `app.py`."""

import dataclasses
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from copilot_import.app_lines import app_lines
from copilot_import.environments import names, overridden
from copilot_import.fields import Taken, taken
from copilot_import.findings import Finding
from copilot_import.findings_of import findings
from copilot_import.interpolation import APPLICATION, ENVIRONMENT, fill_in
from copilot_import.manifest import Manifest, manifest, refuse_wrong_shapes
from copilot_import.python_source import python_source
from copilot_import.service_spec import app_runner_takes, refuse_unsold_size, service_spec
from copilot_import.tree import Fields, Node
from deployment.errors import ActionableError

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-24)
_LAMBDA_MEMORY_MIB = 10240


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a manifest becomes.

    Attributes:
        file: where it lies.
        name: of the service, as the manifest says it.
        kind: Copilot's type.
        environment: whose overrides hold; None for none.
        environments: those that the manifest overrides something for.
        missing: variables that nobody set -> the lines that use them.
        spec: the fields of the `ServiceSpec`; None where nothing runs.
        source: the spec as Python; empty where there is none.
        targets: target -> why it suits; the nearest one first.
        otherwise: what to take where no target suits.
        app_lines: target -> the line of app.py that deploys it.
        findings: what became of each field.
    """

    file: str
    name: str
    kind: str
    environment: str | None
    environments: Sequence[str]
    missing: Mapping[str, Sequence[int]]
    spec: Mapping[str, Any] | None
    source: str
    targets: Mapping[str, str]
    otherwise: str
    app_lines: Mapping[str, str]
    findings: Sequence[Finding]


def report(file: str, tree: Node, environment: str | None, variables: Mapping[str, str]) -> Report:
    """Read a tree as the manifest of a service.

    Args:
        file: how errors call it.
        tree: what the file holds.
        environment: the environment whose overrides hold; None for what the manifest says for all.
        variables: what `${NAME}` stands for, the application's name included.

    Raises:
        ActionableError: it is not the manifest of a service, a field holds what it must not, or nothing can run it.
    """
    said = manifest(file, tree)
    refuse_wrong_shapes(said)
    known = {**variables, **({ENVIRONMENT: environment} if environment else {})}
    filled = fill_in(overridden(said.tree, environment), known)
    effective = dataclasses.replace(said, tree=filled.tree if isinstance(filled.tree, Fields) else Fields())
    refuse_wrong_shapes(effective)
    fields = taken(effective)
    spec = _spec(effective, fields)
    lines = app_lines(spec["name"]) if spec else {}
    suiting = {target: cause for target, cause in said.kind.targets.items() if target in lines and _runs(target, spec)}
    return Report(
        file=file,
        name=effective.text("name") or "",
        kind=said.kind.name,
        environment=environment,
        environments=names(said.tree),
        missing=filled.missing,
        spec=spec,
        source=_source(spec, {field.field for field in fields}),
        targets=suiting,
        otherwise=said.kind.otherwise,
        app_lines={target: lines[target] for target in suiting},
        findings=findings(effective, fields),
    )


def unset(missing: Mapping[str, Sequence[int]]) -> list[str]:
    """Say how each variable that nobody set can be set."""
    fixes = {ENVIRONMENT: "--environment NAME", APPLICATION: "--application NAME"}
    return [
        f"${{{name}}} in line {', '.join(map(str, lines))}: {fixes.get(name, f'export {name}=VALUE')}"
        for name, lines in missing.items()
    ]


def as_received(cause: str, received: str, made: str) -> str:
    """Return what a refusal says with the service called as the manifest calls it, where its name had to be changed."""
    return cause.replace(f"service {made!r} ", f"service {received!r} ", 1)


def _spec(said: Manifest, fields: Sequence[Taken]) -> dict[str, Any] | None:
    if not fields:
        return None
    values = {field.field: field.value for field in fields if field.field != "environment"}
    variables = [field.value for field in fields if isinstance(field.value, Mapping)]
    values["environment"] = {name: text for found in variables for name, text in found.items()}
    try:
        spec = service_spec(**values)
        refuse_unsold_size(spec)
    except ValueError as error:
        cause = as_received(" ".join(str(error).split()), said.text("name") or "", str(values["name"]))
        lines = [f"{name} in line {node.line}" for name in ("cpu", "memory") if (node := said.find(name))]
        fix = f"mend {' and '.join(lines) or 'cpu and memory'}"
        raise ActionableError(f"{said.file} cannot be imported", cause, fix) from error
    return {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)} | {
        "environment": values["environment"]
    }


def _source(spec: Mapping[str, Any] | None, decided: Set[str]) -> str:
    """The spec as Python: what manifests decide is said, even where it is the default, unless it seldom differs."""
    if spec is None:
        return ""
    unsaid = spec.keys() - (decided - {"architecture", "environment", "tracing"})
    defaults = service_spec(name="any")
    return python_source(spec, {name: getattr(defaults, name) for name in unsaid} | {"environment": {}})


def _runs(target: str, spec: Mapping[str, Any] | None) -> bool:
    """Whether the target takes the spec: App Runner has few sizes and no arm64, Lambda at most 10 GiB."""
    if spec is None:
        return False
    if target == "app-runner":
        return app_runner_takes(service_spec(**spec))
    return target != "lambda" or bool(spec["memory_mib"] <= _LAMBDA_MEMORY_MIB)
