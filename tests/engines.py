"""Which container engines answer; where one is missing, its tests are skipped with a reason, and fail in CI."""

import functools
import os
import shutil
import subprocess

import pytest


def require(engine: str) -> None:
    """Skip the test if `engine` does not answer; fail it where CI=true, because there nothing may be skipped."""
    if not _answers(engine):
        reason = f"{engine} does not answer; install and start it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@functools.cache
def _answers(engine: str) -> bool:
    return shutil.which(engine) is not None and subprocess.run([engine, "info"], capture_output=True).returncode == 0
