"""Elastic Beanstalk: the bundle's Compose file, once for each instance, behind the shared load balancer."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ministack.services import alb, s3

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.formats import compose_file
from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.patches.cloudformation import Created, add_replaced_type
from local_aws.emulator.services.ecs_backed_service import EcsService, instance_profile_role, run_as_ecs_service

_BUNDLES: dict[str, bytes] = keep("beanstalk-bundles", {})
"""Version label -> source bundle."""

_Options = dict[str, dict[str, str]]
"""Namespace -> option -> value."""


def emulate(config: EmulatorConfig) -> None:
    """MiniStack does not know the types. Not emulated: instances, scaling, and batches of a deployment."""
    add_replaced_type(
        "AWS::ElasticBeanstalk::ApplicationVersion", _create_version, lambda label, _props: _BUNDLES.pop(label, None)
    )
    run_as_ecs_service(
        "AWS::ElasticBeanstalk::Environment",
        lambda _logical_id, props, _stack: _read(config.directory / GENERATED, props),
    )


def _create_version(props: dict[str, Any], stack: str) -> Created:
    source = props["SourceBundle"]
    label = f"{stack}-{Path(source['S3Key']).stem[:12]}"
    bundle = s3._get_object_data(source["S3Bucket"], source["S3Key"])
    if bundle is None:
        raise ValueError(f"no source bundle at s3://{source['S3Bucket']}/{source['S3Key']}")
    _BUNDLES[label] = bundle
    return label, {}


def _read(directory: Path, props: dict[str, Any]) -> EcsService:
    options: _Options = {}
    for setting in props["OptionSettings"]:
        options.setdefault(setting["Namespace"], {})[setting["OptionName"]] = str(setting["Value"])
    properties = options["aws:elasticbeanstalk:application:environment"]
    listener, hosts = _listener_rule(options)
    process = options["aws:elasticbeanstalk:environment:process:default"]
    role = instance_profile_role(options["aws:autoscaling:launchconfiguration"]["IamInstanceProfile"])
    secrets = {
        name: _ecs_notation(value)
        for name, value in options.get("aws:elasticbeanstalk:application:environmentsecrets", {}).items()
    }
    file = _extract_bundle(directory, props["VersionLabel"], properties)
    return EcsService(
        task_definition=compose_file.task_definition(file, properties, secrets) | {"TaskRoleArn": role},
        desired_count=int(options["aws:autoscaling:asg"]["MinSize"]),
        port=_container_port(file, int(process["Port"])),
        health_path=process["HealthCheckPath"],
        healthy_codes=process.get("MatcherHTTPCode", "200"),
        listener=listener,
        hosts=hosts,
        # With these options Beanstalk always waits for health, and CloudFormation then rolls back; there is no
        # property for it.
        file=file,
    )


def _ecs_notation(arn: str) -> str:
    """The ARN of a secret with the two colons that follow a JSON key in ECS; Beanstalk has none."""
    return f"{arn}::" if ":secretsmanager:" in arn and arn.count(":") == 7 else arn


def _container_port(file: Path, host_port: int) -> int:
    """The container port that the Compose file publishes on the port of the load balancer's targets.

    Raises:
        ValueError: it publishes none there, and no request would reach the container.
    """
    ports = dict(str(entry).split(":") for entry in compose_file.read(file)["ports"])
    if str(host_port) not in ports:
        raise ValueError(f"{file.name} publishes no container port on {host_port}, where the load balancer sends to")
    return int(ports[str(host_port)])


def _extract_bundle(directory: Path, label: str, properties: dict[str, str]) -> Path:
    """Extract the version's bundle and write its environment properties; returns the Compose file."""
    variables = "".join(f"{name}={value}\n" for name, value in properties.items())
    # A directory for each version and its properties: a rollback starts what ran before.
    file = directory / f"{label}-{zlib.crc32(variables.encode()):08x}" / "docker-compose.yml"
    with zipfile.ZipFile(io.BytesIO(_BUNDLES[label])) as bundle:
        bundle.extractall(file.parent)
    file.with_name(".env").write_text(variables)
    return file


def _listener_rule(options: _Options) -> tuple[str, tuple[str, ...]]:
    """ARN of the shared load balancer's listener that the options have a rule for, and the rule's host names.

    Raises:
        ValueError: there is no such listener, and no request would reach an instance.
    """
    load_balancer = options["aws:elbv2:loadbalancer"]["SharedLoadBalancer"]
    for arn, listener in alb._listeners.items():
        rules = options.get(f"aws:elbv2:listener:{listener['Port']}", {}).get("Rules")
        if listener["LoadBalancerArn"] == load_balancer and rules:
            hosts = options[f"aws:elbv2:listenerrule:{rules}"]["HostHeaders"].split(",")
            # Host names of emulated HTTP APIs end with a port.
            return str(arn), tuple(host.split(":")[0] for host in hosts)
    raise ValueError(f"no option names a listener of {load_balancer}: add aws:elbv2:listener:<port>")
