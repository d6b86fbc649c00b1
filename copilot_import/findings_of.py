"""One finding for every field of a manifest: none is left out."""

from collections.abc import Iterator, Sequence

from copilot_import.fields import Taken
from copilot_import.findings import Finding, Outcome
from copilot_import.manifest import Manifest
from copilot_import.rules import RULES, Answer, matching
from copilot_import.tree import Items, Node, Path, Scalar, find, leaves, shown

_SET_BY_COPILOT = (
    "COPILOT_APPLICATION_NAME, COPILOT_ENVIRONMENT_NAME, COPILOT_SERVICE_NAME, COPILOT_SERVICE_DISCOVERY_ENDPOINT, "
    "COPILOT_LB_DNS: nobody sets these; put what the code reads into `environment`"
)
_FROM_SPEC = ("name", "cpu", "memory", "platform", "image.port", "http.healthcheck.path", "observability.tracing")


def findings(manifest: Manifest, fields: Sequence[Taken]) -> list[Finding]:
    """Return what became of each field, in the order of the file; what the manifest does not say comes last."""
    found = [*_of_fields(manifest, fields)]
    defaults = [_finding((), None, field) for field in fields if not field.source]
    gone = Finding(field="Copilot's variables", line=0, value="", outcome=Outcome.NOTHING, advice=_SET_BY_COPILOT)
    return [*found, *defaults, *([gone] if fields else [])]


def _of_fields(manifest: Manifest, fields: Sequence[Taken]) -> Iterator[Finding]:
    by_source: dict[Path, list[Taken]] = {}
    for field in fields:
        by_source.setdefault(field.source, []).append(field)
    done: set[Path] = set()
    for path, node in _said(manifest):
        if path in by_source and path:
            yield from (_finding(path, node, field) for field in by_source[path])
            continue
        fitting = matching(path, RULES[manifest.kind.name])
        group, rule = fitting or _ignored(manifest, path)
        if group in done:
            continue
        done.add(group)
        whole = find(manifest.tree, group) or node
        answer = rule if isinstance(rule, Answer) else rule(manifest, whole)
        yield Finding(
            field=".".join(group),
            line=whole.line,
            value=shown(whole),
            outcome=answer.outcome,
            becomes=answer.becomes,
            advice=answer.advice,
        )


def _ignored(manifest: Manifest, path: Path) -> tuple[Path, Answer]:
    """Copilot reads what it knows and says nothing of the rest: answer for all that lies below an unknown name."""
    known = [tuple(pattern.split(".")) for pattern in (*RULES[manifest.kind.name], *_FROM_SPEC)]
    levels = {pattern[:length] for pattern in known for length in range(1, len(pattern) + 1)}
    depth = next((length for length in range(1, len(path)) if path[:length] not in levels), len(path))
    group = path[:depth]
    if group[0].startswith(("x-", ".")):
        return group, Answer(Outcome.UNKNOWN, "", "a place for anchors; what refers to it is read there")
    alike = sorted({".".join(pattern) for pattern in known if "*" not in pattern and pattern[-1] == group[-1]})
    hint = f"is {' or '.join(alike)} meant?" if alike else "check its spelling and its level"
    return group, Answer(Outcome.UNKNOWN, "", f"no field of a {manifest.kind.name}: {hint}")


def _said(manifest: Manifest) -> Iterator[tuple[Path, Node]]:
    """Each leaf but the type, which chose the rules; of empty ones the variables, because Copilot sets those."""
    for path, node in leaves(manifest.tree):
        is_empty = isinstance(node, Scalar) and node.is_null and not (path[0] == "variables" and manifest.kind.cpu)
        if path != ("type",) and not is_empty:
            yield path, node


def _finding(path: Path, node: Node | None, field: Taken) -> Finding:
    outcome = Outcome.CHANGED if field.is_changed else Outcome.SPEC
    becomes = f"{field.field}={field.value!r}"
    if field.field == "environment":
        outcome = outcome if field.value is not None else Outcome.NOTHING
        becomes = "" if field.value is None else f"environment[{path[-1]!r}]"
    return Finding(
        field=".".join(path) or field.field,
        line=node.line if node else 0,
        value=shown(node) if isinstance(node, Scalar | Items) else "",
        outcome=outcome,
        becomes=becomes,
        advice=field.advice,
    )
