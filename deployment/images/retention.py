"""The decision about each image of a repository: kept, with the reason, or deletable."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DEFAULT_DAYS = 90
_NAME_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class StoredImage:
    """An image in a repository.

    Attributes:
        digest: "sha256:…".
        tags: its tags; empty for an untagged image.
        size_bytes: compressed size.
        pushed_at: when it was pushed.
        parts: digests of the images of an index, such as one for each architecture.
    """

    digest: str
    tags: tuple[str, ...]
    size_bytes: int
    pushed_at: datetime
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first tag, or the digest."""
        return self.tags[0] if self.tags else self.digest.removeprefix("sha256:")


@dataclass(frozen=True)
class Reference:
    """A text that names the images that something runs.

    Attributes:
        owner: what runs them, such as "OrdersOnLambda".
        text: a template, a task or a source bundle.
    """

    owner: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The decision about one image.

    Attributes:
        image: the image.
        users: what uses it.
        kept: reason to keep it; "" if it can be deleted.
    """

    image: StoredImage
    users: tuple[str, ...]
    kept: str


def users_of(image: StoredImage, references: Collection[Reference]) -> tuple[str, ...]:
    """Return the owners of the references that contain the image's digest or one of its tags, sorted."""
    names = (image.digest, *image.tags)
    return tuple(sorted({each.owner for each in references if any(name in each.text for name in names)}))


def decide(
    images: Sequence[StoredImage], references: Collection[Reference], *, now: datetime, older_than_days: int
) -> list[Decision]:
    """Return a decision for each image, the newest first.

    An image in use, the newest one, an image that is younger than the limit, and the parts of these are kept.

    Args:
        images: All images of one repository.
        references: Everything that runs images.
        now: The current time.
        older_than_days: The age at which an unused image can be deleted.
    """
    ordered = sorted(images, key=lambda image: image.pushed_at, reverse=True)
    limit = now - timedelta(days=older_than_days)
    found = []
    for number, image in enumerate(ordered):
        users = users_of(image, references)
        if users:
            kept = "in use"
        elif number == 0:
            kept = "newest"
        else:
            kept = f"younger than {older_than_days} days" if image.pushed_at > limit else ""
        found.append(Decision(image=image, users=users, kept=kept))
    owners = {part: each.image.name for each in found if each.kept for part in each.image.parts}
    return [
        replace(each, kept=f"part of {owners[each.image.digest][:_NAME_LENGTH]}")
        if not each.kept and each.image.digest in owners
        else each
        for each in found
    ]
