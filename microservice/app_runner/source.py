"""The source of an App Runner service: the container image, or a repository that App Runner builds."""

import dataclasses
import re
from collections.abc import Mapping

from aws_cdk import aws_apprunner as apprunner
from aws_cdk import aws_iam as iam

from ..container_environment import container_environment
from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class RepositorySource:
    """A GitHub or Bitbucket repository that App Runner builds with a managed runtime, instead of the image.

    App Runner builds a branch: there is no digest and no scan, and other targets run a different build.
    https://docs.aws.amazon.com/apprunner/latest/dg/service-source-code.html

    Attributes:
        url: HTTPS URL of the repository.
        branch: The branch; App Runner builds its head at deployment.
        directory: Directory of the service in the repository, in which both commands run. Default: `/`.
        connection_arn: ARN of the App Runner connection to the repository's owner, with a completed handshake.
        runtime: Managed runtime, such as `PYTHON_311`.
        build_command: Command that builds the service, on one line.
        start_command: Command that starts the server on the spec's port, on one line.

    Raises:
        ValueError: `url` is not an HTTPS URL, or a command has more than one line.

    Example:
        source = RepositorySource(
            url="https://github.com/example/payments",
            branch="main",
            connection_arn="arn:aws:apprunner:us-east-1:000000000000:connection/payments/1",
            runtime="PYTHON_311",
            build_command="pip install -r requirements.txt",
            start_command="python -m payments",
        )
        service = AppRunnerMicroservice(stack, "Service", spec=ServiceSpec(name="payments"), image=source)
    """

    url: str
    branch: str
    connection_arn: str
    runtime: str
    build_command: str
    start_command: str
    directory: str = "/"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https://[^\s]+", self.url):
            raise ValueError(
                f"repository url={self.url!r} is not valid (allowed: an HTTPS URL without spaces). Set the URL that "
                "your browser shows."
            )
        for field in ("build_command", "start_command"):
            if not re.fullmatch(r"[^\r\n]+", getattr(self, field)):
                raise ValueError(
                    f"repository {self.url!r}: {field}={getattr(self, field)!r} is not valid (allowed: one line). "
                    "Join commands with '&&'."
                )


def image_source(
    spec: ServiceSpec, image_uri: str, access: iam.Role, attributes: Mapping[str, str]
) -> apprunner.CfnService.SourceConfigurationProperty:
    """Return the source configuration of an image that App Runner pulls with an access role.

    Args:
        spec: The service.
        image_uri: The image URI.
        access: The access role.
        attributes: Resource attributes of the service's spans.
    """
    return apprunner.CfnService.SourceConfigurationProperty(
        authentication_configuration=apprunner.CfnService.AuthenticationConfigurationProperty(
            access_role_arn=access.role_arn
        ),
        # App Runner would deploy each push by itself, without CloudFormation.
        auto_deployments_enabled=False,
        image_repository=apprunner.CfnService.ImageRepositoryProperty(
            image_identifier=image_uri,
            image_repository_type="ECR",
            image_configuration=apprunner.CfnService.ImageConfigurationProperty(
                port=str(spec.port),
                runtime_environment_variables=_environment(spec, attributes),
                runtime_environment_secrets=_secrets(spec),
                start_command=" ".join(spec.command) or None,
            ),
        ),
    )


def repository_source(
    spec: ServiceSpec, source: RepositorySource, attributes: Mapping[str, str]
) -> apprunner.CfnService.SourceConfigurationProperty:
    """Return the source configuration of a repository; App Runner ignores an `apprunner.yaml` in it.

    Args:
        spec: The service.
        source: The repository.
        attributes: Resource attributes of the service's spans.

    Raises:
        UnsupportedSpecError: The spec has a `command`: the repository has a start command.
    """
    if spec.command:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="App Runner",
            field="command",
            value=list(spec.command),
            allowed="none, with a RepositorySource",
            fix="Set start_command of the RepositorySource.",
        )
    return apprunner.CfnService.SourceConfigurationProperty(
        authentication_configuration=apprunner.CfnService.AuthenticationConfigurationProperty(
            connection_arn=source.connection_arn
        ),
        auto_deployments_enabled=False,
        code_repository=apprunner.CfnService.CodeRepositoryProperty(
            repository_url=source.url,
            source_code_version=apprunner.CfnService.SourceCodeVersionProperty(type="BRANCH", value=source.branch),
            source_directory=source.directory,
            code_configuration=apprunner.CfnService.CodeConfigurationProperty(
                configuration_source="API",
                code_configuration_values=apprunner.CfnService.CodeConfigurationValuesProperty(
                    runtime=source.runtime,
                    build_command=source.build_command,
                    start_command=source.start_command,
                    port=str(spec.port),
                    runtime_environment_variables=_environment(spec, attributes),
                    runtime_environment_secrets=_secrets(spec),
                ),
            ),
        ),
    )


def _environment(spec: ServiceSpec, attributes: Mapping[str, str]) -> list[apprunner.CfnService.KeyValuePairProperty]:
    variables = container_environment(spec, attributes).items()
    return [apprunner.CfnService.KeyValuePairProperty(name=name, value=value) for name, value in variables]


def _secrets(spec: ServiceSpec) -> list[apprunner.CfnService.KeyValuePairProperty] | None:
    """Return the secrets, which App Runner reads with the instance role when it deploys the service.

    The keys of JSON secrets have the notation of ECS.
    https://docs.aws.amazon.com/apprunner/latest/dg/env-variable.html
    """
    return [
        apprunner.CfnService.KeyValuePairProperty(name=name, value=value) for name, value in spec.secrets.items()
    ] or None
