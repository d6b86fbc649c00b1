"""The Lambda runtime in this image: one entry point for the service and for the emulator of the runtime interface."""

import os
import sys
from pathlib import Path

EMULATOR = Path("/usr/local/bin/aws-lambda-rie")


def run_lambda(handler: str) -> None:
    """Serve a handler ("module.function") to the runtime API that Lambda, or an emulator found in the image, offers."""
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ and EMULATOR.exists():
        os.execv(EMULATOR, [str(EMULATOR), sys.executable, "-m", "orders", "lambda", handler])  # noqa: S606
    from awslambdaric.__main__ import main

    main(["awslambdaric", handler])
