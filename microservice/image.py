"""The container image: built when the app is deployed, or promoted by digest."""

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

# Excluded in every directory: files that tools generate must not change the image tag.
_ASSET_EXCLUDES = ["**/__pycache__", "**/*.pyc", "**/.*", "**/*.egg-info", "**/build", "**/dist", "**/node_modules"]
_PLATFORMS = {"x86_64": ecr_assets.Platform.LINUX_AMD64, "arm64": ecr_assets.Platform.LINUX_ARM64}


class Image(Protocol):
    """A container image that runs on every platform; a platform overrides the command only."""

    def version(self, scope: Construct, architecture: str) -> str:
        """Return what identifies the image in its repository, as plain text: its tag or digest.

        Args:
            scope: The parent of the image asset, as in the other methods.
            architecture: CPU architecture to build for, `x86_64` or `arm64`.
        """
        ...

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:
        """Return the image of an ECS container.

        Args:
            scope: The parent of the image asset.
            architecture: CPU architecture to build for, `x86_64` or `arm64`.
        """
        ...

    def image_uri(
        self,
        scope: Construct,
        architecture: str,
        *,
        puller: iam.IGrantable | None = None,
        extra_actions: Sequence[str] = (),
    ) -> str:
        """Return the image URI in ECR, with a tag or digest.

        Args:
            scope: The parent of the image asset.
            architecture: CPU architecture to build for, `x86_64` or `arm64`.
            puller: Principal that is allowed to pull the image. Default: none; the platform pulls with permission for
                every repository.
            extra_actions: More ECR actions on the repository to allow, such as `ecr:DescribeImages`. Default: none.
        """
        ...

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:
        """Return the code of a Lambda function.

        Args:
            scope: The parent of the image asset.
            architecture: CPU architecture to build for, `x86_64` or `arm64`.
            command: Arguments of the image's entry point.
        """
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class SourceImage:
    """An image that `cdk deploy` builds from a directory and pushes to the stack's asset repository.

    Attributes:
        directory: The build context, with a `Dockerfile` at its top.
        build_args: Values of the Dockerfile's `ARG`s; they are part of the image tag. Default: none.

    Example:
        image = SourceImage(directory=Path("image"), build_args={"BASE_IMAGE": "python:3.13-slim"})
        spec = ServiceSpec(name="payments")
        service = LambdaMicroservice(stack, "Service", spec=spec, image=image, command=["payments.handler"])
    """

    directory: Path
    build_args: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def version(self, scope: Construct, architecture: str) -> str:
        """See `Image`; the tag is a hash of the source."""
        return self._asset(scope, architecture).image_tag

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:
        """See `Image`."""
        return ecs.ContainerImage.from_docker_image_asset(self._asset(scope, architecture))

    def image_uri(
        self,
        scope: Construct,
        architecture: str,
        *,
        puller: iam.IGrantable | None = None,
        extra_actions: Sequence[str] = (),
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
        existing = scope.node.try_find_child("Image")
        if isinstance(existing, ecr_assets.DockerImageAsset):
            return existing
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
    """An existing image in ECR, promoted by digest: nothing is built.

    Attributes:
        repository_name: Name of the ECR repository, such as `payments` or `team/payments`, in the account and Region of
            the stack.
        digest: `sha256:` and 64 hexadecimal digits, of an image, not of an index of several architectures: Lambda
            rejects an index. Build with `docker build --provenance=false --platform linux/amd64`. Tags are rejected,
            because they can be moved.

    Raises:
        ValueError: `repository_name` is an ARN or a registry address, or `digest` is not a digest.

    Example:
        image = PromotedImage(repository_name="payments", digest="sha256:" + 64 * "0")
        spec = ServiceSpec(name="payments")
        service = LambdaMicroservice(stack, "Service", spec=spec, image=image, command=["payments.handler"])
    """

    repository_name: str
    digest: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+([._/-]+[a-z0-9]+)*", self.repository_name) or re.match(
            r"\d{12}\.dkr\.", self.repository_name
        ):
            raise ValueError(
                f"image repository_name={self.repository_name!r} is not valid (allowed: the name of a repository in "
                "the account and Region of the stack, such as 'team/payments'). Set repositoryName as "
                "`aws ecr describe-repositories` prints it, not its ARN or address."
            )
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", self.digest):
            raise ValueError(
                f"image {self.repository_name!r}: digest={self.digest!r} is not valid (allowed: 'sha256:' and 64 of "
                "0-9a-f). Set imageDigest as `aws ecr describe-images` prints it, not a tag."
            )

    def version(self, scope: Construct, architecture: str) -> str:  # noqa: ARG002
        """See `Image`; the digest."""
        return self.digest

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:  # noqa: ARG002
        """See `Image`; the architecture is that of the promoted image."""
        return ecs.ContainerImage.from_ecr_repository(self._repository(scope), self.digest)

    def image_uri(
        self,
        scope: Construct,
        architecture: str,  # noqa: ARG002
        *,
        puller: iam.IGrantable | None = None,
        extra_actions: Sequence[str] = (),
    ) -> str:
        """See `Image`; the architecture is that of the promoted image."""
        repository = self._repository(scope)
        _grant_pull(repository, puller, extra_actions)
        return repository.repository_uri_for_digest(self.digest)

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:  # noqa: ARG002
        """See `Image`; the architecture is that of the promoted image."""
        return lambda_.DockerImageCode.from_ecr(self._repository(scope), tag_or_digest=self.digest, cmd=command)

    def _repository(self, scope: Construct) -> ecr.IRepository:
        return ecr.Repository.from_repository_name(scope, "Image", self.repository_name)


def _grant_pull(repository: ecr.IRepository, puller: iam.IGrantable | None, extra_actions: Sequence[str]) -> None:
    if puller is not None:
        repository.grant_pull(puller)
        if extra_actions:
            repository.grant(puller, *extra_actions)
