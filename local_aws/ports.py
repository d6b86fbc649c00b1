"""Ports on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from deployment.errors import ActionableError
from local_aws.emulator.sockets import bind

_ATTEMPTS = 20


def free_port(addresses: Sequence[str], wanted: int | None = None) -> int:
    """A port that is free on all of `addresses`; the wanted one, if one is wanted.

    Raises:
        ActionableError: the wanted port is taken.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _bind_all(addresses, wanted or 0)
        except OSError as error:
            if wanted:
                raise ActionableError(
                    f"port {wanted} is busy",
                    f"another program holds it ({error.strerror})",
                    "leave out --port: a free one is taken",
                ) from error
    raise ActionableError(
        "no port is free", f"{_ATTEMPTS} attempts on {', '.join(addresses)}", "end programs that hold many ports"
    )


def _bind_all(addresses: Sequence[str], port: int) -> int:
    with ExitStack() as held:
        for address in addresses:
            port = int(held.enter_context(bind(address, port)).getsockname()[1])
    return port
