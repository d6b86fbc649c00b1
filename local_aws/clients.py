"""AWS clients of the emulator, which know nothing of the reader's own AWS settings."""

from collections.abc import Mapping
from typing import Any

import boto3

from local_aws.environment import LocalEnvironment

_TEST_KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def client(running: LocalEnvironment, service: str, keys: Mapping[str, str] | None = None) -> Any:
    """Return an AWS client of the emulator, with its test keys or with those of a role."""
    make: Any = boto3.Session  # its stubs want the service's name as a literal
    session = make(region_name=running.region, **(keys or _TEST_KEYS))
    return session.client(service, endpoint_url=running.endpoint)
