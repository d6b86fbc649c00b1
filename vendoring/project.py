"""A new project with one target: the app, one stack, tests, and a copy of `microservice/`."""

import inspect
import json
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks

import microservice
from deployment.errors import ActionableError
from deployment.paths import require_writable
from microservice import IngressConfig
from vendoring.folder import read_folder, write_files
from vendoring.releases import FOLDER, ROOT

_TEMPLATE = Path(__file__).with_name("template")
_INDENT = " " * 8
# Arguments that every project has, from `service.py`.
_OF_THE_SERVICE = frozenset({"spec", "image"})
# Without an ingress of its own, a target on ECS has public tasks, and needs no NAT gateway.
_PUBLIC_VPC = """vpc = ec2.Vpc(
    self,
    "Vpc",
    max_azs=2,
    nat_gateways=0,
    subnet_configuration=[ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)],
)"""
_ADAPTER = """# Lambda's events as HTTP requests: https://github.com/aws/aws-lambda-web-adapter
COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter
"""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of a construct, as a project makes it.

    Attributes:
        value: the expression that is passed.
        lines: the statements before it; "" if the expression is enough.
        imports: import statements.
        names: public names of `microservice/`.
        dependencies: packages, as `pyproject.toml` of this repository names them.
        needs: other arguments that the statements use.
    """

    value: str
    lines: str = ""
    imports: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_VPC = Argument(
    value="vpc",
    lines='vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1)',
    imports=("from aws_cdk import aws_ec2 as ec2",),
)
_EKS_CLUSTER = """cluster = eks.Cluster(
    self,
    "Cluster",
    version=eks.KubernetesVersion.V1_36,
    vpc=vpc,
    vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
    bootstrap_self_managed_addons=False,
    kubectl_provider_options=eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(self, "Kubectl")),
)
eks.Addon(self, "MetricsServer", cluster=cluster, addon_name="metrics-server")"""
# Type of an argument -> how a project makes it; a target with other types needs an entry.
_ARGUMENTS: Mapping[Any, Argument] = {
    ec2.IVpc: _VPC,
    ecs.ICluster: Argument(
        value="cluster",
        lines='cluster = ecs.Cluster(self, "Cluster", vpc=vpc)',
        imports=("from aws_cdk import aws_ecs as ecs",),
        needs=("vpc",),
    ),
    eks.ICluster: Argument(
        value="cluster",
        lines=_EKS_CLUSTER,
        imports=(
            "from aws_cdk import aws_eks_v2 as eks",
            "from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer",
        ),
        dependencies=("aws-cdk-lambda-layer-kubectl-v36",),
        needs=("vpc",),
    ),
    IngressConfig: Argument(
        value='HttpApiVpcLink(self, "VpcLink", vpc=vpc)', names=("HttpApiVpcLink",), needs=("vpc",)
    ),
    Sequence[str]: Argument(value='["python", "server.py"]'),
}


def targets() -> Mapping[str, type[Any]]:
    """Return target -> class of its construct."""
    found = (getattr(microservice, name) for name in microservice.__all__)
    return {
        one.TARGET_ID: one for one in found if hasattr(one, "TARGET_ID") and not getattr(one, "_is_protocol", False)
    }


def create(directory: Path, target: str) -> Iterator[str]:
    """Create a project, and yield what it contains and the next commands.

    Args:
        directory: a new or empty folder; its name is that of the service.
        target: ID of the target.

    Raises:
        ActionableError: the target is unknown, the name is not valid, or the folder is not empty.
    """
    known = targets()
    if target not in known:
        raise ActionableError(f"there is no target {target!r}", f"allowed: {', '.join(known)}", "use one of these")
    require_writable(directory, "DIRECTORY")
    name = directory.resolve().name
    try:
        microservice.ServiceSpec(name=name)
    except ValueError as error:
        raise ActionableError(
            f"{name!r} is not valid as the name of a service",
            "2 to 32 lower-case letters, digits and hyphens, starting with a letter",
            "choose another name for the folder, such as my-service",
        ) from error
    if directory.exists() and any(directory.iterdir()):
        raise ActionableError(f"{directory} is not empty", "", "choose a new folder")
    files = {**_rendered(name, target, known[target]), "cdk.json": _cdk_json()}
    write_files(directory, {path: content.encode() for path, content in files.items()})
    write_files(directory / FOLDER.name, read_folder(FOLDER))
    yield f"created {directory} with {FOLDER.name}/ {microservice.__version__}"
    yield from (f"  {path}" for path in sorted(files))
    yield ""
    yield f"next  cd {directory}"
    yield "      python app.py && pytest"


def _rendered(name: str, target: str, construct: type[Any]) -> dict[str, str]:
    arguments = _arguments(construct)
    values = {
        **_stack_values(arguments),
        "adapter": _ADAPTER if _is_function(arguments) else "",
        "construct": construct.__name__,
        "dependencies": "".join(f'    "{line}",\n' for line in _dependencies(arguments.values())),
        "name": name,
        "names": ", ".join(sorted({construct.__name__, *(each for one in arguments.values() for each in one.names)})),
        "python": _pyproject()["project"]["requires-python"],
        "stack": "".join(part.capitalize() for part in name.split("-")),
        "target": target,
        "version": microservice.__version__,
    }
    return {
        _path(file): Template(file.read_text()).substitute(values) for file in sorted(_TEMPLATE.rglob("*.template"))
    }


def _path(file: Path) -> str:
    path = file.relative_to(_TEMPLATE).as_posix().removesuffix(".template")
    return ".gitignore" if path == "gitignore" else path


def _stack_values(arguments: Mapping[str, Argument]) -> dict[str, str]:
    imports = sorted(
        {line for one in arguments.values() for line in one.imports} | {"from constructs import Construct"}
    )
    lines = [line for one in arguments.values() for line in one.lines.splitlines()]
    passed = [f"    {name}={one.value}," for name, one in arguments.items() if not name.startswith("_")]
    return {
        "arguments": "".join(f"{_INDENT}{line}\n" for line in passed),
        "imports": "".join(f"{line}\n" for line in imports),
        "infrastructure": "".join(f"{_INDENT}{line}\n" for line in lines),
    }


def _arguments(construct: type[Any]) -> dict[str, Argument]:
    """Return the required arguments of a construct, in the order in which they are made; `_vpc` is not passed."""
    hints = typing.get_type_hints(construct.__init__)
    required = [
        each.name
        for each in inspect.signature(construct.__init__).parameters.values()
        if each.kind is each.KEYWORD_ONLY and each.default is each.empty and each.name not in _OF_THE_SERVICE
    ]
    found = {name: _ARGUMENTS[hints[name]] for name in required}
    if "vpc" not in found and any("vpc" in one.needs for one in found.values()):
        found = {"_vpc": _VPC, **found}
    if "cluster" in found and "ingress" not in found:
        found |= {"_vpc": _with(_VPC, _PUBLIC_VPC), "cluster": _with(found["cluster"], _PUBLIC_CLUSTER)}
    return found


_PUBLIC_CLUSTER = 'cluster = ecs.Cluster(self, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)'


def _with(argument: Argument, lines: str) -> Argument:
    return Argument(value=argument.value, lines=lines, imports=argument.imports)


def _is_function(arguments: Mapping[str, Argument]) -> bool:
    return "command" in arguments


def _dependencies(arguments: typing.Iterable[Argument]) -> list[str]:
    """Return the pinned packages: those of this repository, without those of other targets."""
    extra = {name for one in arguments for name in one.dependencies}
    optional = {name for one in _ARGUMENTS.values() for name in one.dependencies} - extra
    pinned = _pyproject()["project"]["dependencies"]
    return [line for line in pinned if re.split(r"[=<>]", line)[0] not in optional]


def _pyproject() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _cdk_json() -> str:
    """Return `cdk.json`, with the feature flags of this repository: the constructs are tested with them."""
    own = json.loads((ROOT / "cdk.json").read_text())
    return json.dumps({**own, "app": "python app.py"}, indent=2) + "\n"
