"""A value for one field of `ServiceSpec`."""

from dataclasses import dataclass

from copilot_import.yaml_tree import FieldPath


@dataclass(frozen=True)
class MappedField:
    """A value for a field of the spec.

    Attributes:
        field: Field of `ServiceSpec`; `environment`, `secrets` and `writable_paths` occur once per entry.
        value: Value for the spec; for `environment` and `secrets` a map with one variable, or None if the spec rejects
            its name; for `writable_paths` one path.
        source: Path in the manifest; empty if the manifest does not set it.
        advice: What you have to do or know.
        is_changed: Whether the value differs from the manifest's.
    """

    field: str
    value: object
    source: FieldPath = ()
    advice: str = ""
    is_changed: bool = False
