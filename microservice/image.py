"""The container image: built when the app is deployed, or promoted by digest."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .ecr_repository import EcrRepository, repository

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

    Docker decides which files are in the build context: all files of the directory, without those that `.dockerignore`
    or, instead of it, `<file>.dockerignore` excludes. Nothing else is left out, apart from `cdk.out`. The image tag is
    a hash of these files, so exclude what tools generate, such as `**/__pycache__` or `node_modules`: otherwise each
    computer has a tag of its own. File modes and the difference between CRLF and LF are not part of the hash. On
    Windows, let Git check out LF (`* text=auto eol=lf` in `.gitattributes`): the image gets the files as they are.

    Attributes:
        directory: The build context.
        file: Path of the Dockerfile, relative to `directory`, with `/`. For a service in a monorepo, the context is the
            root: `services/payments/Dockerfile`. Default: `Dockerfile`.
        target: Build stage to build. Default: the last one.
        build_args: Values of the Dockerfile's `ARG`s; they are part of the image tag. Default: none.
        build_secrets: Secrets of the build, which no layer contains: ID -> source in Docker's notation, `env=NPM_TOKEN`
            or `src=/home/you/.npmrc`. They are not part of the image tag. Requires BuildKit. Default: none.
        exclude: More patterns in the syntax of `.dockerignore`, added after its lines. Default: none.

    Raises:
        ValueError: `file` is not a relative path inside `directory`, or a build secret has no source.

    Example:
        image = SourceImage(directory=Path("image"), build_args={"BASE_IMAGE": "python:3.13-slim"})
        spec = ServiceSpec(name="payments")
        service = LambdaMicroservice(stack, "Service", spec=spec, image=image, command=["payments.handler"])
    """

    directory: Path
    file: str = "Dockerfile"
    target: str = ""
    build_args: Mapping[str, str] = dataclasses.field(default_factory=dict)
    build_secrets: Mapping[str, str] = dataclasses.field(default_factory=dict)
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        path = PurePosixPath(self.file)
        if not self.file or "\\" in self.file or path.is_absolute() or ".." in path.parts:
            raise ValueError(
                f"image file={self.file!r} is not valid (allowed: a path inside directory, with '/'). Set it relative "
                "to directory, such as 'services/payments/Dockerfile', and directory to a folder that contains it."
            )
        if isinstance(self.exclude, str):
            raise ValueError(f"image exclude={self.exclude!r} is not valid (allowed: a list). Set [{self.exclude!r}].")
        for name, source in self.build_secrets.items():
            if not re.match(r"(env|src|source)=.", source):
                raise ValueError(
                    f"image build_secrets[{name!r}]={source!r} is not valid (allowed: 'env=NAME' or 'src=PATH'). Name "
                    "the source of the secret, not its value."
                )

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
        # A secret may be in another file on each computer.
        keeps = ecr_assets.DockerImageAssetInvalidationOptions(build_secrets=False) if self.build_secrets else None
        return ecr_assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self.directory),
            file=None if self.file == "Dockerfile" else self.file,
            target=self.target or None,
            build_args=dict(self.build_args),
            build_secrets=dict(self.build_secrets) or None,
            invalidation=keeps,
            ignore_mode=cdk.IgnoreMode.DOCKER,
            exclude=[
                *self._file_excludes(),
                *self.exclude,
                f"!{self.file}",
                *_output_directories(scope, self.directory),
            ],
            platform=_PLATFORMS[architecture],
        )

    def _file_excludes(self) -> list[str]:
        """Return the patterns of `<file>.dockerignore`, which replaces `.dockerignore`: the CDK reads the latter only.

        https://docs.docker.com/build/concepts/context/#filename-and-location
        """
        own = self.directory / f"{self.file}.dockerignore"
        if not own.is_file():
            return []
        # The first pattern includes everything again that `.dockerignore` excludes.
        return ["!**", *own.read_text(encoding="utf-8").splitlines(), f"!{self.file}.dockerignore"]


def _output_directories(scope: Construct, directory: Path) -> list[str]:
    """Return the cloud assembly as patterns: the CDK's own is an absolute path, which Docker's syntax does not know."""
    root = scope.node.root
    output = Path(root.outdir).resolve() if isinstance(root, cdk.Stage) else None
    context = directory.resolve()
    inside = output is not None and output != context and output.is_relative_to(context)
    return ["cdk.out", *([output.relative_to(context).as_posix()] if output and inside else [])]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromotedImage:
    """An existing image in ECR, promoted by digest: nothing is built.

    The repository may be in another account. The constructs then grant the roles of the stack to pull from it; its
    policy must also allow the account of the stack, and Lambda as a service: add the statements of `pull_statements` in
    the stack that owns the repository. A repository in another Region works on every platform but Lambda and App
    Runner, which pull from their own Region: replicate the repository.

    Attributes:
        repository_name: Name of the ECR repository, such as `payments` or `team/payments`, in the account and Region of
            the stack. Default: none; exactly one of the three is required.
        repository_arn: ARN of the repository, instead of its name. Default: none.
        repository_uri: Address of the repository, instead of its name:
            `123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/payments`. Default: none.
        digest: `sha256:` and 64 hexadecimal digits, of an image, not of an index of several architectures: Lambda
            rejects an index, and a digest does not show which of them it is. Build with
            `docker build --provenance=false --platform linux/amd64`. Tags are rejected, because they can be moved.
        architecture: CPU architecture of the image, `x86_64` or `arm64`; a spec with another one is rejected.
            Default: not known, and not checked.

    Raises:
        ValueError: Not exactly one repository is given, it is not valid, `digest` is not a digest, or `architecture` is
            neither `x86_64` nor `arm64`.

    Example:
        image = PromotedImage(repository_name="payments", digest="sha256:" + 64 * "0")
        spec = ServiceSpec(name="payments")
        service = LambdaMicroservice(stack, "Service", spec=spec, image=image, command=["payments.handler"])
    """

    repository_name: str = ""
    repository_arn: str = ""
    repository_uri: str = ""
    digest: str
    architecture: str = ""

    def __post_init__(self) -> None:
        name = self.repository.name
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", self.digest):
            raise ValueError(
                f"image {name!r}: digest={self.digest!r} is not valid (allowed: 'sha256:' and 64 of "
                "0-9a-f). Set imageDigest as `aws ecr describe-images` prints it, not a tag."
            )
        if self.architecture not in ("", *_PLATFORMS):
            raise ValueError(
                f"image {name!r}: architecture={self.architecture!r} is not valid (allowed: 'x86_64' or 'arm64'). Set "
                "the one that `docker image inspect` prints; amd64 is 'x86_64'."
            )

    @property
    def repository(self) -> EcrRepository:
        """The repository."""
        return repository(name=self.repository_name, arn=self.repository_arn, uri=self.repository_uri)

    def version(self, scope: Construct, architecture: str) -> str:  # noqa: ARG002
        """See `Image`; the digest."""
        return self.digest

    def for_ecs(self, scope: Construct, architecture: str) -> ecs.ContainerImage:
        """See `Image`; the architecture is that of the promoted image."""
        return ecs.ContainerImage.from_ecr_repository(self._in_stack(scope, architecture), self.digest)

    def image_uri(
        self,
        scope: Construct,
        architecture: str,
        *,
        puller: iam.IGrantable | None = None,
        extra_actions: Sequence[str] = (),
    ) -> str:
        """See `Image`; the architecture is that of the promoted image."""
        repository = self._in_stack(scope, architecture)
        _grant_pull(repository, puller, extra_actions)
        return repository.repository_uri_for_digest(self.digest)

    def for_lambda(self, scope: Construct, architecture: str, command: list[str]) -> lambda_.DockerImageCode:
        """See `Image`; the architecture is that of the promoted image.

        Raises:
            ValueError: The repository is in another Region.
        """
        require_same_region(self, scope, "Lambda")
        return lambda_.DockerImageCode.from_ecr(
            self._in_stack(scope, architecture), tag_or_digest=self.digest, cmd=command
        )

    def _in_stack(self, scope: Construct, architecture: str) -> ecr.IRepository:
        if self.architecture and self.architecture != architecture:
            raise ValueError(
                f"image {self.repository.name!r}: architecture={self.architecture!r} is not that of the spec, "
                f"{architecture!r}. Set architecture={self.architecture!r} in the spec, or promote the image for "
                f"{architecture}."
            )
        return self.repository.in_stack(scope, "Image")


def require_same_region(image: object, scope: Construct, platform: str) -> None:
    """Reject a promoted image in another Region, for a platform that pulls from its own Region only.

    Args:
        image: The image.
        scope: A construct of the stack.
        platform: Name of the platform, for the message.

    Raises:
        ValueError: The repository is in another Region.
    """
    if isinstance(image, PromotedImage):
        image.repository.require_same_region(scope, platform)


def _grant_pull(repository: ecr.IRepository, puller: iam.IGrantable | None, extra_actions: Sequence[str]) -> None:
    if puller is not None:
        repository.grant_pull(puller)
        if extra_actions:
            repository.grant(puller, *extra_actions)
