"""The result for one field of a manifest."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from copilot_import.manifest import Manifest
from copilot_import.yaml_tree import Node


class Outcome(enum.StrEnum):
    """The outcome of a field."""

    SPEC = "spec"
    CHANGED = "changed"
    EQUIVALENT = "equivalent"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result for one field, or for a group of fields with the same result.

    Attributes:
        field: Dotted name in the manifest.
        line: Line of the field, from 1; 0 for a value that the manifest does not set.
        value: Value in the manifest, on one line.
        outcome: `spec`: copied to the spec unchanged; `changed`: copied with another value; `equivalent`: something
            else in this project does the same; `unsupported`: nothing does; `unknown`: not a Copilot field, ignored.
        becomes: Name or expression in this project; empty if there is none.
        advice: What you have to do or know; empty if there is nothing.
    """

    field: str
    line: int
    value: str
    outcome: Outcome
    becomes: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Result:
    """The result for a field: the part of a `Finding` that depends on the field's rule."""

    outcome: Outcome
    becomes: str = ""
    advice: str = ""


# Most fields always have the same result; for some it depends on their value.
Rule = Result | Callable[[Manifest, Node], Result]


def equivalent(becomes: str, advice: str = "") -> Result:
    """Return the result for a field that has an equivalent in this project."""
    return Result(Outcome.EQUIVALENT, becomes, advice)


def unsupported(advice: str) -> Result:
    """Return the result for a field without an equivalent; `advice` names the alternative."""
    return Result(Outcome.UNSUPPORTED, "", advice)
