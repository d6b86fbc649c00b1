"""The Lambda runtime in this image, with or without the runtime interface emulator."""

import os
import sys
from pathlib import Path

EMULATOR = Path("/usr/local/bin/aws-lambda-rie")


def run_lambda(handler: str) -> None:
    """Run a handler ("module.function") with the runtime API of Lambda, or of an emulator found in the image."""
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ and EMULATOR.exists():
        os.execv(EMULATOR, [str(EMULATOR), sys.executable, "-m", "orders", "lambda", handler])  # noqa: S606
    from awslambdaric.__main__ import main

    main(["awslambdaric", handler])
