"""One finding for every field of a manifest: none is left out."""

from collections.abc import Iterator, Sequence

from comparison.copilot.fields import Taken
from comparison.copilot.findings import Finding, Outcome
from comparison.copilot.manifest import Manifest
from comparison.copilot.rules import RULES, Answer, matching
from comparison.copilot.tree import Items, Node, Path, Scalar, find, leaves, shown

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
        group = fitting[0] if fitting else path
        if group in done:
            continue
        done.add(group)
        rule = fitting[1] if fitting else _ignored(manifest, path)
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


def _ignored(manifest: Manifest, path: Path) -> Answer:
    """Copilot reads what it knows and says nothing of the rest."""
    known = [*RULES[manifest.kind.name], *_FROM_SPEC]
    alike = sorted({name for name in known if "*" not in name and name.split(".")[-1] == path[-1]})
    hint = f"is {' or '.join(alike)} meant?" if alike else "check its spelling and its level"
    return Answer(Outcome.UNKNOWN, "", f"no field of a {manifest.kind.name}: {hint}")


def _said(manifest: Manifest) -> Iterator[tuple[Path, Node]]:
    """Each leaf but the type, which chose the rules; a variable without a value counts, because Copilot sets it."""
    for path, node in leaves(manifest.tree):
        if path != ("type",) and path:
            yield path, node
    for name, node in manifest.fields("variables").fields.items() if manifest.kind.cpu else ():
        if isinstance(node, Scalar) and node.is_null:
            yield ("variables", name), node


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
