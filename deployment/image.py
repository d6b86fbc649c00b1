"""The image that a run pushed, from the registry."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.environment import Environment

_MIB = 1024 * 1024


@dataclass(frozen=True)
class PushedImage:
    """The newest image in the registry.

    Attributes:
        digest: manifest digest, `sha256:…`; "" where no image was pushed.
        ids: the IDs that an engine may report for it: the configuration's digest, or the manifest's.
        known_ids: the IDs of all images in the registry.
        mib: size on disk in MiB, unpacked, with its base image; None where unknown.
        pull_mib: compressed size of all layers in MiB; None where unknown.
    """

    digest: str
    ids: frozenset[str] = frozenset()
    known_ids: frozenset[str] = frozenset()
    mib: float | None = None
    pull_mib: float | None = None

    @property
    def short_digest(self) -> str:
        """The first twelve digits of the digest: "sha256:39e70c3e3f2a"."""
        return self.digest[:19]


def pushed_image(environment: Environment) -> PushedImage:
    """Return the newest image in the registry."""
    manifests = dict(_manifests(environment.client("ecr"))) if environment.runs_containers else {}
    if not manifests:
        return PushedImage("")
    ids = {digest: _ids(digest, manifest) for digest, manifest in manifests.items()}
    newest = list(ids)[-1]
    known = frozenset[str]().union(*ids.values())
    mib = environment.containers.image_mib(ids[newest]) if environment.containers else None
    return PushedImage(newest, ids[newest], known, mib, _pull_mib(manifests[newest]))


def _manifests(registry: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield digest and manifest of every image, the oldest first."""
    for repository in registry.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        pushed = registry.describe_images(repositoryName=name)["imageDetails"]
        for image in sorted(pushed, key=lambda image: str(image["imagePushedAt"])):
            digest = str(image["imageDigest"])
            [found] = registry.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}])["images"]
            yield digest, json.loads(found["imageManifest"])


def _ids(digest: str, manifest: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({digest, manifest.get("config", {}).get("digest", digest)})


def _pull_mib(manifest: Mapping[str, Any]) -> float | None:
    # The index of a multi-platform image has no layers.
    size = sum(layer.get("size", 0) for layer in manifest.get("layers", []))
    return round(size / _MIB, 1) if size else None
