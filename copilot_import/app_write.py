"""Writing a change of `app.py`: first it has to synthesise, then each file is there whole or not at all."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from copilot_import.app_change import AppChange, refusal
from copilot_import.report import as_received

_MINUTES = 5
_REFUSED = "ValueError: "


def write(change: AppChange) -> None:
    """Make the change, once the app has synthesised with it.

    Raises:
        ActionableError: a target's construct refuses the service, or the app fails; both files are as they were.
    """
    with _beside(change.app, change.app_text) as tried, tempfile.TemporaryDirectory() as elsewhere:
        (Path(elsewhere) / change.service.name).write_text(change.service_text)
        _refuse_what_fails(change, tried, Path(elsewhere))
        with _beside(change.service, change.service_text) as service:
            tried.chmod(change.app.stat().st_mode & 0o777)
            service.chmod(change.app.stat().st_mode & 0o666)
            # In this order: an app that imports what is not there never stands.
            service.replace(change.service)
            tried.replace(change.app)


@contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """A file with the text in the same folder, so that it can take a name there at once; gone if it does not."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".py", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        yield made
    finally:
        made.unlink(missing_ok=True)


def _refuse_what_fails(change: AppChange, tried: Path, elsewhere: Path) -> None:
    """Run the app as it would be; the service's file lies elsewhere until then."""
    app = change.app
    path = os.pathsep.join(filter(None, [str(elsewhere), os.environ.get("PYTHONPATH")]))
    environment = {"CDK_OUTDIR": str(elsewhere / "cdk.out"), "CDK_VALIDATION": "false", "PYTHONPATH": path}
    try:
        ended = subprocess.run(  # noqa: S603 - the reader's own app
            [sys.executable, tried.name],
            cwd=app.parent,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=_MINUTES * 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refusal(app, f"the app did not end within {_MINUTES} minutes", "python app.py, and see why") from None
    if ended.returncode:
        error = as_received(_last_error(ended.stderr), change.received, change.made)
        raise refusal(app, f"the app would not synthesise: {error.removeprefix(_REFUSED)}", _cure(error))


def _cure(error: str) -> str:
    """A construct refuses a value with ValueError; a module that is missing is wrong with the app, not the service."""
    if error.startswith(_REFUSED):
        return "mend the manifest, or leave out that target's line first"
    if error.startswith(("ModuleNotFoundError: ", "ImportError: ")):
        return (
            "give --app the app.py of this project, beside its microservice/ and stacks/, with its packages installed"
        )
    return "python app.py: if it fails without the change, too, mend it; if it does not, mend the manifest"


def _last_error(stderr: str) -> str:
    """What a trace ends with, without the trace."""
    lines = stderr.rstrip().splitlines()
    start = max((at for at, line in enumerate(lines) if line[:1].strip() and "Error" in line.split(":")[0]), default=-1)
    return " ".join(" ".join(lines[start:]).split())
