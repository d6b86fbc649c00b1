"""`service.py`: its content for an imported service, and its replacement."""

import dataclasses
import difflib
import os
import re
import tempfile
from collections.abc import Set
from pathlib import Path

from copilot_import.image_source import ImageSource
from copilot_import.python_source import assignment
from copilot_import.stack_file import StackFile
from microservice.spec import ServiceSpec

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "service.py"
# Left out where they have the default, although Copilot has a default of its own.
_RARELY_SET = {"architecture", "environment", "secrets", "trace_sampling_rate", "writable_paths"}

_FILE = '''\
"""{title}."""

{path}from microservice import {names}
{imports}
{here}{spec}
{image}
{more}'''
_SERVICE = """\
# The image's own command. On Lambda, it also needs the Lambda Web Adapter.
LAMBDA_COMMAND: list[str] = []

# It needs neither the sample's table nor its API token.
USES_ORDERS_DATA = False
"""
_WORKLOAD = """\
# The only stack with this image, instead of those of the targets.
STACK = {stack}
"""


def title(name: str, environment: str | None) -> str:
    """Return the first line of the files that an import writes.

    Args:
        name: Name of the service.
        environment: Environment of Copilot; None for no environment.
    """
    where = f" (environment {environment})" if re.fullmatch(r"[\w-]{1,40}", environment or "", re.ASCII) else ""
    return f"Service {name}, imported from AWS Copilot{where}"


def source(image: ImageSource, title: str, spec: ServiceSpec, decided: Set[str], stack: StackFile | None = None) -> str:
    """Return the content of `service.py`.

    Args:
        image: The image.
        title: First line of the file.
        spec: The service.
        decided: See `spec_source`.
        stack: The stack of a worker, a job or a private service. Default: the stacks of the targets.
    """
    needs_path = "HERE" in image.text
    return _FILE.format(
        title=title,
        path="from pathlib import Path\n\n" if needs_path else "",
        names=", ".join(sorted((image.kind, "ServiceSpec"))),
        imports=f"from {stack.module} import {stack.class_name}\n" if stack else "",
        here="HERE = Path(__file__).parent\n\n" if needs_path else "",
        spec=spec_source(spec, decided),
        image=image.text,
        more=_WORKLOAD.format(stack=stack.class_name) if stack else _SERVICE,
    )


def spec_source(spec: ServiceSpec, decided: Set[str]) -> str:
    """Return `SPEC = ServiceSpec(...)`.

    Args:
        spec: The service.
        decided: Fields that Copilot decides; they are written even if they have the default of `ServiceSpec`.
    """
    values = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    defaults = ServiceSpec(name="any")
    omitted = {name: getattr(defaults, name) for name in values.keys() - (decided - _RARELY_SET)}
    return assignment(values, omitted | {"environment": {}, "secrets": {}})


def difference(file: Path, text: str) -> str:
    """Return the change of a file as a unified diff."""
    before = file.read_text().splitlines() if file.exists() else []
    return "\n".join(difflib.unified_diff(before, text.splitlines(), file.name, file.name, lineterm=""))


def replace(file: Path, text: str, like: Path) -> None:
    """Replace a file atomically, and keep its mode; a new file has the mode of `like`."""
    handle, name = tempfile.mkstemp(prefix=f".{file.stem}-", suffix=".py", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as written:
            written.write(text)
        temporary.chmod((file if file.exists() else like).stat().st_mode & 0o666)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
