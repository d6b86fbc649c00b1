"""The image that a run pushed, as the engine and the emulated registry know it."""

from dataclasses import dataclass

from local_aws import facts
from local_aws.engine.find import connected
from local_aws.running import Running

_MIB = 1024 * 1024


@dataclass(frozen=True)
class PushedImage:
    """The one image of a run.

    Attributes:
        digest: manifest digest, `sha256:…`; "" where processes run instead.
        mib: size on disk, unpacked, its base included; None where it is not known.
    """

    digest: str
    mib: float | None = None

    @property
    def short(self) -> str:
        """The digest as far as people read it."""
        return f"{self.digest[:19]}…" if self.digest else ""


def pushed_image(running: Running) -> PushedImage:
    """Ask what was pushed into the registry of this run."""
    digest = facts.image_digest(running)
    if not digest:
        return PushedImage("")
    with connected(running.engine) as engine:
        for image in engine.images.list():
            if any(known.endswith(f"@{digest}") for known in image.attrs.get("RepoDigests") or []):
                return PushedImage(digest, round(image.attrs["Size"] / _MIB, 1))
    return PushedImage(digest)
