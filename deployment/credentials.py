"""The boto3 session of your credentials; what is wrong with your AWS settings becomes a message with a fix."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.exceptions import ConfigNotFound, ConfigParseError, PartialCredentialsError, ProfileNotFound

from deployment.errors import ActionableError

_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


@contextmanager
def settings_as_messages() -> Iterator[None]:
    """Turn errors of the AWS settings in the block into messages: of profiles, files, endpoints and Regions.

    Raises:
        ActionableError: there is no such profile, a file cannot be read, or a value is not valid.
    """
    try:
        yield
    except ProfileNotFound as error:
        raise ActionableError("the profile does not exist", str(error), "aws configure list-profiles") from error
    except (ConfigParseError, ConfigNotFound) as error:
        files = ", ".join(os.environ.get(variable, default) for variable, default in _FILES.items())
        raise ActionableError("your AWS configuration cannot be read", str(error), f"correct {files}") from error
    except PartialCredentialsError as error:
        raise ActionableError(
            "the credentials are not complete", str(error), "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    except ValueError as error:  # boto3 has no more specific class for a Region or an endpoint.
        raise ActionableError(
            "AWS cannot be called", str(error), "correct AWS_REGION or AWS_ENDPOINT_URL, or unset them"
        ) from error


def session_of(profile: str | None) -> boto3.Session:
    """Return the session of a profile, or of the credentials that the AWS CLI would use.

    Raises:
        ActionableError: there is no such profile, or your AWS configuration cannot be read.
    """
    with settings_as_messages():
        session = boto3.Session(profile_name=profile)
        _ = session.region_name  # Reads the files.
        return session
