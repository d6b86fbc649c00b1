"""Synthesis of the app with another service spec, so that its own constructs decide what changes."""

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deployment.assembly import Assembly
from deployment.cdk import synth
from deployment.errors import ActionableError


def parse_spec_overrides(words: Sequence[str]) -> Mapping[str, object]:
    """Parse "NAME=VALUE" words; a value is JSON if it is valid JSON, and a string otherwise.

    Raises:
        ActionableError: a word has no "=", or a number is not finite.
    """
    fields: dict[str, object] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not name or not separator:
            raise ActionableError(
                f"--service {word!r} has no value", "it takes NAME=VALUE", "--service memory_mib=1024"
            )
        try:
            fields[name.replace("-", "_")] = json.loads(value, parse_float=_finite(word), parse_constant=_finite(word))
        except ValueError:
            fields[name.replace("-", "_")] = value
    return fields


def _finite(word: str) -> Callable[[str], float]:
    """Return the parser of the numbers in a word, which have to be finite, as in JSON."""

    def parse(text: str) -> float:
        if not math.isfinite(number := float(text)):
            raise ActionableError(
                f"--service {word!r} is not valid", f"{text} is not a finite number", "--service memory_mib=1024"
            )
        return number

    return parse


@contextmanager
def synthesize_with(spec_overrides: Mapping[str, object]) -> Iterator[tuple[Assembly, tuple[str, ...]]]:
    """Synthesise the app with these fields of the service spec into a temporary directory.

    The second value has a sentence for each stack that the app leaves out because its target does not support the spec.

    Raises:
        ActionableError: the app does not synthesise: a field is not valid, or no target supports the spec.
    """
    with tempfile.TemporaryDirectory(prefix="cost-") as directory:
        try:
            assembly = synth(Path(directory) / "cdk.out", context={"service": dict(spec_overrides)})
        except ActionableError as error:
            fields = ", ".join(f"{name}={value}" for name, value in spec_overrides.items())
            raise ActionableError(
                f"the app does not synthesise with {fields}", error.cause, "choose other values"
            ) from None
        yield assembly, tuple(f"{stack} is not included: {reason}" for stack, reason in assembly.rejected.items())
