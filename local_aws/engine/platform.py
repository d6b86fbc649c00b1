"""What depends on the machine's processor."""

from __future__ import annotations

import platform


def runtime_interface_emulator_name() -> str:
    """File name of AWS's Lambda runtime interface emulator for this machine, as AWS SAM names it."""
    return "aws-lambda-rie-arm64" if platform.machine() in ("arm64", "aarch64") else "aws-lambda-rie-x86_64"
