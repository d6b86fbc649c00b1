"""`service.py`: its content for an imported service, a check that the app synthesises with it, and its replacement."""

import dataclasses
import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Set
from pathlib import Path

from copilot_import.manifest import Manifest
from copilot_import.rules.container import build_folder, health_check_command
from deployment.errors import ActionableError
from microservice.spec import ServiceSpec

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "service.py"
_LINE_LENGTH = 120
_TIMEOUT_MINUTES = 5
# How the app begins the message about a value that a construct rejects.
_REJECTED = "✘ "
# Left out where they have the default, although Copilot has a default of its own.
_RARELY_SET = {"architecture", "environment", "trace_sampling_rate"}

_FILE = '''\
"""{title}."""

from pathlib import Path

from microservice import ServiceSpec, SourceImage

HERE = Path(__file__).parent

{spec}
{image}
# The image's own command. On Lambda, it also needs the Lambda Web Adapter.
LAMBDA_COMMAND: list[str] = []
# Empty: the app has no workflow.
CHECK_COMMAND: list[str] = []
FULFIL_COMMAND: list[str] = []
RECONCILE_COMMAND: list[str] = []


{health_command}'''
_HEALTH_COMMAND = '''\
def health_command(spec: ServiceSpec) -> list[str]:{unused}
    """Return the command that exits with 0 while the container is healthy."""
    return {command}
'''
_SAMPLE_IMAGE = "# The sample's image: copy your Dockerfile's folder here, and name it instead."
# A manifest without a container health check still needs one here: ECS, Beanstalk and EC2 targets require it.
_HTTP_CHECK = '''\
def health_command(spec: ServiceSpec) -> list[str]:
    """Return the command that exits with 0 while the container is healthy.

    The image must contain a shell, and curl or wget. If it does not, return
    another command.
    """
    url = f"http://127.0.0.1:{spec.port}{spec.health_path}"
    script = f"curl -fsS -o /dev/null {url} || wget -q -O /dev/null {url}"
    return ["sh", "-c", script]
'''


def source(
    manifest: Manifest, environment: str | None, spec: ServiceSpec, decided: Set[str], project: Path = PROJECT
) -> str:
    """Return the content of `service.py`.

    Args:
        manifest: The manifest, with overrides applied.
        environment: Environment for the title; None for no environment.
        spec: The service.
        decided: See `spec_source`.
        project: Folder of the file. The image is the manifest's build context if that lies in this folder.
    """
    command = health_check_command(manifest)
    where = f" (environment {environment})" if re.fullmatch(r"[\w-]{1,40}", environment or "", re.ASCII) else ""
    return _FILE.format(
        title=f"Service {spec.name}, imported from AWS Copilot{where}",
        spec=spec_source(spec, decided),
        image=_image(manifest, project),
        health_command=_HTTP_CHECK
        if not command
        else _HEALTH_COMMAND.format(unused="  # noqa: ARG001", command=_list(command, indent=4)),
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
    return assignment(values, omitted | {"environment": {}})


def assignment(values: Mapping[str, object], defaults: Mapping[str, object]) -> str:
    """Return `SPEC = ServiceSpec(...)` without the values that equal `defaults`, formatted as ruff does."""
    lines = ["SPEC = ServiceSpec("]
    for name, value in values.items():
        if name in defaults and value == defaults[name]:
            continue
        if isinstance(value, Mapping):
            entries = [
                _checked(f"        {_literal(key)}: {_literal(text)},", str(text)) for key, text in value.items()
            ]
            lines += [f"    {name}={{", *entries, "    },"] if entries else []
        else:
            lines.append(f"    {name}={_literal(value)},")
    return "\n".join([*lines, ")", ""])


def difference(service: Path, text: str) -> str:
    """Return the change of a file as a unified diff."""
    before = service.read_text().splitlines() if service.exists() else []
    return "\n".join(difflib.unified_diff(before, text.splitlines(), service.name, service.name, lineterm=""))


def replace(service: Path, text: str) -> None:
    """Replace a file atomically, and keep its mode."""
    handle, name = tempfile.mkstemp(prefix=f".{service.stem}-", suffix=".py", dir=service.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        temporary.chmod((service if service.exists() else service.with_name("app.py")).stat().st_mode & 0o666)
        temporary.replace(service)
    finally:
        temporary.unlink(missing_ok=True)


# The file that is not written yet takes the place of the module `service`.
_SYNTHESIZE = """
import runpy, sys, types
_, path, app = sys.argv
module = types.ModuleType("service")
module.__file__ = path
exec(compile(sys.stdin.read(), path, "exec"), module.__dict__)
sys.modules["service"] = module
runpy.run_path(app, run_name="__main__")
"""


def require_synthesis(app: Path, text: str, original: str, name: str) -> None:
    """Synthesise the app with another content of `service.py`, without writing that file.

    Args:
        app: The app.
        text: The content.
        original: Name of the service in the manifest, for errors.
        name: Name of the service in the spec.

    Raises:
        ActionableError: A construct rejects the service, or the app fails.
    """
    service = app.with_name(FILE_NAME)
    with tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {"CDK_OUTDIR": directory, "CDK_VALIDATION": "false"}
        try:
            ended = subprocess.run(  # noqa: S603 - your own app
                [sys.executable, "-c", _SYNTHESIZE, str(service), app.name],
                cwd=app.parent,
                env=environment,
                input=text,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_MINUTES * 60,
                check=False,
            )
        except subprocess.TimeoutExpired:
            cause = f"the app did not finish within {_TIMEOUT_MINUTES} minutes"
            raise not_written(cause, "run python app.py to find the reason") from None
    if ended.returncode:
        error = _last_error(ended.stderr)
        cause = with_original_name(error.removeprefix(_REJECTED), original, name)
        raise not_written(f"the app does not synthesise: {cause}", _fix(error))


def with_original_name(cause: str, original: str, name: str) -> str:
    """Return a construct's error with the manifest's name of the service, where the import had to change it."""
    return cause.replace(f"service {name!r}", f"service {original!r}", 1)


def not_written(cause: str, fix: str) -> ActionableError:
    """Return the error for a file that stays as it is."""
    return ActionableError(f"{FILE_NAME} is unchanged", cause, fix)


def _fix(error: str) -> str:
    if error.startswith(_REJECTED):
        return "change the manifest, or remove that target's line from app.py first"
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


def _image(manifest: Manifest, project: Path) -> str:
    folder, _ = build_folder(manifest) if manifest.find("image", "build") else ("", "")
    if folder and not folder.startswith(("/", "..")) and (project / folder / "Dockerfile").is_file():
        directory = "HERE" if folder == "." else f"HERE / {_literal(folder)}"
        arguments = manifest.section("image", "build", "args") if manifest.find("image", "build", "args") else {}
        values = [f"        {_literal(name)}: {_literal(str(node))}," for name, node in arguments.items()]
        if not values:
            return f"IMAGE = SourceImage(directory={directory})\n"
        return "\n".join(
            ["IMAGE = SourceImage(", f"    directory={directory},", "    build_args={", *values, "    },", ")", ""]
        )
    return f'{_SAMPLE_IMAGE}\nIMAGE = SourceImage(directory=HERE / "sample_service")\n'


def _list(words: list[str], indent: int) -> str:
    """A list of text, formatted as ruff does."""
    line = f"[{', '.join(map(_literal, words))}]"
    if indent + len("return ") + len(line) <= _LINE_LENGTH:
        return line
    blank = " " * indent
    return "\n".join(["[", *(_checked(f"{blank}    {_literal(word)},", word) for word in words), f"{blank}]"])


def _literal(value: object) -> str:
    """An ASCII literal with the quotes that ruff prefers: double, unless single quotes need fewer escapes."""
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    body = value.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def _checked(line: str, text: str) -> str:
    """The line, with a directive for each linter rule that a value of the manifest would break."""
    rules = []
    start_of_last_word = line.rfind(" ") + 1
    if len(line) > _LINE_LENGTH and not ("://" in line[start_of_last_word:] and start_of_last_word <= _LINE_LENGTH):
        rules.append("E501")
    if text == "0.0.0.0":  # noqa: S104
        rules.append("S104")
    if text.startswith(("/tmp", "/var/tmp", "/dev/shm")):  # noqa: S108
        rules.append("S108")
    return f"{line}  # noqa: {', '.join(rules)}" if rules else line
