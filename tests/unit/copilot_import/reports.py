"""Manifests for tests, and their reports."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from copilot_import.report import Report, report
from copilot_import.yaml_tree import parse
from deployment.errors import ActionableError

MANIFESTS = sorted((Path(__file__).parent / "manifests").glob("*.yml"))


def reported(
    text: str, environment: str | None = None, variables: Mapping[str, str] | None = None, **options: Any
) -> Report:
    return report("manifest.yml", parse(text.encode(), "manifest.yml"), environment, variables or {}, **options)


def service(kind: str = "Load Balanced Web Service", **fields: str) -> str:
    """A small manifest; each argument is YAML that adds or replaces a field."""
    fields_ = {"name": "shop", "type": kind, "image": "{build: Dockerfile, port: 8080}", "http": "{path: /}", **fields}
    return "\n".join(f"{name}: {value}" for name, value in fields_.items())


def rejection(action: Callable[[], object]) -> ActionableError | None:
    """Return the ActionableError that an action raises, or None. Other errors propagate."""
    try:
        action()
    except ActionableError as error:
        return error
    return None


def with_image(folder: Path) -> Path:
    """Add the image of the manifest to a folder."""
    (folder / "shop").mkdir()
    (folder / "shop" / "Dockerfile").write_text("FROM scratch\n")
    return folder
