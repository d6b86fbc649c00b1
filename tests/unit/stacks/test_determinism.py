"""The same bytes on every machine: from another folder, with other hash seeds, without byte code beside the sources."""

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
    """`cdk.out` of a copy of this project, with the gate on, written by a process of its own without complaints."""
    copy = tmp_path_factory.mktemp("another machine")
    for folder in ("microservice", "stacks", "sample_service"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "cdk.json"):
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


def test_what_lies_behind_assets_is_the_same_bytes(synthesised: Synthesised, elsewhere: Path) -> None:
    assets = [file.relative_to(synthesised.directory) for file in synthesised.directory.glob("asset.*/**/*")]
    files = [name for name in assets if (synthesised.directory / name).is_file()]
    assert "docker-compose.yml" in {name.name for name in files}
    for name in files:
        assert (elsewhere / name).read_bytes() == (synthesised.directory / name).read_bytes(), name


def test_no_path_of_this_machine_is_written(synthesised: Synthesised) -> None:
    for file in [*synthesised.directory.glob("*.template.json"), *synthesised.directory.glob("*.assets.json")]:
        text = file.read_text()
        assert str(ROOT) not in text
        assert str(synthesised.directory) not in text
        assert str(Path.home()) not in text


def test_what_a_machine_leaves_behind_is_not_in_the_image(synthesised: Synthesised) -> None:
    sources = [file for file in synthesised.directory.glob("asset.*/**/*") if "orders" in file.parts]
    assert sources
    assert not [file for file in sources if "__pycache__" in file.parts or file.name.startswith(".")]
