"""The copied folder: its record, its hash, and its replacement as a whole."""

from pathlib import Path

import pytest

import microservice
from deployment.errors import ActionableError
from vendoring import folder, releases
from vendoring.folder import RECORD, Identity, digest, identity, read_folder, record, replace_folder

FILES = {"__init__.py": b'__version__ = "0.2.0"\n', "ecs/fargate.py": b"a = 1\nb = 2\n"}


def test_the_record_of_the_folder_is_current() -> None:
    """If it is not: `python -m vendoring record`."""
    files = read_folder(releases.FOLDER)
    assert files[RECORD] == record(files)
    assert identity(files) == Identity(microservice.__version__, digest(files))


def test_the_hash_depends_on_names_and_contents_and_not_on_line_endings_or_the_record() -> None:
    windows = {name: content.replace(b"\n", b"\r\n") for name, content in FILES.items()}
    assert digest(FILES) == digest(windows) == digest({**FILES, RECORD: b"{}"})
    assert digest(FILES) != digest({**FILES, "ecs/fargate.py": b"a = 1\n"})
    assert digest(FILES) != digest({"__init__.py": FILES["__init__.py"], "ecs/other.py": FILES["ecs/fargate.py"]})


def test_a_folder_without_a_record_has_the_version_of_its_module() -> None:
    assert identity(FILES) == Identity("0.2.0")
    assert identity({"fargate.py": b""}) is None


def test_generated_files_are_no_files_of_the_folder(tmp_path: Path) -> None:
    folder.write_files(tmp_path, {**FILES, "__pycache__/a.pyc": b"", "ecs/__pycache__/b.pyc": b""})
    assert read_folder(tmp_path) == FILES


@pytest.mark.parametrize("content", [b"{", b"{}", b"[]"])
def test_a_broken_record_is_an_error(content: bytes) -> None:
    with pytest.raises(ActionableError, match=r"release\.json of the folder is not valid"):
        identity({RECORD: content})


def test_a_folder_without_modules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match="is not a copy of microservice/"):
        read_folder(tmp_path)


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "microservice"
    folder.write_files(path, {**FILES, "old.py": b""})
    replace_folder(path, {**FILES, "new.py": b""})
    assert read_folder(path) == {**FILES, "new.py": b""}
    assert [one.name for one in tmp_path.iterdir()] == ["microservice"]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, rename = tmp_path / "microservice", Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no space left")
        return rename(self, target)

    folder.write_files(path, FILES)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="no space left"):
        replace_folder(path, {"other.py": b""})
    assert read_folder(path) == FILES
    assert [one.name for one in tmp_path.iterdir()] == ["microservice"]
