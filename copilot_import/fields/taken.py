"""One field of the spec, and where its value is from."""

from dataclasses import dataclass

from copilot_import.tree import Path


@dataclass(frozen=True)
class Taken:
    """A value for a field of the spec.

    Attributes:
        field: of `ServiceSpec`; `environment` comes once for each variable.
        value: what the spec gets; for `environment` its one variable, or None where the spec refuses it.
        source: where the manifest says so; empty where it does not.
        advice: what to know or do about it.
        is_changed: whether it is not what the manifest says.
    """

    field: str
    value: object
    source: Path = ()
    advice: str = ""
    is_changed: bool = False
