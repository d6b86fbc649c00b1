"""Container engines on this machine; a missing one skips its tests with a reason, and fails them in CI."""

import functools
import os
import shutil
import subprocess

import pytest

# `.ci/podman` installs the generator of Debian 13's Podman into the first; a newer Podman has its own in the second.
_QUADLET = ("/usr/local/libexec/podman/quadlet", "/usr/libexec/podman/quadlet")


def quadlet() -> str:
    """Return the path of Podman's Quadlet generator; without it, skip the test, or fail it where CI=true."""
    found = next(filter(os.path.exists, _QUADLET), None)
    if found is None:
        _miss(f"Podman's Quadlet generator is in none of {', '.join(_QUADLET)}; run .ci/podman start")
    return str(found)


def require(engine: str) -> None:
    """Skip the test if the engine does not respond, or fail it where CI=true."""
    if not _responds(engine):
        _miss(f"{engine} does not respond; install and start it")


def _miss(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@functools.cache
def _responds(engine: str) -> bool:
    return shutil.which(engine) is not None and subprocess.run([engine, "info"], capture_output=True).returncode == 0
