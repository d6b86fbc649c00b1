"""The folder, or one target with the files that it imports, works in an app that has nothing else of this project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import TARGETS, data_folders, dependencies, names
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "microservice"
# Arguments are created from the types of the constructor, so that a new target needs no change here.
APP = '''
import importlib, inspect, sys, types, typing
from collections.abc import Sequence
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_eks_v2 as eks, aws_lambda
{imports}

app = cdk.App(outdir="cdk.out")
stack = cdk.Stack(app, "Bills")
Path("image").mkdir(exist_ok=True)
Path("image/Dockerfile").write_text("FROM scratch")
spec = ServiceSpec(name="bills", port=9000, health_path="/ping", min_instances=1, trace_sampling_rate=0)
made = {{ServiceSpec: spec, Image: SourceImage(directory=Path("image")), Sequence[str]: ["serve"]}}

def make(kind):
    """Return an argument of a type: a construct of the CDK by its interface, an enum-like value, or a link."""
    kind = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
    if kind is eks.ICluster and kind not in made:
        # By version and ARN: older versions of the CDK name no newer version of Kubernetes, and have no such layer.
        arn = "arn:aws:lambda:us-east-1:123456789012:layer:kubectl:1"
        layer = aws_lambda.LayerVersion.from_layer_version_arn(stack, "Kubectl", arn)
        kubectl = eks.KubectlProviderOptions(kubectl_layer=layer)
        known = {{"version": eks.KubernetesVersion.of("1.36"), "vpc": make(ec2.IVpc)}}
        made[kind] = eks.Cluster(stack, "Kubernetes", kubectl_provider_options=kubectl, **known)
    if kind.__name__ == "IngressConfig" and kind not in made:
        made[kind] = HttpApiVpcLink(stack, "Link", vpc=make(ec2.IVpc))
    if kind not in made:
        concrete = getattr(sys.modules[kind.__module__], kind.__name__[1:], kind)
        values = [value for name in dir(concrete) if isinstance(value := getattr(concrete, name), concrete)]
        made[kind] = values[-1] if values else concrete(stack, kind.__name__, **arguments(concrete))
    return made[kind]

def arguments(concrete):
    """Return the required arguments, and the VPC that all constructs share."""
    hints = typing.get_type_hints(concrete.__init__)
    named = inspect.signature(concrete.__init__).parameters.values()
    needed = [p.name for p in named if p.kind is p.KEYWORD_ONLY and (p.default is p.empty or p.name == "vpc")]
    return {{name: make(ec2.IVpc if name == "vpc" else hints[name]) for name in needed}}

for target in TARGETS:
    service = target(stack, target.__name__, **arguments(target))
    assert service.url and service.role
    [data] = [entry.data for entry in service.node.metadata if entry.type == "microservice:target"]
    assert getattr(importlib.import_module(f"{{PACKAGE}}.{{data['module']}}"), data["construct"]) is target
app.synth()
'''


def run(folder: Path, program: str) -> None:
    """Run a program in a process that finds this folder and the installed packages only.

    `.ci/copying` sets `COPYING_PYTHON`, for another version of the CDK and of Python.
    """
    (folder / "program.py").write_text(program)
    environment = {"PATH": "", "CDK_VALIDATION": "false", "JSII_NODE": os.environ["JSII_NODE"]}
    command = [os.environ.get("COPYING_PYTHON", sys.executable), "program.py"]
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "cdk.out" / "Bills.template.json").exists()


def test_the_folder_in_another_package_deploys_another_service(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "libs" / "platform_team", ignore=shutil.ignore_patterns("__pycache__"))
    imports = f"""
PACKAGE = "libs.platform_team"
import libs.platform_team as copied
from libs.platform_team import HttpApiVpcLink, Image, ServiceSpec, SourceImage
public = [getattr(copied, name) for name in copied.__all__]
TARGETS = [found for found in public if inspect.isclass(found) and "TARGET_ID" in vars(found)]
assert len(TARGETS) == {len(TARGETS)}
assert not [name for name in sys.modules if name.split(".")[0] == "microservice"]
"""
    run(tmp_path, APP.format(imports=imports))


@pytest.mark.parametrize("target", TARGETS, ids=names(TARGETS))
def test_one_target_with_the_files_that_it_imports_deploys_another_service(target: Path, tmp_path: Path) -> None:
    """The file of `HttpApiVpcLink` comes along for targets that have an ingress."""
    folder = tmp_path / "one_target"
    needed = dependencies(target, FOLDER)
    needs_ingress = FOLDER / "ingress/base.py" in needed
    if needs_ingress:
        needed |= dependencies(FOLDER / "ingress/http_api.py", FOLDER)
    for file in needed:
        copy = folder / file.relative_to(FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
        for data in data_folders(file):
            shutil.copytree(data, copy.parent / data.name)
    assert needed & set(TARGETS) == {target}
    assert not (folder / "__init__.py").exists()
    imports = f"""
PACKAGE = "one_target"
from one_target.{target.parent.name} import {target.stem} as module
from one_target.image import Image, SourceImage
from one_target.spec import ServiceSpec
{"from one_target.ingress.http_api import HttpApiVpcLink" if needs_ingress else ""}
TARGETS = [found for found in vars(module).values() if inspect.isclass(found) and "TARGET_ID" in vars(found)]
TARGETS = [found for found in TARGETS if found.__module__ == module.__name__]
assert len(TARGETS) == 1
"""
    run(tmp_path, APP.format(imports=imports))


README = """
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import CfnOutput, aws_dynamodb as dynamodb, aws_ec2 as ec2, aws_ecs as ecs

HERE = Path("image")
HERE.mkdir()
(HERE / "Dockerfile").write_text("FROM scratch")
app = cdk.App(outdir="cdk.out")
self = cdk.Stack(app, "Bills")
vpc = ec2.Vpc(self, "Vpc", max_azs=2)
cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
table = dynamodb.Table(self, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING))

{block}
app.synth()
"""


def test_the_code_in_the_readme_works_with_a_copied_folder(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        shutil.copytree(FOLDER, folder / "your_name", ignore=shutil.ignore_patterns("__pycache__"))
        run(folder, README.format(block=block))
