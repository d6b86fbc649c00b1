"""Options and arguments that the commands of `python -m deployment` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from botocore.config import Config
from botocore.exceptions import ClientError

from deployment import account_deploy
from deployment.assembly import Assembly
from deployment.cdk_arguments import CdkArguments
from deployment.credentials import session_of, settings_as_messages
from deployment.errors import ActionableError
from deployment.preflight import Account
from deployment.preflight.account import AWS_ERRORS
from deployment.preflight.checks import identity

_WORDS_OF_CDK = "cdk"
# Services with one endpoint for all Regions, which boto3 does not know: https://docs.aws.amazon.com/general/latest/gr/
_REGION_OF = {"freetier": "us-east-1"}

Command = Callable[..., Any]


class PassingOnCommand(click.Command):
    """A command whose arguments after `--` are for the CDK CLI."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Parse the arguments before `--`, and keep the others as they are."""
        own, separator, words = _split(arguments)
        context.meta[_WORDS_OF_CDK] = words if separator else []
        return super().parse_args(context, own)


def _split(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return list(arguments), False, []
    position = list(arguments).index("--")
    return list(arguments[:position]), True, list(arguments[position + 1 :])


def common_options(command: Command) -> Command:
    """Add the options that say which app is read with which credentials."""
    command = click.option(
        "--assembly",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Cloud assembly to read.  [default: synthesise app.py]",
    )(command)
    command = click.option(
        "--stage", default="", metavar="NAME", help="Stage (cdk.Stage) of the app.  [default: its only one]"
    )(command)
    command = click.option(
        "-c",
        "--context",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_require_assignments,
        help="Context value of app.py; repeatable.",
    )(command)
    return click.option("--profile", help="Profile of the AWS credentials.  [env: AWS_PROFILE]")(command)


def _require_assignments(_context: click.Context, _option: click.Parameter, values: Sequence[str]) -> Sequence[str]:
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE, such as app_runner=true.")
    return values


def account_of(profile: str | None) -> Account:
    """Return the account of your credentials, in the Region that the CDK CLI uses.

    Raises:
        ActionableError: there is no such profile, or your AWS configuration cannot be read. A client also raises it,
            for a Region or endpoint that is not valid.
    """
    session = session_of(profile)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or session.region_name or ""
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=30)

    def client(service: str) -> Any:
        with settings_as_messages():
            return session.client(service, region_name=_REGION_OF.get(service, region), config=config)  # type: ignore[call-overload]

    return Account(client, region)


@contextmanager
def aws_errors_as_messages(account: Account) -> Iterator[None]:
    """Turn errors of AWS in the block into messages with a fix.

    Raises:
        ActionableError: no Region is set, or AWS rejected a request or could not be reached.
    """
    if not account.region:
        raise ActionableError(identity.NO_REGION, "", identity.SET_REGION)
    try:
        yield
    except ClientError as error:
        raise ActionableError("AWS rejected a request", str(error), "aws sts get-caller-identity") from error
    except AWS_ERRORS as error:
        message, fixes = identity.explained(error)
        raise ActionableError(message, str(error), "\n".join(fixes)) from error


def cdk_arguments(context: click.Context, values: Sequence[str], profile: str | None) -> CdkArguments:
    """Return the arguments after `--`, and the options of this command in front of them."""
    own = [word for value in values for word in ("-c", value)] + (["--profile", profile] if profile else [])
    return CdkArguments.parse([*own, *context.meta.get(_WORDS_OF_CDK, ())])


def assembly_of(path: Path | None, arguments: CdkArguments, stage: str = "", *, validate: bool) -> Assembly:
    """Return the assembly of a directory, or synthesise the app; see `account_deploy.synth`."""
    return Assembly.load(path, stage) if path else account_deploy.synth(arguments.context, stage, validate=validate)
