"""A new project of each target synthesises and passes its own tests, in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import TARGETS, target_id
from vendoring.folder import RECORD, digest, identity, read_folder
from vendoring.project import create, targets
from vendoring.releases import FOLDER

ALL = sorted(filter(None, map(target_id, TARGETS)))


def test_every_target_has_a_project() -> None:
    assert sorted(targets()) == ALL


@pytest.mark.parametrize("target", ALL)
def test_a_project_has_a_copy_of_the_folder_and_no_placeholder(target: str, tmp_path: Path) -> None:
    directory = tmp_path / "my-service"
    lines = list(create(directory, target))
    assert lines[-2:] == [f"next  cd {directory}", "      python app.py && pytest"]
    files = read_folder(directory / FOLDER.name)
    found = identity(files)
    assert RECORD in files
    assert found is not None
    assert found.sha256 == digest(files) == digest(read_folder(FOLDER))
    for file in directory.iterdir():
        if file.is_file():
            assert "$name" not in file.read_text()
            assert all(line == line.rstrip() for line in file.read_text().splitlines()), file


@pytest.mark.slow
@pytest.mark.parametrize("target", ALL)
def test_a_project_synthesises_and_passes_its_tests(target: str, tmp_path: Path) -> None:
    directory = tmp_path / "my-service"
    list(create(directory, target))
    environment = {"PATH": os.environ["PATH"], "CDK_VALIDATION": "false"}
    for command in (["app.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (directory / "cdk.out" / "MyService.template.json").is_file()


@pytest.mark.slow
def test_the_sources_of_a_project_pass_the_linters(tmp_path: Path) -> None:
    for target in ALL:
        list(create(tmp_path / target, target))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select=E,F",
        "--line-length",
        "120",
        "--exclude",
        "microservice",
    ]
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--diff"]
    done = subprocess.run(
        [*command, "--exclude", "microservice", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
