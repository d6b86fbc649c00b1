"""The images of an ECR repository: listing and deletion."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from deployment.errors import ActionableError
from deployment.images.retention import StoredImage
from deployment.preflight.account import Account, error_code

PERMISSIONS = ("ecr:BatchGetImage", "ecr:DescribeImages")
DELETE_PERMISSIONS = ("ecr:BatchDeleteImage",)
# ECR accepts no more in one call.
_BATCH = 100
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def stored_images(account: Account, repository: str) -> list[StoredImage]:
    """Return all images of a repository.

    Raises:
        ActionableError: the repository does not exist.
    """
    try:
        details = list(account.pages("ecr", "describe_images", "imageDetails", repositoryName=repository))
    except ClientError as error:
        if error_code(error) != "RepositoryNotFoundException":
            raise
        where = f"{account.region} has no ECR repository of that name"
        raise ActionableError(
            f"there is no repository {repository!r}", where, "deploy first, or pass --repository NAME"
        ) from error
    return [
        StoredImage(
            digest=each["imageDigest"],
            tags=tuple(sorted(each.get("imageTags", ()))),
            size_bytes=int(each.get("imageSizeInBytes", 0)),
            pushed_at=each["imagePushedAt"],
            parts=_parts(account, repository, each),
        )
        for each in details
    ]


def _parts(account: Account, repository: str, details: Mapping[str, Any]) -> tuple[str, ...]:
    if details.get("imageManifestMediaType") not in _INDEXES:
        return ()
    ids = [{"imageDigest": details["imageDigest"]}]
    images = account.client("ecr").batch_get_image(repositoryName=repository, imageIds=ids)["images"]
    manifests = [json.loads(image["imageManifest"]) for image in images]
    return tuple(part["digest"] for manifest in manifests for part in manifest.get("manifests", ()))


def delete(account: Account, repository: str, images: Sequence[StoredImage]) -> tuple[list[str], list[str]]:
    """Delete images by digest, with all their tags.

    Returns the digests that ECR deleted, and one sentence for each image that it did not delete.
    """
    deleted: list[str] = []
    failures: list[str] = []
    for start in range(0, len(images), _BATCH):
        ids = [{"imageDigest": image.digest} for image in images[start : start + _BATCH]]
        response = account.client("ecr").batch_delete_image(repositoryName=repository, imageIds=ids)
        deleted += sorted({each["imageDigest"] for each in response.get("imageIds", ())})
        failures += [
            f"{each.get('imageId', {}).get('imageDigest', '')}: {each.get('failureCode')}: {each.get('failureReason')}"
            for each in response.get("failures", ())
        ]
    return deleted, failures
