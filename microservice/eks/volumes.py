"""The writable directories of a container with a read-only root file system."""

import hashlib
import re
from typing import Any

from ..defaults import WRITABLE_MIB
from ..spec import ServiceSpec

# A volume's name has 63 characters at most.
_SLUG_LENGTH = 40


def writable_volumes(spec: ServiceSpec) -> list[dict[str, Any]]:
    """Return a volume in memory for each of the spec's directories.

    Its files count as memory of the container. Kubernetes creates it with write permission for every user, so that it
    needs no `fsGroup`. A pod that exceeds the size is evicted.
    https://kubernetes.io/docs/concepts/storage/volumes/#emptydir

    Args:
        spec: The service.
    """
    directory = {"medium": "Memory", "sizeLimit": f"{WRITABLE_MIB}Mi"}
    return [{"name": _name(path), "emptyDir": directory} for path in spec.writable_paths]


def writable_mounts(spec: ServiceSpec) -> list[dict[str, Any]]:
    """Return the mounts of these volumes.

    Args:
        spec: The service.
    """
    return [{"name": _name(path), "mountPath": path} for path in spec.writable_paths]


def _name(path: str) -> str:
    """Return a name of the path's letters; a hash tells paths apart that have the same ones."""
    slug = path.strip("/").replace("/", "-")
    if re.fullmatch(r"(/[a-z0-9]+)+", path) and len(slug) <= _SLUG_LENGTH:
        return f"writable-{slug}"
    letters = re.sub(r"[^a-z0-9]+", "-", slug.lower())[:_SLUG_LENGTH].strip("-")
    return "-".join(filter(None, ["writable", letters, hashlib.sha256(path.encode()).hexdigest()[:8]]))
