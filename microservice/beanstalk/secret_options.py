"""The option settings that let Elastic Beanstalk read secrets when an instance boots.

Beanstalk sets them as environment properties, which reach the container as those do. A platform version of April 2025
or later reads them; keys of JSON secrets need one of February 2026 or later.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
"""

from collections.abc import Mapping

from ..errors import UnsupportedSpecError
from ..secrets import secret_arn
from ..spec import ServiceSpec


def secret_options(spec: ServiceSpec) -> Mapping[str, Mapping[str, str]]:
    """Return the options of the secrets, if the spec has any.

    Args:
        spec: The service.

    Raises:
        UnsupportedSpecError: A secret has a version stage or a version ID: Beanstalk reads the current version.
    """
    if not spec.secrets:
        return {}
    secrets = {name: _option(spec, name, value) for name, value in spec.secrets.items()}
    return {"aws:elasticbeanstalk:application:environmentsecrets": secrets}


def _option(spec: ServiceSpec, name: str, value: str) -> str:
    """Return the ARN in the notation of Beanstalk: the key of a JSON secret follows it, and nothing else."""
    arn = secret_arn(value)
    key, *version = value.removeprefix(arn).removeprefix(":").split(":")
    if any(version):
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Elastic Beanstalk",
            field=f"secrets[{name!r}]",
            value=value,
            allowed="the current version: `…:secret:name-AbCdEf`, or `…:key::` with the key of a JSON secret",
            fix="Remove the version stage and the version ID.",
        )
    return f"{arn}:{key}" if key else arn
