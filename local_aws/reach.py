"""How an address that AWS would serve is reached on this machine."""

from __future__ import annotations

from local_aws.running import Running


def request_target(running: Running, url: str) -> tuple[str, dict[str, str]]:
    """Base URL on this machine, and the headers (Host) that lead the emulator to the deployed `url`.

    Append paths to the base URL; it ends without a slash.
    """
    raise NotImplementedError(running, url)
