"""The variables that the process is started with."""

from collections.abc import Iterator

from copilot_import.fields.taken import Taken
from copilot_import.manifest import Manifest
from copilot_import.service_spec import service_spec
from copilot_import.tree import Fields, Scalar


def environment(manifest: Manifest) -> Iterator[Taken]:
    """Yield each variable with a value; one whose name the spec refuses comes without, and with the spec's advice."""
    for name, node in manifest.fields("variables").fields.items():
        source = ("variables", name)
        if isinstance(node, Fields) and "from_cfn" in node.fields:
            continue
        if not isinstance(node, Scalar):
            raise manifest.refusal(source, node, "one value, or from_cfn", "write the value, in quotes if need be")
        refused = _refused(name)
        value = "" if node.is_null else node.text
        yield Taken("environment", None if refused else {name: value}, source, refused, is_changed=bool(refused))


def _refused(name: str) -> str:
    """Return what the spec says to do about a variable of that name, nothing where it takes it."""
    try:
        service_spec(name="any", environment={name: ""})
    except ValueError as error:
        return str(error).rpartition("fix: ")[2]
    return ""
