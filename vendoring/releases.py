"""The releases of `microservice/`: one archive each in `releases/`, so that a clone without history and tags has them.

A folder that was copied between two releases is found in the history of this repository, by the hash in its record.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deployment.errors import ActionableError
from vendoring.folder import RECORD, Files, Identity, digest, read_folder

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "microservice"
ARCHIVES = ROOT / "releases"
_SUFFIX = ".tar.xz"


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        version: the version; that of a folder which was copied between two releases ends with the commit.
        archive: the archive, if it is a release.
    """

    version: str
    archive: Path | None = None
    unreleased: Files | None = None

    @cached_property
    def files(self) -> Files:
        """The files of the folder."""
        if self.unreleased is not None:
            return self.unreleased
        assert self.archive is not None  # noqa: S101 - one of both is set
        return _read_archive(self.archive.read_bytes())


def releases() -> Iterator[Release]:
    """Yield the releases, the oldest first."""
    found = [file.name.removesuffix(_SUFFIX) for file in ARCHIVES.glob(f"*{_SUFFIX}")]
    for version in sorted(found, key=lambda one: [int(part) for part in one.split(".")]):
        yield Release(version, ARCHIVES / f"{version}{_SUFFIX}")


def current() -> Release:
    """Return the folder of this checkout, which is newer than every release or is the latest one."""
    from microservice import __version__

    return Release(__version__, unreleased=read_folder(FOLDER))


def find(wanted: Identity | None) -> Release:
    """Return the release that a folder was copied from.

    Raises:
        ActionableError: it is unknown.
    """
    known = list(releases())
    versions = ", ".join(one.version for one in known)
    if wanted is None:
        raise ActionableError(
            "the folder has no version",
            f"it has neither {RECORD} nor __version__ in __init__.py: only some modules were copied",
            f"pass the release that you copied: --base {known[-1].version} (releases: {versions})",
        )
    released = next((one for one in known if one.version == wanted.version), None)
    if released and wanted.sha256 in ("", digest(released.files)):
        return released
    here = current()
    if wanted.sha256 and digest(here.files) == wanted.sha256:
        return here
    if wanted.sha256 and (found := _in_history(wanted)):
        return found
    raise ActionableError(
        f"version {wanted.version} of the folder is unknown",
        f"the releases are {versions}, and the history of this clone has no folder with that hash",
        "fetch the whole history with `git fetch --unshallow`, or pass the closest release: --base VERSION",
    )


def of_version(version: str) -> Release:
    """Return a release by its version.

    Raises:
        ActionableError: there is no such release.
    """
    known = {one.version: one for one in releases()}
    here = current()
    known.setdefault(here.version, here)
    if version not in known:
        raise ActionableError(f"there is no release {version!r}", f"allowed: {', '.join(known)}", "use one of these")
    return known[version]


def write_archive(version: str, files: Files) -> Path:
    """Write the archive of a release: the same bytes for the same files.

    Raises:
        ActionableError: the release exists with other files.
    """
    file = ARCHIVES / f"{version}{_SUFFIX}"
    if file.exists() and digest(_read_archive(file.read_bytes())) != digest(files):
        raise ActionableError(
            f"{version} is released already, with other files",
            "a release does not change: folders in other projects are compared with it",
            "choose the next version",
        )
    ARCHIVES.mkdir(exist_ok=True)
    with tarfile.open(file, "w:xz", preset=9) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file


def _read_archive(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {entry.name: _content(archive, entry) for entry in archive.getmembers() if entry.isfile()}


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(entry)
    return stream.read() if stream else b""


def _in_history(wanted: Identity) -> Release | None:
    """Return the folder of the commit that recorded a hash."""
    path = f"{FOLDER.name}/{RECORD}"
    commits = _git("log", "--format=%H", "--all", f"-S{wanted.sha256}", "--", path).decode().split()
    for commit in commits:
        content = _git("archive", "--format=tar", f"{commit}:{FOLDER.name}")
        files = _read_archive(content) if content else {}
        if digest(files) == wanted.sha256:
            return Release(f"{wanted.version}+{commit[:9]}", unreleased=files)
    return None


def _git(*arguments: str) -> bytes:
    """Return the output of git in this repository; empty without git or history."""
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        return b""
