"""Synthesis writes the same bytes in another folder, with another hash seed, and without bytecode files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Synthesised

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of a copy of the app, which another process synthesises with validation."""
    copy = tmp_path_factory.mktemp("another folder")
    for folder in ("microservice", "stacks", "sample_service"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "service.py", "cdk.json"):
        shutil.copy(ROOT / file, copy)
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    environment["PYTHONHASHSEED"] = "4711"
    command = [sys.executable, "app.py"]
    finished = subprocess.run(command, env=environment, cwd=copy, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    return copy / "cdk.out"


def test_templates_and_assets_are_the_same_bytes(synthesised: Synthesised, elsewhere: Path) -> None:
    here = {file.name: file.read_bytes() for file in synthesised.directory.glob("*.template.json")}
    here |= {file.name: file.read_bytes() for file in synthesised.directory.glob("*.assets.json")}
    assert len(here) > 10
    assert here == {name: (elsewhere / name).read_bytes() for name in here}


def test_files_of_assets_are_the_same_bytes(synthesised: Synthesised, elsewhere: Path) -> None:
    assets = [file.relative_to(synthesised.directory) for file in synthesised.directory.glob("asset.*/**/*")]
    files = [name for name in assets if (synthesised.directory / name).is_file()]
    assert "docker-compose.yml" in {name.name for name in files}
    for name in files:
        assert (elsewhere / name).read_bytes() == (synthesised.directory / name).read_bytes(), name


def test_the_assembly_contains_no_local_path(synthesised: Synthesised) -> None:
    for file in [*synthesised.directory.glob("*.template.json"), *synthesised.directory.glob("*.assets.json")]:
        text = file.read_text()
        assert str(ROOT) not in text
        assert str(synthesised.directory) not in text
        assert str(Path.home()) not in text


def test_generated_files_are_not_in_the_image(synthesised: Synthesised) -> None:
    sources = [file for file in synthesised.directory.glob("asset.*/**/*") if "orders" in file.parts]
    assert sources
    assert not [file for file in sources if "__pycache__" in file.parts or file.name.startswith(".")]
