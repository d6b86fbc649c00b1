"""Every patch of the emulator works, and is still needed."""

import subprocess
from pathlib import Path

import pytest

from deployment.paths import REPOSITORY
from tests.emulated.emulator import Emulator, started
from tests.integration.emulator.patch_checks import CHECKS

pytestmark = pytest.mark.local_run

LIST_PATCHES = "from local_aws.emulator.patches import patches; print(*patches(None, None))"


def test_every_patch_has_a_check():
    python = REPOSITORY / ".venv-emulator" / "bin" / "python"
    listed = subprocess.run(
        [python, "-c", LIST_PATCHES], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(CHECKS) == sorted(listed)


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_passes_with_the_patch(name: str, emulator: Emulator):
    assert CHECKS[name](emulator)


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_fails_without_the_patch(name: str, tmp_path: Path):
    """A check that passes here shows that the patch has become unnecessary: MiniStack does it by itself now."""
    with started(tmp_path, name) as emulator:
        try:
            passed = CHECKS[name](emulator)
        except Exception:
            passed = False
        assert not passed
