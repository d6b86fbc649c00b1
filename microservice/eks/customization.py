"""Changes that a team makes to the manifests before they are released."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .manifests import Manifest

CustomizeManifests = Callable[[list[Manifest]], Sequence[Mapping[str, Any]]]
"""A function from the manifests to those that are released."""


def customized(
    manifests: Sequence[Manifest], customize: CustomizeManifests | None, *, service: str
) -> list[dict[str, Any]]:
    """Return the manifests after the function, if there is one.

    Args:
        manifests: The manifests of the service. The function gets a copy, and may change it.
        customize: The function. None: no change.
        service: Name of the service, for messages.

    Raises:
        ValueError: The function returns something else than a list of manifests with different names.
    """
    if customize is None:
        return list(manifests)
    found = customize(copy.deepcopy(list(manifests)))
    if not isinstance(found, list | tuple):
        raise _error(
            service, f"returned {type(found).__name__}", "a list of manifests", "End it with `return manifests`."
        )
    seen: set[tuple[str, ...]] = set()
    for index, manifest in enumerate(found):
        identity = _identity(service, index, manifest)
        if identity in seen:
            given = f"returned two of {identity[1]} {'/'.join(filter(None, identity[2:]))}"
            raise _error(service, given, "one manifest for each object", "Change the manifest that exists.")
        seen.add(identity)
    return [dict(manifest) for manifest in found]


def _identity(service: str, index: int, manifest: Any) -> tuple[str, ...]:
    """Return API version, kind, namespace and name; each but the namespace is required."""
    if not isinstance(manifest, Mapping):
        given = f"returned {type(manifest).__name__} as manifest {index}"
        raise _error(service, given, "mappings", "Return each manifest as a dict; load a YAML document before.")
    metadata = manifest.get("metadata")
    fields = metadata if isinstance(metadata, Mapping) else {}
    values = {
        "apiVersion": manifest.get("apiVersion"),
        "kind": manifest.get("kind"),
        "metadata.name": fields.get("name"),
    }
    if missing := [name for name, value in values.items() if not isinstance(value, str) or not value]:
        given = f"returned manifest {index} ({values['kind'] or 'no kind'}) without {', '.join(missing)}"
        raise _error(service, given, "manifests with apiVersion, kind and metadata.name", "Add the missing strings.")
    return str(values["apiVersion"]), str(values["kind"]), str(fields.get("namespace", "")), str(fields["name"])


def _error(service: str, given: str, allowed: str, fix: str) -> ValueError:
    return ValueError(f"service {service!r}: customize_manifests {given} (allowed: {allowed}). {fix}")
