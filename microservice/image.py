"""Where the image comes from: built at deploy, or promoted by digest."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

# In every folder: what a machine leaves behind must not change the image's tag.
_ASSET_EXCLUDES = ["**/__pycache__", "**/*.pyc", "**/.*", "**/*.egg-info", "**/build", "**/dist", "**/node_modules"]
_PLATFORMS = {"x86_64": ecr_assets.Platform.LINUX_AMD64, "arm64": ecr_assets.Platform.LINUX_ARM64}


class Image(Protocol):
    """One image that every target runs; a target changes the command only."""

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:
        """The image as an ECS container takes it, built for `architecture` where it is built here."""
        ...

    def image_uri(
        self, scope: Construct, architecture: str, *, puller: iam.IGrantable | None = None, extra_actions: Sequence[str] = ()
    ) -> str:
        """The image's full name in ECR, for platforms that take nothing else; `puller` may then pull it.

        `extra_actions` names what else of ECR the puller does with the image's repository, such as `ecr:DescribeImages`.
        Without a puller, whatever pulls there may pull every image of the account.
        """
        ...

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:
        """The image as a function takes it, started with `command` after the image's own entry point."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class SourceImage:
    """Built from a folder with a Dockerfile when the app is deployed, and pushed to the stack's repository of assets.

    Attributes:
        directory: The build context, with the Dockerfile at its top.
        build_args: Values for the Dockerfile's ARGs; they are part of the image's tag.
    """

    directory: Path
    build_args: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:
        """See `Image`."""
        return ecs.ContainerImage.from_docker_image_asset(self._asset(scope, architecture))

    def image_uri(
        self, scope: Construct, architecture: str, *, puller: iam.IGrantable | None = None, extra_actions: Sequence[str] = ()
    ) -> str:
        """See `Image`."""
        asset = self._asset(scope, architecture)
        _grant_pull(asset.repository, puller, extra_actions)
        return asset.image_uri

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:
        """See `Image`."""
        asset = self._asset(scope, architecture)
        return lambda_.DockerImageCode.from_ecr(asset.repository, tag_or_digest=asset.image_tag, cmd=command)

    def _asset(self, scope: Construct, architecture: str) -> ecr_assets.DockerImageAsset:
        return ecr_assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self.directory),
            build_args=dict(self.build_args),
            exclude=_ASSET_EXCLUDES,
            platform=_PLATFORMS[architecture],
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromotedImage:
    """An image that exists already and was tested elsewhere: nothing is built.

    Attributes:
        repository_name: ECR repository of this account and Region.
        digest: `sha256:` and 64 hexadecimal digits; tags are refused, because they can be moved.

    Raises:
        ValueError: if `digest` is not a digest.
    """

    repository_name: str
    digest: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", self.digest):
            raise ValueError(
                f"image {self.repository_name!r} cannot be promoted: digest is {self.digest!r}; allowed: 'sha256:' and "
                "64 of 0-9a-f; fix: take imageDigest from `aws ecr describe-images`, not a tag"
            )

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:  # noqa: ARG002
        """See `Image`; the architecture is what was promoted."""
        return ecs.ContainerImage.from_ecr_repository(self._repository(scope), self.digest)

    def image_uri(
        self,
        scope: Construct,
        architecture: str,  # noqa: ARG002
        *,
        puller: iam.IGrantable | None = None,
        extra_actions: Sequence[str] = (),
    ) -> str:
        """See `Image`; the architecture is what was promoted."""
        repository = self._repository(scope)
        _grant_pull(repository, puller, extra_actions)
        return repository.repository_uri_for_digest(self.digest)

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:  # noqa: ARG002
        """See `Image`; the architecture is what was promoted."""
        return lambda_.DockerImageCode.from_ecr(self._repository(scope), tag_or_digest=self.digest, cmd=command)

    def _repository(self, scope: Construct) -> ecr.IRepository:
        return ecr.Repository.from_repository_name(scope, "Image", self.repository_name)


def _grant_pull(repository: ecr.IRepository, puller: iam.IGrantable | None, extra_actions: Sequence[str]) -> None:
    if puller is not None:
        repository.grant_pull(puller)
        if extra_actions:
            repository.grant(puller, *extra_actions)
