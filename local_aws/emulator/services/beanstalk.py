"""Elastic Beanstalk, our stand-in: the bundle's compose file, once for each instance, behind the shared balancer."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.services import compose_file, environment_options
from local_aws.emulator.services.service import Service, run_as_service

_VERSION = "AWS::ElasticBeanstalk::ApplicationVersion"
_ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"
_BUNDLES: dict[str, bytes] = {}


def run_environments(config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack does not know the types. Here no instance boots, nothing scales, and versions are not in batches."""
    provisioners._RESOURCE_HANDLERS[_VERSION] = {
        "create": lambda _logical_id, props, stack: _version(props, stack),
        # Every property of it is replaced, never changed.
        "update": lambda _label, _old, new, stack, **_: _version(new, stack),
        "delete": lambda label, _props: _BUNDLES.pop(label, None),
    }
    run_as_service(_ENVIRONMENT, lambda _logical_id, props, _stack: _read(config.directory / GENERATED, props))


def _version(props: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    source = props["SourceBundle"]
    label = f"{stack}-{Path(source['S3Key']).stem[:12]}"
    bundle = s3._get_object_data(source["S3Bucket"], source["S3Key"])
    if bundle is None:
        raise ValueError(f"no bundle at s3://{source['S3Bucket']}/{source['S3Key']}")
    _BUNDLES[label] = bundle
    return label, {}


def _read(folder: Path, props: dict[str, Any]) -> Service:
    options = environment_options.by_namespace(props["OptionSettings"])
    properties, label = options["aws:elasticbeanstalk:application:environment"], props["VersionLabel"]
    variables = "".join(f"{name}={value}\n" for name, value in properties.items())
    # A folder for each version and its variables: a deployment that goes back starts what was there before.
    file = folder / f"{label}-{zlib.crc32(variables.encode()):08x}" / "docker-compose.yml"
    with zipfile.ZipFile(io.BytesIO(_BUNDLES[label])) as bundle:
        bundle.extractall(file.parent)
    file.with_name(".env").write_text(variables)
    listener, hosts = environment_options.rule(options)
    process = options["aws:elasticbeanstalk:environment:process:default"]
    return Service(
        definition=compose_file.task(file, properties) | {"TaskRoleArn": environment_options.role(options)},
        count=int(options["aws:autoscaling:asg"]["MinSize"]),
        port=int(process["Port"]),
        health_path=process["HealthCheckPath"],
        listener=listener,
        hosts=hosts,
        # Beanstalk always waits for health with these options, and CloudFormation then goes back: no property says so.
        file=file,
    )
