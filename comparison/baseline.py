"""The assemblies before and after a change: of a commit, a directory, or the working tree."""

import os
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment import cdk
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from deployment.manifest import FILE as MANIFEST

WORKING_TREE = "working tree"
_LOCK = "uv.lock"
_SHOWN_PACKAGES = 3
_SHORT = 7
# `git` in a hook has variables that name the repository of the hook.
_OF_GIT = "GIT_"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a change.

    Attributes:
        name: such as "main (1a2b3c4)", "../base/cdk.out" or "working tree".
        assembly: its cloud assembly.
    """

    name: str
    assembly: Assembly


@contextmanager
def both_sides(base: str, head: Path | None, repository: Path, *, stage: str = "") -> Iterator[tuple[Side, Side]]:
    """Yield the sides before and after a change; an assembly that is synthesised exists until the block ends.

    Args:
        base: a commit, branch or tag of the repository, or the directory of a cloud assembly.
        head: the directory of the cloud assembly after the change; None synthesises the working tree.
        repository: the repository.
        stage: construct path of a `cdk.Stage` of both. Default: the app itself, or its only stage.

    Raises:
        ActionableError: there is no such commit or assembly, the commit needs other dependencies, or an app does not
            synthesise.
    """
    # A name that is both a directory and a branch, such as `docs`, is an assembly only if it contains a manifest.
    is_directory = _is_assembly(Path(base))
    commit = "" if is_directory else _commit(base, repository)
    if commit:
        _require_same_dependencies(base, commit, repository)
    with tempfile.TemporaryDirectory(prefix="change-") as temporary, ThreadPoolExecutor() as pool:
        directory = Path(temporary).resolve()
        after = pool.submit(_head, head, directory / "head", repository)
        if is_directory:
            before, name = Path(base), base
        else:
            before, name = _synthesised(base, commit, directory, repository), f"{base} ({commit[:_SHORT]})"
        yield (
            Side(name=name, assembly=Assembly.load(before, stage)),
            Side(name=str(head or WORKING_TREE), assembly=Assembly.load(after.result(), stage)),
        )


def _is_assembly(path: Path) -> bool:
    try:
        return (path / MANIFEST).is_file()
    except OSError:  # Such as a name that is too long.
        return False


def _head(given: Path | None, output: Path, repository: Path) -> Path:
    if given:
        return given
    return cdk.synth(output, log=_log(repository, "head"), directory=repository).path


def _synthesised(base: str, commit: str, directory: Path, repository: Path) -> Path:
    """Synthesise a commit in a temporary worktree, in this environment."""
    log = _log(repository, "base")
    with _worktree(commit, directory / "worktree", repository) as checkout:
        try:
            return cdk.synth(directory / "base", log=log, directory=checkout).path
        except ActionableError as error:
            raise ActionableError(
                f"the app of {base} ({commit[:_SHORT]}) does not synthesise",
                error.cause,
                f"see {log}, or synthesise it in a checkout of its own and pass the directory of its cloud assembly",
            ) from None


@contextmanager
def _worktree(commit: str, path: Path, repository: Path) -> Iterator[Path]:
    """Check a commit out beside the working tree, which stays as it is."""
    # Hooks of a repository may install dependencies or start programs.
    done = _git(repository, "-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--detach", str(path), commit)
    if done.returncode:
        raise ActionableError(f"commit {commit[:_SHORT]} cannot be checked out", _error(done), "see `git worktree add`")
    try:
        yield path
    finally:
        _git(repository, "worktree", "remove", "--force", str(path))


def _commit(base: str, repository: Path) -> str:
    try:
        done = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    except FileNotFoundError:
        raise ActionableError(
            "git is not installed", "BASE is a commit", "install git, or pass the directory of a cloud assembly"
        ) from None
    if done.returncode:
        is_shallow = _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
        fetch = "git fetch --unshallow" if is_shallow else "git fetch origin"
        cause = _error(done) or f"there is no commit, branch or tag of that name, and no {base}/{MANIFEST}"
        raise ActionableError(f"unknown BASE {base!r}", cause, f"{fetch}, or pass the directory of a cloud assembly")
    return done.stdout.strip()


def _require_same_dependencies(base: str, commit: str, repository: Path) -> None:
    """Check that this environment is the one in which the commit was synthesised.

    Another version of `aws-cdk-lib` changes templates: the commit would get those of a version that it does not have.
    """
    shown = _git(repository, "show", f"{commit}:{_LOCK}")
    lock = repository / _LOCK
    if shown.returncode or not lock.is_file():
        return
    old, new = synthesis_packages(shown.stdout), synthesis_packages(lock.read_text())
    different = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if different:
        listed = ", ".join(
            f"{name} {old.get(name, 'missing')}, here {new.get(name, 'missing')}"
            for name in different[:_SHOWN_PACKAGES]
        )
        raise ActionableError(
            f"{base} ({commit[:_SHORT]}) needs other dependencies",
            f"its {_LOCK} has {listed}{' …' if len(different) > _SHOWN_PACKAGES else ''}",
            f"git worktree add ../base {commit[:_SHORT]} && make -C ../base synth ARGS='-c app_runner=true' && "
            "python -m comparison change ../base/cdk.out",
        )


def synthesis_packages(lock: str) -> Mapping[str, str]:
    """Return name -> version of the packages in the text of a `uv.lock` that the app itself needs to synthesise."""
    try:
        packages: dict[str, Any] = {one["name"]: one for one in tomllib.loads(lock)["package"]}
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return {}
    roots = [name for name, one in packages.items() if one.get("source", {}).get("virtual") == "."]
    found: dict[str, str] = {}
    waiting = [each["name"] for name in roots for each in packages[name].get("dependencies", [])]
    while waiting:
        name = waiting.pop()
        if name not in found and name in packages:
            found[name] = str(packages[name].get("version", ""))
            waiting += [each["name"] for each in packages[name].get("dependencies", [])]
    return found


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(_OF_GIT)}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603


def _error(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else ""


def _log(repository: Path, side: str) -> Path:
    return repository / "build" / "change" / f"{side}.log"
