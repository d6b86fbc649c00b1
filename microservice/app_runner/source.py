"""Where App Runner takes the code from: the image that every target runs, or a repository that it builds itself."""

import dataclasses
import re

from aws_cdk import aws_apprunner as apprunner
from aws_cdk import aws_iam as iam

from ..spec import ServiceSpec
from ..tracing import tracing_environment


@dataclasses.dataclass(frozen=True, kw_only=True)
class RepositorySource:
    """A repository of GitHub or Bitbucket that App Runner builds with one of its own runtimes, instead of the image.

    What runs there was built by App Runner, from a branch: no digest, no scan, other bytes than on other targets.
    https://docs.aws.amazon.com/apprunner/latest/dg/service-source-code.html

    Attributes:
        url: The repository, by https.
        branch: Its branch; what is there when CloudFormation deploys is built.
        directory: Folder with the service, in which both commands run, from the top: `/sample_service`.
        connection_arn: Connection of App Runner to the repository's owner; somebody completed its handshake by hand.
        runtime: One of App Runner's, such as `PYTHON_311`.
        build_command: Makes what `start_command` needs.
        start_command: Starts the server; it listens on the spec's port.

    Raises:
        ValueError: if `url` is not https, or a command has more than one line.
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
                f"repository cannot be built: url is {self.url!r}; allowed: an https address without blanks; fix: take "
                "the address that a browser shows"
            )
        for field in ("build_command", "start_command"):
            if not re.fullmatch(r"[^\r\n]+", getattr(self, field)):
                raise ValueError(
                    f"repository {self.url!r} cannot be built: {field} is {getattr(self, field)!r}; allowed: one line; "
                    "fix: join commands with '&&'"
                )


def image_source(spec: ServiceSpec, address: str, access: iam.Role) -> apprunner.CfnService.SourceConfigurationProperty:
    """The image at `address`, pulled as `access`."""
    return apprunner.CfnService.SourceConfigurationProperty(
        authentication_configuration=apprunner.CfnService.AuthenticationConfigurationProperty(
            access_role_arn=access.role_arn
        ),
        # Otherwise App Runner deploys whatever is pushed, past CloudFormation and with nobody watching.
        auto_deployments_enabled=False,
        image_repository=apprunner.CfnService.ImageRepositoryProperty(
            image_identifier=address,
            image_repository_type="ECR",
            image_configuration=apprunner.CfnService.ImageConfigurationProperty(
                port=str(spec.port), runtime_environment_variables=_environment(spec)
            ),
        ),
    )


def repository_source(spec: ServiceSpec, source: RepositorySource) -> apprunner.CfnService.SourceConfigurationProperty:
    """The repository, built with what is said here; an `apprunner.yaml` in it does not count."""
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
                    runtime_environment_variables=_environment(spec),
                ),
            ),
        ),
    )


def _environment(spec: ServiceSpec) -> list[apprunner.CfnService.KeyValuePairProperty]:
    variables = {**tracing_environment(spec), "PORT": str(spec.port), **spec.environment}
    return [apprunner.CfnService.KeyValuePairProperty(name=name, value=value) for name, value in variables.items()]
