"""The source bundle of an application version: the compose file, and configuration that has no option setting.

The bundle contains every value that is known at synthesis, including the image's tag or digest: a new image is a new
bundle, and so a new application version, which Beanstalk deploys in health-checked batches. For a `PromotedImage` it is
the digest. For a `SourceImage` it is the asset's tag, a hash of the source: the digest is known after the push only,
and the tag identifies one image only if tags are immutable, as in this app's repository.

Values that are known at deployment only (account, Region, table names) are environment properties: Beanstalk writes
them to `.env` beside the compose file. They do not change between versions: a changed property restarts all containers
at once, and AWS rejects an update of both version and configuration.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/create_deploy_docker.container.console.html
https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_UpdateEnvironment.html
"""

import dataclasses
import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk.aws_logs import ILogGroup
from constructs import Construct

from ..container_environment import container_environment
from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_RETRIES,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    HOST_PORT,
    STOP_SECONDS,
    USER,
    WRITABLE_MIB,
)
from ..errors import UnsupportedSpecError
from ..health_wait import wait_until_healthy
from ..image import Image
from ..resource_attributes import VARIABLE, resource_attributes
from ..spec import ServiceSpec
from .secret_options import secret_options

_REPOSITORY = "IMAGE_REPOSITORY"
_LOG_GROUP = "LOG_GROUP"
# Seconds to boot and pull. After these and the start of the service, an instance that fails the load balancer's health
# check is replaced.
_BOOT_SECONDS = 540
# Seconds that the hook waits for a healthy container, besides the start of the service: for restarts.
_HEALTH_SECONDS = 240
# Beanstalk logs in to ECR itself, but its documentation does not say whether it does for an image name that compose
# substitutes. For other registries it recommends such a hook in both places.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.remote-repo.html
ECR_LOGIN_HOOK = """\
#!/bin/bash
set -euo pipefail
repository=$(/opt/elasticbeanstalk/bin/get-config environment -k IMAGE_REPOSITORY)
registry=${repository%%/*}
region=$(cut -d . -f 4 <<< "$registry")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"
"""
# The second folder runs on configuration changes, which restart the containers: an ECR token expires after 12 hours.
_HOOK_FOLDERS = [".platform/hooks", ".platform/confighooks"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bundle:
    """A source bundle.

    Attributes:
        asset: The zip file, with a hash of its contents as key: a constant key would be deployed once only.
        options: The environment properties.
    """

    asset: s3_assets.Asset
    options: Mapping[str, Mapping[str, str]]


def source_bundle(
    scope: Construct,
    *,
    spec: ServiceSpec,
    image: Image,
    puller: iam.IGrantable,
    logs: ILogGroup,
) -> Bundle:
    """Create the bundle of a service, with one replica on each instance.

    Args:
        scope: The parent construct.
        spec: The service.
        image: The container image.
        puller: Principal that is allowed to pull the image and read the bundle.
        logs: Log group of the container's output.

    Raises:
        UnsupportedSpecError: A variable whose value is known at deployment only has the name of a property of this
            bundle: the container would get the value of the bundle. Or it is `OTEL_RESOURCE_ATTRIBUTES`, which contains
            the version: a property must not change with it. Or a secret is of a fixed version.
    """
    version = image.version(scope, spec.architecture)
    attributes = resource_attributes(scope, platform="aws_elastic_beanstalk", version=version)
    variables = container_environment(spec, attributes, region=cdk.Stack.of(scope).region)
    properties = {name: value for name, value in variables.items() if cdk.Token.is_unresolved(value)}
    named_later = {**properties, **spec.secrets}
    for name in named_later.keys() & {_REPOSITORY, _LOG_GROUP, VARIABLE}:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Elastic Beanstalk",
            field=f"{'secrets' if name in spec.secrets else 'environment'}[{name!r}]",
            value=named_later[name],
            allowed="other names for values that are known at deployment only",
            fix="Rename the variable, or set a value that is known at synthesis.",
        )
    compose_values = {name: f"${{{name}}}" if name in properties else _escaped(variables[name]) for name in variables}
    # Compose fails, and with it the deployment, if Beanstalk has set no value.
    compose_values |= {name: f"${{{name}:?Beanstalk has not set this secret}}" for name in spec.secrets}
    repository, version = _repository_and_version(scope, image.image_uri(scope, spec.architecture, puller=puller))
    service = _service(spec, f"${{{_REPOSITORY}}}{version}", compose_values)
    files = {
        "docker-compose.yml": _yaml({"services": {"main": service}}),
        ".ebextensions/instances.config": _yaml(_instance_config(spec)),
        **{f"{folder}/prebuild/ecr_login.sh": ECR_LOGIN_HOOK for folder in _HOOK_FOLDERS},
        **{f"{folder}/postdeploy/health.sh": _health_hook(spec) for folder in _HOOK_FOLDERS},
    }
    asset = _asset(scope, files)
    # Only this object: the bootstrap bucket holds the assets of all stacks.
    bundle_arn = asset.bucket.arn_for_objects(asset.s3_object_key)
    iam.Grant.add_to_principal(grantee=puller, actions=["s3:GetObject"], resource_arns=[bundle_arn])
    named = {_REPOSITORY: repository, _LOG_GROUP: logs.log_group_name}
    options = {"aws:elasticbeanstalk:application:environment": {**properties, **named}}
    return Bundle(asset=asset, options={**options, **secret_options(spec)})


def _instance_config(spec: ServiceSpec) -> Mapping[str, Any]:
    """Return settings of the instances that no option has.

    By default Beanstalk replaces instances that fail EC2's status checks only.
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentconfig-autoscaling-healthchecktype.html
    """
    grace_period = _BOOT_SECONDS + spec.start_seconds
    # Containers are one more hop away from the credentials of the instance role, and no option sets the limit. AWS does
    # not document whether these options replace those of `DisableIMDSv1`, so both are here.
    # https://github.com/aws/elastic-beanstalk-roadmap/issues/242
    metadata_options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    return {
        "Resources": {
            "AWSEBAutoScalingGroup": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {"HealthCheckType": "ELB", "HealthCheckGracePeriod": grace_period},
            },
            "AWSEBEC2LaunchTemplate": {
                "Type": "AWS::EC2::LaunchTemplate",
                "Properties": {"LaunchTemplateData": {"MetadataOptions": metadata_options}},
            },
        }
    }


def _health_hook(spec: ServiceSpec) -> str:
    """Return the hook that waits for a healthy container; a failed hook fails the deployment.

    Beanstalk does not look at the health of a container, and by default the load balancer accepts a 404: a version
    that does not know its own health path must fail here.
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.hooks.html
    """
    wait = wait_until_healthy(spec, timeout_seconds=_HEALTH_SECONDS + spec.start_seconds)
    return f"#!/bin/bash\nset -euo pipefail\n{wait}\n"


def _health_check(spec: ServiceSpec) -> dict[str, Any]:
    """Return the check of the container, if the spec has one."""
    if not spec.health_command:
        return {}
    check = {
        "test": [*map(_escaped, spec.health_command)],
        "interval": f"{HEALTH_CHECK_INTERVAL_SECONDS}s",
        "timeout": f"{HEALTH_CHECK_TIMEOUT_SECONDS}s",
        "retries": HEALTH_CHECK_RETRIES,
        "start_period": f"{spec.start_seconds}s",
    }
    return {"healthcheck": check}


def _writable_paths(spec: ServiceSpec) -> dict[str, Any]:
    """Return the directories in memory, if there are any; every user may write to them, as to `/tmp`.

    https://docs.docker.com/reference/compose-file/services/#tmpfs
    """
    paths = [f"{path}:size={WRITABLE_MIB}m,mode=1777" for path in spec.writable_paths]
    return {"tmpfs": paths} if paths else {}


def _service(spec: ServiceSpec, image: str, variables: Mapping[str, str]) -> dict[str, Any]:
    return {
        "image": image,
        "environment": [f"{name}={value}" for name, value in variables.items()],
        # With compose, Beanstalk runs no proxy: the load balancer calls this port.
        "ports": [f"{HOST_PORT}:{spec.port}"],
        **({"command": list(map(_escaped, spec.command))} if spec.command else {}),
        **_health_check(spec),
        "cpus": spec.cpu / 1024,
        "mem_limit": f"{spec.memory_mib}m",
        "user": USER,
        "read_only": True,
        **_writable_paths(spec),
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "init": True,
        "restart": "always",
        "stop_grace_period": f"{STOP_SECONDS}s",
        # Beanstalk's own log streaming would put the container's name before each line, which is JSON.
        # https://github.com/aws/elastic-beanstalk-roadmap/issues/240
        "logging": {
            "driver": "awslogs",
            "options": {
                "awslogs-group": f"${{{_LOG_GROUP}}}",
                "mode": "non-blocking",
            },
        },
    }


def _repository_and_version(scope: Construct, image_uri: str) -> tuple[str, str]:
    """Split an image URI into the repository, a token, and the known tag or digest with its ':' or '@'.

    Raises:
        ValueError: The image URI has neither tag nor digest.
    """
    written = json.dumps(cdk.Stack.of(scope).resolve(image_uri))
    found = re.search(r'(@sha256:[0-9a-f]{64}|:[\w.-]+)("\W*)$', written)
    if not found:
        raise ValueError(
            f"image URI {written} has no tag or digest (allowed: repository:tag or repository@digest). "
            "Pass a SourceImage or a PromotedImage."
        )
    return cdk.Token.as_string(json.loads(written[: found.start()] + found[2])), found[1]


def _asset(scope: Construct, files: Mapping[str, str]) -> s3_assets.Asset:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            file.chmod(0o755)  # The zip file keeps the mode; hooks must be executable.
        return s3_assets.Asset(scope, "Bundle", path=folder)


def _escaped(value: str) -> str:
    """Return the value with dollar signs escaped, after which compose substitutes variables."""
    return value.replace("$", "$$")


def _yaml(section: Mapping[str, Any], indent: str = "") -> str:
    """Return YAML with every string quoted, so that none is read as another type."""
    return "".join(f"{indent}{key}:{_yaml_value(value, indent + '  ')}" for key, value in section.items())


def _yaml_value(value: object, indent: str) -> str:
    if isinstance(value, Mapping):
        return "\n" + _yaml(value, indent)
    if isinstance(value, list):
        return "\n" + "".join(f"{indent}- {json.dumps(entry)}\n" for entry in value)
    return f" {json.dumps(value)}\n"
