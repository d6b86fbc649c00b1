"""Every patch of the emulator does what it is for, and is still needed."""

import subprocess
from pathlib import Path

import pytest

from local_aws.environment import REPOSITORY
from tests.local_aws.emulated.emulator import started
from tests.local_aws.emulated.probes import PROBES

pytestmark = pytest.mark.local_run

LIST = "from local_aws.emulator.patches import PATCHES; print(*PATCHES)"


def test_every_patch_has_a_probe():
    python = REPOSITORY / ".venv-emulator" / "bin" / "python"
    listed = subprocess.run(
        [python, "-c", LIST], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(PROBES) == sorted(listed)


@pytest.mark.parametrize("name", PROBES)
def test_with_the_patch_the_template_is_believed(name: str, tmp_path: Path):
    with started(tmp_path) as emulator:
        assert PROBES[name](emulator)


@pytest.mark.parametrize("name", PROBES)
def test_without_the_patch_it_is_not(name: str, tmp_path: Path):
    """One that passes here has become unnecessary: MiniStack does it by itself now."""
    with started(tmp_path, name) as emulator:
        try:
            shown = PROBES[name](emulator)
        except Exception:
            shown = False
        assert not shown
