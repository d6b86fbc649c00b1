"""The fields of a `ServiceSpec`, each taken from a manifest, and what had to be changed on the way."""

from collections.abc import Iterator

from copilot_import.fields.size import architecture, instances, size
from copilot_import.fields.taken import Taken
from copilot_import.fields.variables import environment
from copilot_import.fields.web import health_path, name, port
from copilot_import.kinds import SCHEDULED
from copilot_import.manifest import Manifest

__all__ = ["Taken", "taken"]


def taken(manifest: Manifest) -> list[Taken]:
    """Return every field of the spec that the manifest decides.

    Raises:
        ActionableError: a field holds what it must not.
    """
    return list(_taken(manifest))


def _taken(manifest: Manifest) -> Iterator[Taken]:
    if not manifest.kind.cpu:
        return
    yield name(manifest)
    if manifest.kind.answers:
        yield port(manifest)
        yield health_path(manifest)
    yield from size(manifest)
    if manifest.kind is not SCHEDULED:
        yield from instances(manifest)
    yield architecture(manifest)
    yield from environment(manifest)
    yield _tracing(manifest)


def _tracing(manifest: Manifest) -> Taken:
    if manifest.text("observability", "tracing"):
        advice = (
            "the share that X-Ray records by default; the code sends its spans itself, without the collector that "
            "Copilot put beside it"
        )
        return Taken("tracing", 0.05, ("observability", "tracing"), advice)
    return Taken("tracing", 0, advice="nothing was traced; raise it once the code sends spans")
