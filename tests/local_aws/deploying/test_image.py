"""What the registry knows of the pushed image."""

import json
from typing import Any, ClassVar

import pytest

from deployment import image
from local_aws.environment import EngineInfo

MIB = 1024 * 1024


class Registry:
    """Two images of one repository, the newer one first in the answer."""

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
def pushed(monkeypatch: pytest.MonkeyPatch) -> image.PushedImage:
    monkeypatch.setattr(image, "client", lambda *_: Registry())
    monkeypatch.setattr(image, "_mib", lambda *_: 150.0)

    class LocalEnvironment:
        engine = EngineInfo(kind="docker")

    return image.pushed_image(LocalEnvironment())  # type: ignore[arg-type]


def test_the_newest_image_is_the_run_s(pushed: image.PushedImage) -> None:
    assert pushed.digest == "sha256:new"
    assert pushed.ids == {"sha256:new", "sha256:config-new"}


def test_all_images_are_known(pushed: image.PushedImage) -> None:
    assert pushed.known == {"sha256:new", "sha256:config-new", "sha256:old", "sha256:config-old"}


def test_a_pull_brings_the_layers_as_they_are_stored(pushed: image.PushedImage) -> None:
    assert (pushed.mib, pushed.pull_mib) == (150.0, 52.3)


def test_an_index_has_no_size_of_its_own() -> None:
    assert image._pull_mib({"manifests": []}) is None
