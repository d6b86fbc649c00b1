"""Which container engines answer; where one is missing, its tests are skipped with a reason, and fail in CI."""

import functools
import os
import shutil
import subprocess

import pytest

# Where `.ci/podman` puts the generator of Debian 13's Podman; where a Podman that is new enough has its own.
_QUADLET = ("/usr/local/libexec/podman/quadlet", "/usr/libexec/podman/quadlet")


def quadlet() -> str:
    """Podman's own generator of systemd units; skips the test where there is none, fails it where CI=true."""
    found = next(filter(os.path.exists, _QUADLET), None)
    if found is None:
        _miss(f"Podman's Quadlet generator is in none of {', '.join(_QUADLET)}; run .ci/podman start")
    return str(found)


def require(engine: str) -> None:
    """Skip the test if `engine` does not answer; fail it where CI=true, because there nothing may be skipped."""
    if not _answers(engine):
        _miss(f"{engine} does not answer; install and start it")


def _miss(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@functools.cache
def _answers(engine: str) -> bool:
    return shutil.which(engine) is not None and subprocess.run([engine, "info"], capture_output=True).returncode == 0
