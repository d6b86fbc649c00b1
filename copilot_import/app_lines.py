"""The lines of `app.py` that deploy a target: read there, written for another service."""

import ast
from collections.abc import Mapping
from pathlib import Path

APP = Path(__file__).resolve().parent.parent / "app.py"
_OWN = "OrdersOn"


def app_lines(name: str, app: Path = APP) -> Mapping[str, str]:
    """Return target -> the call that adds its stack, with the service's name instead of `Orders`.

    A stack of a target is called `OrdersOn` and the target's id in capitals: `OrdersOnEcsFargate` holds `ecs-fargate`.
    """
    source = app.read_text()
    lines: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        stack = _stack(node)
        if stack:
            segment = ast.get_source_segment(source, node) or ""
            lines[_target(stack)] = segment.replace(f'"{stack}"', f'"{_pascal(name)}On{stack.removeprefix(_OWN)}"')
    return lines


def _stack(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        stack = str(node.args[1].value)
        return stack if stack.startswith(_OWN) else ""
    return ""


def _target(stack: str) -> str:
    text = stack.removeprefix(_OWN)
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in text).removeprefix("-")


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
