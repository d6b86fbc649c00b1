"""The emulator process: `python -m local_aws.emulator CONFIG`, run with the emulator's own Python environment."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
from pathlib import Path

from local_aws.emulator import sockets
from local_aws.emulator.config import KEPT_STATE, EmulatorConfig, is_kept
from local_aws.engine.client import Engine, connect


def main() -> None:
    """Patch MiniStack and serve it until SIGTERM."""
    config = EmulatorConfig.from_json(Path(sys.argv[1]).read_text())
    os.environ.update(environment(config))
    # MiniStack reads its environment when it is imported.
    from hypercorn.asyncio import serve  # type: ignore[import-not-found, unused-ignore]
    from hypercorn.config import Config  # type: ignore[import-not-found, unused-ignore]

    from local_aws.emulator import kept_state, patches
    from local_aws.emulator.server import Server

    engine = connect(config)
    patches.apply(config, engine)
    if is_kept(config):
        kept_state.restore(config)
    server = Config()
    listening = [sockets.bind(address, config.port) for address in config.bind]
    server.bind = [f"fd://{bound.fileno()}" for bound in listening]
    server.keep_alive_timeout = 75
    server.accesslog = None
    # To debug a hanging emulator: kill -USR1 writes the stack of every thread to the log.
    faulthandler.register(signal.SIGUSR1)
    signal.signal(signal.SIGTERM, lambda *_: _exit(engine))
    asyncio.run(serve(Server(config), server, shutdown_trigger=asyncio.Event().wait))


def _exit(engine: Engine) -> None:
    """Exit immediately: no state is kept, and a stack in progress would delay a graceful shutdown."""
    engine.close()
    os._exit(0)


def environment(config: EmulatorConfig) -> dict[str, str]:
    """MiniStack's settings: the state of a crashed emulator, if any, and no listeners besides this process's own."""
    return {
        "GATEWAY_PORT": str(config.port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": config.account,
        "MINISTACK_REGION": config.region,
        "AWS_ENDPOINT_URL": config.container_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # MiniStack would remove containers of other runs; this project removes its own by label.
        "DOCKER_HOST": "unix:///nonexistent",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "1" if is_kept(config) else "0",
        "STATE_DIR": str(config.directory / KEPT_STATE),
        "S3_PERSIST": "0",
    }


if __name__ == "__main__":
    main()
