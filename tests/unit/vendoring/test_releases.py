"""The releases: an archive for each section of the changelog, and how a copy finds its own."""

import subprocess
from pathlib import Path

import pytest

import microservice
from deployment.errors import ActionableError
from vendoring import changelog, releases
from vendoring.folder import RECORD, Identity, digest, identity, record, write_files


def test_every_released_section_of_the_changelog_has_an_archive() -> None:
    released = [one.version for one in changelog.sections() if one.version != changelog.UNRELEASED]
    assert [one.version for one in releases.releases()] == sorted(released)
    assert len(released) >= 2


def test_an_archive_contains_the_folder_of_its_version() -> None:
    for one in releases.releases():
        found = identity(one.files)
        assert found is not None
        assert found.version == one.version
        assert found.sha256 in ("", digest(one.files))


def test_the_folder_is_a_release_or_is_newer_than_every_release() -> None:
    released = {one.version: one for one in releases.releases()}
    here = releases.current()
    if here.version in released:
        assert digest(released[here.version].files) == digest(here.files), "a release does not change"
    else:
        assert microservice.__version__.endswith(".dev0")
        assert changelog.sections()[0].version == changelog.UNRELEASED


def test_a_release_cannot_be_written_again_with_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "ARCHIVES", tmp_path)
    first = releases.write_archive("1.0.0", {"a.py": b"1", "b/c.py": b"2"}).read_bytes()
    assert releases.write_archive("1.0.0", {"b/c.py": b"2", "a.py": b"1"}).read_bytes() == first
    with pytest.raises(ActionableError, match=r"1\.0\.0 is released already"):
        releases.write_archive("1.0.0", {"a.py": b"3"})


def test_a_copy_of_a_release_is_found_by_its_version() -> None:
    assert releases.find(Identity("0.1.0")).version == "0.1.0"


def test_a_copy_of_the_current_folder_is_found_by_its_hash() -> None:
    here = releases.current()
    assert releases.find(identity(here.files)).version == here.version


def test_a_copy_of_an_earlier_commit_is_found_in_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"__init__.py": b'__version__ = "0.3.0.dev0"\n', "spec.py": b"port = 8080\n"}
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run([*git, "init", "--quiet", tmp_path], check=True)
    for content in (files, {**files, "spec.py": b"port = 9090\n"}):
        write_files(tmp_path / "microservice", {**content, RECORD: record(content)})
        subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
        subprocess.run([*git, "commit", "--quiet", "--no-verify", "-m", "Change"], cwd=tmp_path, check=True)
    monkeypatch.setattr(releases, "ROOT", tmp_path)
    found = releases.find(Identity("0.3.0.dev0", digest(files)))
    assert found.version.startswith("0.3.0.dev0+")
    assert found.files["spec.py"] == b"port = 8080\n"


@pytest.mark.parametrize(
    ("wanted", "fix"),
    [
        (None, "--base 0.2.0"),
        (Identity("0.2.0", "0" * 64), "git fetch --unshallow"),
        (Identity("9.9.9"), "git fetch --unshallow"),
    ],
)
def test_an_unknown_copy_is_an_error_that_says_what_to_do(wanted: Identity | None, fix: str) -> None:
    with pytest.raises(ActionableError) as error:
        releases.find(wanted)
    assert fix in error.value.fix


def test_an_unknown_version_is_an_error() -> None:
    with pytest.raises(ActionableError, match=r"there is no release '9\.9\.9'") as error:
        releases.of_version("9.9.9")
    assert "0.1.0, 0.2.0" in error.value.cause
