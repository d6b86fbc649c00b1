"""A copy of the project, into which an import writes."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.copilot_import.reports import with_image


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that `python app.py` needs."""
    for name in ("stacks", "microservice", "sample_service"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("app.py", "cdk.json", "service.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return with_image(tmp_path)
