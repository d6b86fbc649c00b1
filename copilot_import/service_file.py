"""`service.py`: its content for an imported service, a check that the app synthesises with it, and its replacement."""

import dataclasses
import difflib
import os
import posixpath
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from copilot_import.manifest import Manifest
from copilot_import.rules.container import build_folder
from deployment.errors import ActionableError
from microservice.spec import ServiceSpec

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "service.py"
_LINE_LENGTH = 120
_TIMEOUT_MINUTES = 5
# How the app begins the message about a value that a construct rejects.
_REJECTED = "✘ "
# How it begins the message about a stack that it leaves out, because its target rejects a value.
_LEFT_OUT = "⚠ "
# Left out where they have the default, although Copilot has a default of its own.
_RARELY_SET = {"architecture", "environment", "secrets", "trace_sampling_rate", "writable_paths"}

_FILE = '''\
"""{title}."""

{path}from microservice import {names}

{here}{spec}
{image}
# The image's own command. On Lambda, it also needs the Lambda Web Adapter.
LAMBDA_COMMAND: list[str] = []
# Empty: the app has no workflow.
CHECK_COMMAND: list[str] = []
FULFIL_COMMAND: list[str] = []
RECONCILE_COMMAND: list[str] = []


def health_command(spec: ServiceSpec) -> list[str]:  # noqa: ARG001
    """Return the health check of a spec without `health_command`: none, requests to `health_path` are enough."""
    return []
'''


@dataclasses.dataclass(frozen=True)
class ImageSource:
    """The image in `service.py`.

    Attributes:
        text: The assignment to `IMAGE`.
        kind: The class of the image.
        missing: Why that is not the image of the manifest, and the fix; empty if it is.
    """

    text: str
    kind: str = "SourceImage"
    missing: tuple[str, ...] = ()


def source(image: ImageSource, environment: str | None, spec: ServiceSpec, decided: Set[str]) -> str:
    """Return the content of `service.py`.

    Args:
        image: The image.
        environment: Environment for the title; None for no environment.
        spec: The service.
        decided: See `spec_source`.
    """
    where = f" (environment {environment})" if re.fullmatch(r"[\w-]{1,40}", environment or "", re.ASCII) else ""
    needs_path = "HERE" in image.text
    return _FILE.format(
        title=f"Service {spec.name}, imported from AWS Copilot{where}",
        path="from pathlib import Path\n\n" if needs_path else "",
        names=", ".join(sorted((image.kind, "ServiceSpec"))),
        here="HERE = Path(__file__).parent\n\n" if needs_path else "",
        spec=spec_source(spec, decided),
        image=image.text,
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
        elif isinstance(value, tuple | list):
            lines += _words(name, value)
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


def require_synthesis(app: Path, text: str, original: str, name: str) -> list[str]:
    """Synthesise the app with another content of `service.py`, without writing that file.

    Returns a sentence for each stack that the app leaves out, because its target does not support the service.

    Args:
        app: The app.
        text: The content.
        original: Name of the service in the manifest, for errors.
        name: Name of the service in the spec.

    Raises:
        ActionableError: No target supports the service, or the app fails.
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
    lines = [line.removeprefix(_LEFT_OUT) for line in ended.stderr.splitlines() if line.startswith(_LEFT_OUT)]
    return [with_original_name(line, original, name) for line in lines]


def with_original_name(cause: str, original: str, name: str) -> str:
    """Return a construct's error with the manifest's name of the service, where the import had to change it."""
    return cause.replace(f"service {name!r}", f"service {original!r}", 1)


def not_written(cause: str, fix: str) -> ActionableError:
    """Return the error for a file that stays as it is."""
    return ActionableError(f"{FILE_NAME} is unchanged", cause, fix)


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


def image_of(manifest: Manifest, project: Path, folder: Path | None = None) -> ImageSource:
    """Return the image of a manifest: its build context, or the digest of an image in ECR.

    Args:
        manifest: The manifest, with overrides applied.
        project: Folder of `service.py`.
        folder: Folder of the manifest: its build context is relative to a folder above. Default: none.
    """
    if not manifest.find("image", "build") and manifest.find("image", "location"):
        return _promoted(manifest.text("image", "location") or "")
    context, dockerfile = build_folder(manifest) if manifest.find("image", "build") else (".", "Dockerfile")
    for root in (project, *_workspace(folder)):
        directory = root / context
        if not context.startswith("/") and (root / dockerfile).is_file() and directory.is_dir():
            return ImageSource(_source_image(manifest, os.path.relpath(directory, project), context, dockerfile))
    lacks = (f"the image of the manifest is not here: there is no {dockerfile}", f"copy {context} into the project")
    return ImageSource(_SAMPLE, missing=lacks)


# The image that the project has, until it has that of the manifest.
_SAMPLE = """\
# The sample's image: copy your Dockerfile's folder here, and name it instead.
IMAGE = SourceImage(directory=HERE / "sample_service")
"""


def _workspace(folder: Path | None) -> list[Path]:
    """The root of Copilot's workspace, which build contexts are relative to: the parent of the folder `copilot`."""
    parents = [] if folder is None else list(folder.resolve().parents)
    return [parent for parent in parents if (parent / "copilot").is_dir()][:1]


def _promoted(location: str) -> ImageSource:
    found = re.fullmatch(
        r"\d{12}\.dkr\.ecr\.[\w.-]+\.amazonaws\.com(?:\.cn)?/([\w./-]+?)(?::[\w.-]+)?@(sha256:[0-9a-f]{64})", location
    )
    if found:
        repository, digest = found.groups()
        lines = [f"    repository_name={_literal(repository)},", f"    digest={_literal(digest)},"]
        return ImageSource("\n".join(["IMAGE = PromotedImage(", *lines, ")", ""]), "PromotedImage")
    lacks = (
        f"image.location {location} has no digest of an image in ECR",
        "copy the image to ECR, and write image.location: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST",
    )
    return ImageSource(_SAMPLE, missing=lacks)


def _source_image(manifest: Manifest, directory: str, context: str, dockerfile: str) -> str:
    here = "HERE" if directory == "." else f"HERE / {_literal(directory)}"
    file = posixpath.relpath(dockerfile, context)
    is_map = bool((build := manifest.find("image", "build")) and build.is_map)
    target = (manifest.text("image", "build", "target") or "") if is_map else ""
    arguments = manifest.section("image", "build", "args") if is_map else {}
    more = [f"    file={_literal(file)},"] if file != "Dockerfile" else []
    more += [f"    target={_literal(target)},"] if target else []
    values = [f"        {_literal(name)}: {_literal(str(node))}," for name, node in arguments.items()]
    more += ["    build_args={", *values, "    },"] if values else []
    if not more:
        return f"IMAGE = SourceImage(directory={here})\n"
    return "\n".join(["IMAGE = SourceImage(", f"    directory={here},", *more, ")", ""])


def _words(name: str, words: Sequence[object]) -> list[str]:
    """A field with a list of text, formatted as ruff does."""
    line = f"    {name}=[{', '.join(map(_literal, words))}],"
    if len(line) <= _LINE_LENGTH and not any(map(_noqa, map(str, words))):
        return [line]
    return [f"    {name}=[", *(_checked(f"        {_literal(word)},", str(word)) for word in words), "    ],"]


def _literal(value: object) -> str:
    """An ASCII literal with the quotes that ruff prefers: double, unless single quotes need fewer escapes."""
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    body = value.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def _checked(line: str, text: str) -> str:
    """The line, with a directive for each linter rule that a value of the manifest would break."""
    rules = _noqa(text)
    start_of_last_word = line.rfind(" ") + 1
    if len(line) > _LINE_LENGTH and not ("://" in line[start_of_last_word:] and start_of_last_word <= _LINE_LENGTH):
        rules = ["E501", *rules]
    return f"{line}  # noqa: {', '.join(rules)}" if rules else line


def _noqa(text: str) -> list[str]:
    """The linter rules that a text breaks anywhere."""
    if text == "0.0.0.0":  # noqa: S104
        return ["S104"]
    return ["S108"] if text.startswith(("/tmp", "/var/tmp", "/dev/shm")) else []  # noqa: S108
