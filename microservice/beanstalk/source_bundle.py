"""What Elastic Beanstalk deploys: a compose file, and what its Docker platform has no option for.

All that is known when the app is synthesised stands in the bundle, the image's version included: another image is
another bundle, and so another version of the application, which Beanstalk deploys in batches that have to be well.
Of a `PromotedImage` that version is the digest. Of a `SourceImage` it is the asset's tag, a hash of the source and not
of what was built: no digest is known before the image is pushed, and the tag stays with the first image pushed under
it only where tags are immutable, as they are in the app's own repository.
What only AWS knows (account, Region, names of tables) are properties of the environment: Beanstalk writes them into
`.env` beside the compose file, where compose finds them. They stay the same from version to version: a changed one
would restart every container at once, and AWS refuses a new version and another configuration in one update.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/create_deploy_docker.container.console.html
https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_UpdateEnvironment.html
"""

import dataclasses
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from .ebextensions import HEALTH_CONFIG, ECR_LOGIN_HOOK, SIGN_IN_AT
from ..defaults import STOP_SECONDS, USER
from ..image import Image
from ..spec import ServiceSpec
from ..tracing import tracing_environment

_REPOSITORY = "IMAGE_REPOSITORY"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bundle:
    """The zip, named after its contents: a constant name would be deployed once. And the environment's properties."""

    asset: s3_assets.Asset
    options: Mapping[str, Mapping[str, str]]


def source_bundle(
    scope: Construct, *, spec: ServiceSpec, image: Image, puller: iam.IGrantable, health_command: Sequence[str]
) -> Bundle:
    """The bundle that runs `spec` once on an instance, from `image`; `puller` may then pull it and read the bundle."""
    # Elsewhere the platform names the Region.
    given = {"AWS_REGION": cdk.Stack.of(scope).region, "PORT": str(spec.port)}
    variables = {**tracing_environment(spec), **given, **spec.environment}
    properties = {name: value for name, value in variables.items() if cdk.Token.is_unresolved(value)}
    filled_in = {name: f"${{{name}}}" if name in properties else _literal(variables[name]) for name in variables}
    repository, version = _repository_and_version(scope, image.image_uri(scope, spec.architecture, puller=puller))
    service = _service(spec, f"${{{_REPOSITORY}}}{version}", filled_in, health_command)
    files = {
        "docker-compose.yml": _yaml({"services": {"main": service}}),
        ".ebextensions/health.config": _yaml(HEALTH_CONFIG),
        **dict.fromkeys(SIGN_IN_AT, ECR_LOGIN_HOOK),
    }
    asset = _asset(scope, files)
    # This file alone: its bucket holds those of all stacks.
    bundle = asset.bucket.arn_for_objects(asset.s3_object_key)
    iam.Grant.add_to_principal(grantee=puller, actions=["s3:GetObject"], resource_arns=[bundle])
    options = {"aws:elasticbeanstalk:application:environment": {**properties, _REPOSITORY: repository}}
    return Bundle(asset=asset, options=options)


def _service(
    spec: ServiceSpec, image: str, variables: Mapping[str, str], health_command: Sequence[str]
) -> dict[str, Any]:
    return {
        "image": image,
        "environment": [f"{name}={value}" for name, value in variables.items()],
        # Beanstalk puts no proxy before compose: the load balancer asks this port.
        "ports": [f"{spec.port}:{spec.port}"],
        "healthcheck": {
            "test": ["CMD", *map(_literal, health_command)],
            "interval": "10s",
            "timeout": "5s",
            "retries": 3,
            "start_period": "30s",
        },
        "cpus": spec.cpu / 1024,
        "mem_limit": f"{spec.memory_mib}m",
        "user": USER,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "init": True,
        "restart": "always",
        "stop_grace_period": f"{STOP_SECONDS}s",
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    }


def _repository_and_version(scope: Construct, address: str) -> tuple[str, str]:
    """What CloudFormation fills in, and the tag or digest that is known, with its ':' or '@'.

    Raises:
        ValueError: if the image has neither.
    """
    written = json.dumps(cdk.Stack.of(scope).resolve(address))
    found = re.search(r'(@sha256:[0-9a-f]{64}|:[\w.-]+)("\W*)$', written)
    if not found:
        raise ValueError(f"no tag or digest ends {written}; allowed: 'repository:tag' in ECR; fix: take an `Image`")
    return cdk.Token.as_string(json.loads(written[: found.start()] + found[2])), found[1]


def _asset(scope: Construct, files: Mapping[str, str]) -> s3_assets.Asset:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            file.chmod(0o755)  # the zip keeps modes
        return s3_assets.Asset(scope, "Bundle", path=folder)


def _literal(value: str) -> str:
    """The value as compose takes it, which fills in what follows a dollar sign."""
    return value.replace("$", "$$")


def _yaml(section: Mapping[str, Any], indent: str = "") -> str:
    """Every string in quotes, so that none of them means anything else."""
    return "".join(f"{indent}{key}:{_yaml_value(value, indent + '  ')}" for key, value in section.items())


def _yaml_value(value: object, indent: str) -> str:
    if isinstance(value, Mapping):
        return "\n" + _yaml(value, indent)
    if isinstance(value, list):
        return "\n" + "".join(f"{indent}- {json.dumps(entry)}\n" for entry in value)
    return f" {json.dumps(value)}\n"
