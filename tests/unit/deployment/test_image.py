"""The pushed image, from the registry."""

import json
from typing import Any, ClassVar

import pytest

from deployment import image
from tests.unit.deployment.fake_environment import FakeEnvironment

MIB = 1024 * 1024


class Registry:
    """Two images in one repository, the newer one first."""

    pushed: ClassVar = {"sha256:new": "2026-11-24T12:00:00", "sha256:old": "2026-11-24T11:00:00"}

    def describe_repositories(self) -> Any:
        return {"repositories": [{"repositoryName": "orders"}]}

    def describe_images(self, repositoryName: str) -> Any:  # noqa: N803
        assert repositoryName == "orders"
        return {"imageDetails": [{"imageDigest": digest, "imagePushedAt": at} for digest, at in self.pushed.items()]}

    def batch_get_image(self, repositoryName: str, imageIds: Any) -> Any:  # noqa: N803
        assert repositoryName == "orders"
        digest = imageIds[0]["imageDigest"]
        layers = [{"size": 40 * MIB}, {"size": 12.34 * MIB}] if digest == "sha256:new" else []
        manifest = {"config": {"digest": digest.replace("sha256:", "sha256:config-")}, "layers": layers}
        return {"images": [{"imageManifest": json.dumps(manifest)}]}


@pytest.fixture
def pushed() -> image.PushedImage:
    class Containers:
        def image_mib(self, image_ids: frozenset[str]) -> float | None:
            return 150.0 if "sha256:config-new" in image_ids else None

    return image.pushed_image(FakeEnvironment({"ecr": Registry()}, Containers()))


def test_the_newest_image_is_the_one_of_the_run(pushed: image.PushedImage) -> None:
    assert pushed.digest == "sha256:new"
    assert pushed.ids == {"sha256:new", "sha256:config-new"}


def test_all_images_are_known(pushed: image.PushedImage) -> None:
    assert pushed.known_ids == {"sha256:new", "sha256:config-new", "sha256:old", "sha256:config-old"}


def test_the_pull_size_is_that_of_the_compressed_layers(pushed: image.PushedImage) -> None:
    assert (pushed.mib, pushed.pull_mib) == (150.0, 52.3)


def test_an_index_has_no_size_of_its_own() -> None:
    assert image._pull_mib({"manifests": []}) is None


def test_without_containers_no_image_was_pushed() -> None:
    assert image.pushed_image(FakeEnvironment(runs_containers=False)) == image.PushedImage("")


def test_the_size_on_disk_is_unknown_where_images_cannot_be_inspected() -> None:
    assert image.pushed_image(FakeEnvironment({"ecr": Registry()})).mib is None
