"""The image that a run pushed, as the emulated registry knows it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docker.errors import ImageNotFound

from local_aws.clients import client
from local_aws.engine.detect import docker_client
from local_aws.environment import EngineInfo, LocalEnvironment

_MIB = 1024 * 1024


@dataclass(frozen=True)
class PushedImage:
    """The newest image of a run.

    Attributes:
        digest: manifest digest in the emulated registry, `sha256:…`; "" where processes run instead.
        ids: what an engine may call this image: by its configuration's digest, or by the manifest's.
        known: such ids of all images that were pushed, of this one as well.
        mib: size on disk, unpacked, its base included; None where it is not known.
        pull_mib: what a pull of all its layers brings, compressed; None where it is not known.
    """

    digest: str
    ids: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    mib: float | None = None
    pull_mib: float | None = None

    @property
    def short(self) -> str:
        """The digest as far as people read it."""
        return f"{self.digest[:19]}…" if self.digest else ""


def pushed_image(running: LocalEnvironment) -> PushedImage:
    """Ask the registry what was pushed, last and before."""
    if not running.engine.has_containers:
        return PushedImage("")
    manifests = dict(_in_registry(client(running, "ecr")))
    if not manifests:
        return PushedImage("")
    ids = {digest: _ids(digest, manifest) for digest, manifest in manifests.items()}
    newest = list(ids)[-1]
    known = frozenset[str]().union(*ids.values())
    return PushedImage(newest, ids[newest], known, _mib(running.engine, ids[newest]), _pull_mib(manifests[newest]))


def _in_registry(registry: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every pushed manifest with its digest, the oldest first."""
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
    """What a pull brings of an image that nothing is known of; an index of several platforms has no size of its own."""
    size = sum(layer.get("size", 0) for layer in manifest.get("layers", []))
    return round(size / _MIB, 1) if size else None


def _mib(engine: EngineInfo, ids: frozenset[str]) -> float | None:
    with docker_client(engine) as docker:
        for identifier in sorted(ids):
            try:
                return round(int(docker.images.get(identifier).attrs["Size"]) / _MIB, 1)
            except ImageNotFound:
                continue
    return None
