"""Another size of the service: the app's own constructs say what becomes of it."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deployment.assembly import Assembly
from deployment.cdk import synth
from deployment.errors import ActionableError
from local_aws.environment import Settings


def fields_of(given: Sequence[str]) -> Mapping[str, object]:
    """Return the fields that "NAME=VALUE" words name; a value is JSON where it is, and a string where not.

    Raises:
        ActionableError: a word has no "=".
    """
    fields: dict[str, object] = {}
    for word in given:
        name, separator, value = word.partition("=")
        if not name or not separator:
            raise ActionableError(f"--service {word} says no value", "it takes NAME=VALUE", "--service memory_mib=1024")
        try:
            fields[name.replace("-", "_")] = json.loads(value)
        except ValueError:
            fields[name.replace("-", "_")] = value
    return fields


@contextmanager
def assembly_for(fields: Mapping[str, object]) -> Iterator[tuple[Assembly, str]]:
    """Synthesise the app for a service that differs in these fields, into a directory that is gone afterwards.

    App Runner, which is off unless asked for, is left out where it refuses the service: the second value says why.

    Raises:
        ActionableError: the app does not synthesise, such as where another target cannot run the service.
    """
    with tempfile.TemporaryDirectory(prefix="cost-") as directory:
        settings = Settings(directory=Path(directory), assembly=Path(directory) / "cdk.out")
        context: dict[str, object] = {"service": dict(fields)}
        try:
            found, refusal = synth(settings, context), ""
        except ActionableError as error:
            if "cannot run on App Runner" not in error.cause:
                raise _failed(fields, error) from None
            refusal = error.cause.partition("cannot run on App Runner: ")[2]
            try:
                found = synth(settings, {**context, "app_runner": "false"})
            except ActionableError as other:
                raise _failed(fields, other) from None
        yield found, f"app-runner cannot run it: {refusal}" if refusal else ""


def _failed(fields: Mapping[str, object], error: ActionableError) -> ActionableError:
    asked = ", ".join(f"{name}={value}" for name, value in fields.items())
    return ActionableError(f"the app does not synthesise with {asked}", error.cause, "ask for another size")
