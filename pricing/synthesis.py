"""Synthesis of the app with another service spec, so that its own constructs decide what changes."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deployment.assembly import Assembly
from deployment.cdk import synth
from deployment.errors import ActionableError

_OPTIONAL_TARGET = "app-runner"
_ERROR_CLASS = re.compile(r"^[\w.]*Error: ")


def parse_spec_overrides(words: Sequence[str]) -> Mapping[str, object]:
    """Parse "NAME=VALUE" words; a value is JSON if it is valid JSON, and a string otherwise.

    Raises:
        ActionableError: a word has no "=".
    """
    fields: dict[str, object] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not name or not separator:
            raise ActionableError(
                f"--service {word!r} has no value", "it takes NAME=VALUE", "--service memory_mib=1024"
            )
        try:
            fields[name.replace("-", "_")] = json.loads(value)
        except ValueError:
            fields[name.replace("-", "_")] = value
    return fields


@contextmanager
def synthesize_with(spec_overrides: Mapping[str, object]) -> Iterator[tuple[Assembly, str]]:
    """Synthesise the app with these fields of the service spec into a temporary directory.

    App Runner is optional: where the app synthesises only without it, the second value has the reason.

    Raises:
        ActionableError: the app does not synthesise without App Runner either.
    """
    with tempfile.TemporaryDirectory(prefix="cost-") as directory:
        output = Path(directory) / "cdk.out"
        context: dict[str, object] = {"service": dict(spec_overrides)}
        unsupported = ""
        try:
            assembly = synth(output, context=context)
        except ActionableError as error:
            try:
                assembly = synth(output, context={**context, "app_runner": "false"})
            except ActionableError as other:
                raise _failed(spec_overrides, other) from None
            unsupported = f"{_OPTIONAL_TARGET} is not included: {_ERROR_CLASS.sub('', error.cause)}"
        yield assembly, unsupported


def _failed(spec_overrides: Mapping[str, object], error: ActionableError) -> ActionableError:
    fields = ", ".join(f"{name}={value}" for name, value in spec_overrides.items())
    return ActionableError(f"the app does not synthesise with {fields}", error.cause, "choose other values")
