"""How an address that AWS would serve is reached on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from local_aws.environment import LocalEnvironment


def request_target(running: LocalEnvironment, url: str) -> tuple[str, dict[str, str]]:
    """Base URL on this machine, and the headers (Host) that lead the emulator to the deployed `url`.

    Append paths to the base URL; it ends without a slash. The emulator tells API, function and load balancer apart by
    the name in front, as AWS does; the names themselves resolve nowhere.
    """
    parts = urlsplit(url)
    name = parts.hostname or ""
    api = name.split(".execute-api.")
    host = f"{api[0]}.execute-api.localhost" if len(api) == 2 else name
    return f"{running.endpoint}{parts.path.rstrip('/')}", {"Host": f"{host}:{running.port}"}
