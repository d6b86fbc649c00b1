"""Reports of manifests that tests write down."""

from collections.abc import Callable, Mapping
from pathlib import Path

from copilot_import.reading import parse
from copilot_import.report import Report, report
from deployment.errors import ActionableError

MANIFESTS = sorted((Path(__file__).parent / "manifests").glob("*.yml"))


def reported(text: str, environment: str | None = None, variables: Mapping[str, str] | None = None) -> Report:
    return report("manifest.yml", parse(text.encode(), "manifest.yml"), environment, variables or {})


def service(kind: str = "Load Balanced Web Service", **fields: str) -> str:
    """A small manifest; each field is written as YAML, and replaces one that it has."""
    written = {"name": "shop", "type": kind, "image": "{build: Dockerfile, port: 8080}", "http": "{path: /}", **fields}
    return "\n".join(f"{name}: {value}" for name, value in written.items())


def refusal(action: Callable[[], object]) -> ActionableError | None:
    """How an action was refused; None where it was not. Any other error passes."""
    try:
        action()
    except ActionableError as error:
        return error
    return None
