"""Switches the enforcement of IAM policies in the emulator."""

from __future__ import annotations

import httpx

from local_aws.emulator.config import ENFORCEMENT_PATH
from local_aws.environment import LocalEnvironment


def enforce(running: LocalEnvironment, on: bool) -> None:
    """Enforce IAM policies from now on, or stop doing so.

    Stacks are deployed without: the bootstrap's bucket demands TLS, which the emulator does not speak.

    Raises:
        httpx.HTTPError: the emulator does not answer.
    """
    httpx.post(f"{running.endpoint}{ENFORCEMENT_PATH}", json={"enforce": on}, timeout=5).raise_for_status()
