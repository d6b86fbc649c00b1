"""The change that makes `app.py` deploy an imported service: its spec in a file of its own, one line of the app."""

import ast
import difflib
from dataclasses import dataclass
from pathlib import Path

from copilot_import.report import Report, unset
from deployment.errors import ActionableError

MODULE = "service"
_EXPECTED = 'SPEC = ServiceSpec(name="orders")'
_INSTEAD = f"from {MODULE} import SPEC\n"


@dataclass(frozen=True, kw_only=True)
class AppChange:
    """What is written where.

    Attributes:
        app: the file with the list of stacks.
        app_text: its new text.
        service: the new file beside it.
        service_text: what that holds: the spec.
        received: what the manifest calls the service.
        made: what the spec calls it.
    """

    app: Path
    app_text: str
    service: Path
    service_text: str
    received: str
    made: str


def app_change(app: Path, report: Report) -> AppChange:
    """Return the change that imports a report's spec where the sample's stands, which it has to do once.

    Raises:
        ActionableError: no target runs the service, a variable of it is not set, or the files are not as expected.
    """
    if not report.targets:
        raise refusal(app, f"no target runs {report.name}", report.otherwise)
    lost = {name: lines for name, lines in report.missing.items() if f"${{{name}}}" in report.source}
    if lost:
        raise refusal(app, f"the service would hold {', '.join(f'${{{name}}}' for name in lost)}", unset(lost)[0])
    text, service = _read(app), app.with_name(f"{MODULE}.py")
    found = _sample(app, text)
    if service.exists():
        raise refusal(app, f"{service.name} is there already, and would be lost", f"move {service} away")
    lines = text.splitlines(keepends=True)
    return AppChange(
        app=app,
        app_text="".join([*lines[: found.lineno - 1], _INSTEAD, *lines[found.end_lineno :]]),
        service=service,
        service_text=_service(report),
        received=report.name,
        made=report.spec["name"] if report.spec else report.name,
    )


def difference(change: AppChange) -> str:
    """Return the change as `diff -u` says it."""
    new = difflib.unified_diff([], change.service_text.splitlines(), "/dev/null", change.service.name, lineterm="")
    before, after = _read(change.app).splitlines(), change.app_text.splitlines()
    return "\n".join([*new, *difflib.unified_diff(before, after, change.app.name, change.app.name, lineterm="")])


def refusal(app: Path, cause: str, fix: str) -> ActionableError:
    """Return the error of a change that is not made."""
    return ActionableError(f"{app.name} is left as it is", cause, fix)


def _service(report: Report) -> str:
    where = f", for environment {report.environment}" if report.environment else ""
    head = f'"""The service {report.name}, as Copilot\'s manifest had it{where}."""'
    return f"{head}\n\nfrom microservice import ServiceSpec\n\n{report.source}"


def _sample(app: Path, text: str) -> ast.stmt:
    """The one statement at the top level that says what SPEC is, if it is the sample's."""
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise refusal(app, f"line {error.lineno} is no Python: {error.msg}", "mend it") from None
    found = [statement for statement in body if "SPEC" in _names(statement)]
    if len(found) != 1:
        raise refusal(app, f"it says {len(found)} times what SPEC is; allowed: once, {_EXPECTED}", "put that line back")
    if ast.dump(found[0]) == ast.dump(ast.parse(_INSTEAD).body[0]):
        raise refusal(
            app, f"line {found[0].lineno} imports a service already", f"edit {MODULE}.py, or put back {_EXPECTED}"
        )
    if ast.dump(found[0]) != ast.dump(ast.parse(_EXPECTED).body[0]):
        cause = f"line {found[0].lineno} has a service of its own; allowed: {_EXPECTED}"
        raise refusal(app, cause, "put that line back, or write the printed one yourself")
    return found[0]


def _names(statement: ast.stmt) -> set[str]:
    """What a statement at the top level binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _read(app: Path) -> str:
    try:
        return app.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(app, str(error), "give the app.py of this project") from None
