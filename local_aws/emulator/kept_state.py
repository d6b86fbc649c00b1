"""The state that outlives a crash of the emulator: what AWS stores durably, and nothing that was in progress."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from pathlib import Path
from typing import NoReturn

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import alb, dynamodb

from deployment.slowdown import slowdown
from local_aws.emulator.config import KEPT_STATE, KEPT_STATE_MARKER, EmulatorConfig
from local_aws.emulator.kept_mappings import KEPT
from local_aws.emulator.patches.dynamodb import TABLE_LOCK

_OWN = "local-aws.pickle"
# A lock that another thread held at the moment of the crash would block the copy forever.
_TIMEOUT_S = 60
_MAX_FILES = 65536


def crash(config: EmulatorConfig) -> NoReturn:
    """End this process as SIGKILL does, except that its durable state is written to the run's directory.

    A copy of the process writes the state. All threads but this one end at once: requests get no response, and what
    they have not stored is lost.
    """
    with TABLE_LOCK:
        if os.fork():
            os.kill(os.getpid(), signal.SIGKILL)
    # Clients must not wait for responses, and the port must be free for the next emulator.
    os.closerange(3, _MAX_FILES)
    signal.alarm(round(_TIMEOUT_S * slowdown()))
    status = 1
    try:
        _write(config.directory / KEPT_STATE)
        status = 0
    finally:
        os._exit(status)


def _write(directory: Path) -> None:
    # The copy has no event loop; MiniStack needs one.
    asyncio.set_event_loop(None)
    directory.mkdir(parents=True, exist_ok=True)
    persistence.PERSIST_STATE, persistence.STATE_DIR = True, str(directory)
    # All containers end: others may get their addresses, and must not get their requests.
    alb._targets._data.clear()
    persistence.save_all(ministack._build_persistence_save_dict())
    streams = {
        "records": dynamodb._stream_records._data,
        "trimmed": dynamodb._stream_trimmed._data,
    }
    own = {name: dict(mapping) for name, mapping in KEPT.items()}
    (directory / _OWN).write_bytes(pickle.dumps({"streams": streams, "own": own}))
    (directory / KEPT_STATE_MARKER).touch()


def restore(config: EmulatorConfig) -> None:
    """Restore what MiniStack does not: streams, and the state of patches and emulated services."""
    path = config.directory / KEPT_STATE / _OWN
    kept = pickle.loads(path.read_bytes())  # noqa: S301 - written by the emulator before this one
    dynamodb._stream_records._data.update(kept["streams"]["records"])
    dynamodb._stream_trimmed._data.update(kept["streams"]["trimmed"])
    for name, mapping in kept["own"].items():
        KEPT[name].update(mapping)
