"""A check that the app synthesises with files that are not written yet."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from deployment.errors import ActionableError

_TIMEOUT_MINUTES = 5
# How the app begins the message about a value that a construct rejects.
_REJECTED = "✘ "
# How it begins the message about a stack that it leaves out, because its target rejects a value.
_LEFT_OUT = "⚠ "

# The files take the place of the modules that they will be.
_SYNTHESIZE = """
import importlib.util, json, runpy, sys
sources = json.load(sys.stdin)
class Unwritten:
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self, origin=sources[name][0]) if name in sources else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.__file__, text = sources[module.__name__]
        exec(compile(text, module.__file__, "exec"), module.__dict__)
sys.meta_path.insert(0, Unwritten())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def require_synthesis(app: Path, files: Mapping[str, str], *, stack: str, original: str, name: str) -> list[str]:
    """Synthesise the app with other contents of files, without writing them.

    Returns a sentence for each stack that the app leaves out, because its target does not support the service.

    Args:
        app: The app.
        files: Path of a Python file, relative to the folder of the app -> its content.
        stack: Name of a stack that the app must have; "" for any.
        original: Name of the service in the manifest, for errors.
        name: Name of the service in the spec.

    Raises:
        ActionableError: No target supports the service, or the app fails, or does not have the stack.
    """
    sources = {
        path.removesuffix(".py").replace("/", "."): (str(app.parent / path), text) for path, text in files.items()
    }
    with tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {"CDK_OUTDIR": directory, "CDK_VALIDATION": "false"}
        try:
            ended = subprocess.run(  # noqa: S603 - your own app
                [sys.executable, "-c", _SYNTHESIZE, app.name],
                cwd=app.parent,
                env=environment,
                input=json.dumps(sources),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_MINUTES * 60,
                check=False,
            )
        except subprocess.TimeoutExpired:
            cause = f"the app did not finish within {_TIMEOUT_MINUTES} minutes"
            raise not_written(cause, "run python app.py to find the reason") from None
        has_stack = any(Path(directory).glob(f"*{stack}.template.json"))
    if ended.returncode:
        error = _last_error(ended.stderr)
        cause = with_original_name(error.removeprefix(_REJECTED), original, name)
        raise not_written(f"the app does not synthesise: {cause}", _fix(error))
    if stack and not has_stack:
        raise not_written(
            f"{app.name} does not add the stack {stack}: it does not read STACK of service.py",
            f"copy the lines about STACK from this project's {app.name}",
        )
    lines = [line.removeprefix(_LEFT_OUT) for line in ended.stderr.splitlines() if line.startswith(_LEFT_OUT)]
    return [with_original_name(line, original, name) for line in lines]


def with_original_name(cause: str, original: str, name: str) -> str:
    """Return a construct's error with the manifest's name of the service, where the import had to change it."""
    return cause.replace(f"service {name!r}", f"service {original!r}", 1)


def not_written(cause: str, fix: str) -> ActionableError:
    """Return the error for a file that stays as it is."""
    return ActionableError("service.py is unchanged", cause, fix)


def _fix(error: str) -> str:
    if error.startswith(_REJECTED):
        return "change the manifest"
    if error.startswith(("ModuleNotFoundError", "ImportError")):
        return (
            "pass this project's app.py with --app, beside its microservice/ and stacks/, with its packages installed"
        )
    return "run python app.py: if it fails without the import, too, correct it; otherwise change the manifest"


def _last_error(stderr: str) -> str:
    """The app's message, or the last error of a stack trace, on one line."""
    lines = stderr.rstrip().splitlines()
    begins = [line.startswith(_REJECTED) or (line[:1].strip() and "Error" in line.split(":")[0]) for line in lines]
    start = max((at for at, begin in enumerate(begins) if begin), default=-1)
    return " ".join(" ".join(lines[start:]).split())
