"""Settings from environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """An environment variable is missing or invalid; the message names its meaning and the allowed values."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The service's own settings. botocore reads Region, credentials and endpoints; OpenTelemetry reads OTEL_*."""

    table_name: str
    api_token_secret_arn: str = ""  # required by the HTTP API only
    host: str = "0.0.0.0"  # noqa: S104 - a container has network interfaces of its own
    port: int = 8080
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read TABLE_NAME (required), API_TOKEN_SECRET_ARN, HOST, PORT and LOG_LEVEL.

        Raises:
            SettingsError: a value is missing or invalid.
        """
        return cls(
            table_name=required(environment, "TABLE_NAME", "the DynamoDB table that holds the orders"),
            api_token_secret_arn=environment.get("API_TOKEN_SECRET_ARN", ""),
            host=environment.get("HOST", cls.host),
            port=_port(environment.get("PORT", str(cls.port))),
            log_level=_log_level(environment.get("LOG_LEVEL", cls.log_level)),
        )


def required(environment: Mapping[str, str], name: str, meaning: str) -> str:
    """Return the value of a required variable.

    Raises:
        SettingsError: the variable is absent or empty.
    """
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set: it names {meaning}. Set it and start again.")
    return value


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"PORT is {text!r}: it must be a whole number from 1 to 65535")
    return int(text)


def _log_level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if text.upper() not in levels:
        raise SettingsError(f"LOG_LEVEL is {text!r}: it must be one of {', '.join(levels)}")
    return text.upper()
