"""The templates of a project, synthesised with its own app before and after an upgrade."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from vendoring.folder import Files, replace_folder

# Not copied with the project: history, output, and environments, which are linked instead.
_LEFT_OUT = (".git", "cdk.out*", "__pycache__", ".*_cache", "build", "dist")
_LINKED = (".venv", "venv", "node_modules")


def templates(
    project: Path, folder: Path, files: Files | None = None, *, app: str = ""
) -> dict[str, dict[str, object]]:
    """Return stack -> template of a project, synthesised in a temporary copy of it.

    Args:
        project: the folder with `cdk.json`.
        folder: the copied folder in it.
        files: files of the copied folder. Default: as they are.
        app: the app command. Default: `app` of `cdk.json`.

    Raises:
        ActionableError: the app does not synthesise.
    """
    command, context = _app(project, app)
    # Beside the project, so that paths such as `../service` lead to the same files.
    with tempfile.TemporaryDirectory(prefix=".vendoring-", dir=project.parent) as directory:
        copy, left_out = Path(directory), shutil.ignore_patterns(*_LEFT_OUT, *_LINKED)
        shutil.copytree(project, copy, ignore=left_out, symlinks=True, dirs_exist_ok=True)
        for name in _LINKED:
            if (project / name).exists():
                with suppress(OSError):
                    (copy / name).symlink_to((project / name).resolve(), target_is_directory=True)
        if files is not None:
            replace_folder(copy / folder.relative_to(project), files)
        _synthesise(command, context, copy)
        return read_assembly(copy / "cdk.out")


def read_assembly(path: Path) -> dict[str, dict[str, object]]:
    """Return stack -> template of a cloud assembly."""
    return {stack.name: json.loads(stack.template.read_text()) for stack in Assembly.load(path).stacks}


def project_of(folder: Path) -> Path:
    """Return the closest folder above a copied folder that contains `cdk.json`.

    Raises:
        ActionableError: there is none.
    """
    for parent in folder.resolve().parents:
        if (parent / "cdk.json").is_file():
            return parent
    raise ActionableError(
        f"there is no cdk.json above {folder}",
        "it tells how to synthesise your app",
        "pass --no-synth to merge without a preview",
    )


def _app(project: Path, app: str) -> tuple[str, Mapping[str, object]]:
    content = json.loads((project / "cdk.json").read_text())
    command = app or content.get("app", "")
    looked_up = project / "cdk.context.json"
    known = json.loads(looked_up.read_text()) if looked_up.is_file() else {}
    if not command:
        raise ActionableError(f"{project / 'cdk.json'} has no app", "it is the command of your app", "pass --app")
    return command, {**content.get("context", {}), **known}


def _synthesise(command: str, context: Mapping[str, object], project: Path) -> None:
    """Run an app in the way of the CDK CLI: its context and the output directory are environment variables."""
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(project / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps({**context, "aws:cdk:enable-path-metadata": True}),
        "CDK_VALIDATION": "false",
        # The project's environment, then the caller's, then this one.
        "PATH": os.pathsep.join(
            [*map(str, project.glob(".venv/[bS]*")), os.environ.get("PATH", ""), str(Path(sys.executable).parent)]
        ),
    }
    done = subprocess.run(  # noqa: S602 - the CDK CLI runs `app` in a shell, too
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, shell=True
    )
    if done.returncode or not (project / "cdk.out" / "manifest.json").is_file():
        lines = done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["no cloud assembly in cdk.out"]
        raise ActionableError(
            f"{shlex.quote(command)} does not synthesise the app", lines[-1], "run `cdk synth` in the project"
        )
