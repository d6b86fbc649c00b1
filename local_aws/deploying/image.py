"""The image that a run pushed, as the emulated registry and the engine know it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.clients import client
from local_aws.engine.find import connected
from local_aws.running import Running

_MIB = 1024 * 1024


@dataclass(frozen=True)
class PushedImage:
    """The newest image of a run.

    Attributes:
        digest: manifest digest in the emulated registry, `sha256:…`; "" where processes run instead.
        id: what the engine calls the image of this digest; "" where it does not have it.
        mib: size on disk, unpacked, its base included; None where it is not known.
        known: ids of all images that were pushed, this one included.
    """

    digest: str
    id: str = ""
    mib: float | None = None
    known: frozenset[str] = frozenset()

    @property
    def short(self) -> str:
        """The digest as far as people read it."""
        return f"{self.digest[:19]}…" if self.digest else ""


def pushed_image(running: Running) -> PushedImage:
    """Ask the registry what was pushed last, and the engine which image that is."""
    if not running.engine.has_containers:
        return PushedImage("")
    digests = [str(image["imageDigest"]) for image in sorted(_in_registry(running), key=_pushed_at)]
    if not digests:
        return PushedImage("")
    with connected(running.engine) as engine:
        images = {digest: image for image in engine.images.list() for digest in _digests(image)}
    newest, known = images.get(digests[-1]), frozenset(images[digest].id for digest in digests if digest in images)
    if newest is None:
        return PushedImage(digests[-1], known=known)
    return PushedImage(digests[-1], newest.id, round(newest.attrs["Size"] / _MIB, 1), known)


def _pushed_at(image: Any) -> str:
    return str(image["imagePushedAt"])


def _digests(image: Any) -> list[str]:
    return [known.partition("@")[2] for known in image.attrs.get("RepoDigests") or []]


def _in_registry(running: Running) -> Iterator[Any]:
    registry = client(running, "ecr")
    for repository in registry.describe_repositories()["repositories"]:
        yield from registry.describe_images(repositoryName=repository["repositoryName"])["imageDetails"]
