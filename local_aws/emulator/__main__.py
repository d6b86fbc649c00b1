"""`python -m local_aws.emulator CONFIG`: MiniStack with our patches; run with the emulator's own Python environment."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
from pathlib import Path

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.ports import bound


def main() -> None:
    """Patch MiniStack, then serve it until SIGTERM."""
    config = EmulatorConfig.from_json(Path(sys.argv[1]).read_text())
    os.environ.update(environment(config))
    # MiniStack reads its environment when it is imported.
    from hypercorn.asyncio import serve  # type: ignore[import-not-found, unused-ignore]
    from hypercorn.config import Config  # type: ignore[import-not-found, unused-ignore]

    from local_aws.emulator import engines, patches
    from local_aws.emulator.server import Server

    engine = engines.connect(config)
    patches.apply(config, engine)
    server = Config()
    sockets = [bound(address, config.port) for address in config.bind]
    server.bind = [f"fd://{listening.fileno()}" for listening in sockets]
    server.keep_alive_timeout = 75
    server.accesslog = None
    # For whoever wonders what it waits for: kill -USR1 writes every thread into the log.
    faulthandler.register(signal.SIGUSR1)
    signal.signal(signal.SIGTERM, lambda *_: _end(engine))
    asyncio.run(serve(Server(config), server, shutdown_trigger=asyncio.Event().wait))


def _end(engine: Engine) -> None:
    """End at once: nothing is kept, and a stack that is being deployed would hold up an orderly end."""
    engine.close()
    os._exit(0)


def environment(config: EmulatorConfig) -> dict[str, str]:
    """MiniStack's own settings: nothing kept, no listener besides ours."""
    return {
        "GATEWAY_PORT": str(config.port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": config.account,
        "MINISTACK_REGION": config.region,
        "AWS_ENDPOINT_URL": config.container_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # MiniStack would remove containers of other runs; ours are removed by label.
        "DOCKER_HOST": "unix:///nonexistent",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
    }


if __name__ == "__main__":
    main()
