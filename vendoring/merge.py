"""The merge of three folders by git: the release that was copied, the new release, and the edited folder."""

import ast
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from deployment.errors import ActionableError
from vendoring.folder import Files, read_folder, write_files

# Names in conflict markers.
MINE, THEIRS = "yours", "release"
_SETTINGS = (
    *("-c", "user.name=vendoring", "-c", "user.email=vendoring@localhost", "-c", "core.autocrlf=false"),
    *("-c", "commit.gpgSign=false", "-c", "merge.conflictStyle=diff3", "-c", "merge.renameLimit=9999"),
    *("-c", "core.hooksPath=/dev/null", "-c", "core.attributesFile=/dev/null", "-c", "advice.mergeConflict=false"),
)
# Two letters of `git status` -> kind of conflict (https://git-scm.com/docs/git-status).
_CONFLICTS: Mapping[str, str] = {
    "UU": "both changed the same lines",
    "AA": "both added the file",
    "DU": "you deleted or moved it, the release changed it",
    "UD": "you changed it, the release deleted or moved it",
    "AU": "you added or moved it, the release did, too",
    "UA": "the release added or moved it, you did, too",
    "DD": "both moved it, to different names",
}


@dataclass(frozen=True)
class Merge:
    """The merged folder.

    Attributes:
        files: the files; those with conflicts have markers.
        conflicts: path -> kind of conflict.
    """

    files: Files
    conflicts: Mapping[str, str] = field(default_factory=dict)


def merge(*, base: Files, theirs: Files, mine: Files) -> Merge:
    """Merge three folders; a file that was moved in one of them keeps the changes of the other.

    A file of the release that was not copied, or was deleted, stays left out, unless a file that was copied imports it
    in the new release.

    Raises:
        ActionableError: git is not installed, or failed.
    """
    left_out = base.keys() - mine.keys()
    base = {name: content for name, content in base.items() if name not in left_out}
    theirs = _needed(theirs, left_out) if left_out else theirs
    with tempfile.TemporaryDirectory(prefix="vendoring-") as directory:
        path = Path(directory)
        _git(path, "init", "--quiet", "--initial-branch=base")
        _commit(path, base)
        _git(path, "checkout", "--quiet", "-b", THEIRS)
        _commit(path, theirs)
        _git(path, "checkout", "--quiet", "-b", MINE, "base")
        _commit(path, mine)
        # The exit status is 1 with conflicts, as with other problems: the state below tells.
        _git(path, "merge", "--quiet", "--no-commit", "--no-ff", "-X", "find-renames=40%", THEIRS, check=False)
        state = _git(path, "status", "--porcelain", "-z", "--no-renames").split("\0")
        found = {line[3:]: _CONFLICTS[line[:2]] for line in state if line[:2] in _CONFLICTS}
        files = {name: content for name, content in read_folder(path).items() if not name.startswith(".git/")}
    return Merge(files, found)


def _needed(files: Files, left_out: Set[str]) -> Files:
    """Return the files without those that are left out, and with all that the remaining ones import."""
    needed: dict[str, bytes] = {}
    waiting = [name for name in files if name not in left_out]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = files[name]
            waiting += [found for found in _imported(name, files[name]) if found in files]
    # The names in the module of the whole folder are loaded on first use.
    return {name: content for name, content in needed.items() if name != "__init__.py" or name not in left_out}


def _imported(name: str, content: bytes) -> Iterator[str]:
    """Yield the paths in the folder that the relative imports of a module can stand for."""
    if not name.endswith(".py") or name == "__init__.py":
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = PurePosixPath(name).parents[node.level - 1]
            module = package.joinpath(*(node.module or "").split("."))
            for path in (module, *(module / alias.name for alias in node.names)):
                yield f"{path}.py"
                yield str(path / "__init__.py")


def _commit(path: Path, files: Files) -> None:
    """Commit these files and no others."""
    _git(path, "rm", "--quiet", "-r", "--force", "--ignore-unmatch", ".")
    # Line endings of Windows would make every line differ.
    write_files(path, {name: content.replace(b"\r\n", b"\n") for name, content in files.items()})
    _git(path, "add", "--all", "--force")
    _git(path, "commit", "--quiet", "--allow-empty", "--no-verify", "--message=files")


def _git(path: Path, *arguments: str, check: bool = True) -> str:
    # Settings and repositories of the caller, as in a hook, must not reach the temporary one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *_SETTINGS, *arguments]
    try:
        done = subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, check=check)  # noqa: S603
    except FileNotFoundError as error:
        raise ActionableError("git is not installed", "it merges the files", "install git") from error
    except subprocess.CalledProcessError as error:
        raise ActionableError(f"git {arguments[0]} failed", error.stderr.strip()) from error
    return done.stdout
