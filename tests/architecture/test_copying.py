"""Copying is a feature: the folder, or one target with the files it imports, works where nothing of this project is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import beside, siblings
from tests.architecture.test_imports import TARGETS, names
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

# What a target takes is made from the types that its constructor names, so that a new target is not added here.
APP = '''
import inspect, sys, types, typing
from collections.abc import Sequence
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer
{imports}

app = cdk.App(outdir="cdk.out")
stack = cdk.Stack(app, "Bills")
Path("image").mkdir(exist_ok=True)
Path("image/Dockerfile").write_text("FROM scratch")
spec = ServiceSpec(name="bills", port=9000, health_path="/ping", min_instances=1, tracing=0)
made = {{ServiceSpec: spec, Image: SourceImage(directory=Path("image")), Sequence[str]: ["serve"]}}

def make(kind):
    """An AWS thing by its interface, one of the values that a class names, or what this folder has for it."""
    kind = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
    if kind is eks.ICluster and kind not in made:
        kubectl = eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl"))
        known = {{"version": eks.KubernetesVersion.V1_36, "vpc": make(ec2.IVpc)}}
        made[kind] = eks.Cluster(stack, "Kubernetes", kubectl_provider_options=kubectl, **known)
    if kind not in made:
        concrete = getattr(sys.modules[kind.__module__], kind.__name__[1:], kind)
        values = [value for name in dir(concrete) if isinstance(value := getattr(concrete, name), concrete)]
        made[kind] = values[-1] if values else concrete(stack, kind.__name__, **arguments(concrete))
    return made[kind]

def arguments(concrete):
    """What it cannot be made without, and the one VPC that all share."""
    hints = typing.get_type_hints(concrete.__init__)
    named = inspect.signature(concrete.__init__).parameters.values()
    needed = [p.name for p in named if p.kind is p.KEYWORD_ONLY and (p.default is p.empty or p.name == "vpc")]
    return {{name: make(ec2.IVpc if name == "vpc" else hints[name]) for name in needed}}

for target in TARGETS:
    placed = target(stack, target.__name__, **arguments(target))
    assert placed.url and placed.role
app.synth()
'''


def run(folder: Path, program: str) -> None:
    """In a process that sees this folder and the installed packages only."""
    (folder / "program.py").write_text(program)
    environment = {"PATH": "", "CDK_VALIDATION": "false", "JSII_NODE": os.environ["JSII_NODE"]}
    command = [sys.executable, "program.py"]
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "cdk.out" / "Bills.template.json").exists()


def test_the_folder_under_another_name_serves_another_service(tmp_path: Path) -> None:
    source = TARGETS[0].parent
    shutil.copytree(source, tmp_path / "platform_team", ignore=shutil.ignore_patterns("__pycache__"))
    imports = """
import platform_team
from platform_team import Image, ServiceSpec, SourceImage
TARGETS = [found for found in vars(platform_team).values() if inspect.isclass(found) and "TARGET_ID" in vars(found)]
assert len(TARGETS) > 1
"""
    run(tmp_path, APP.format(imports=imports))


@pytest.mark.parametrize("target", TARGETS, ids=names(TARGETS))
def test_one_target_with_the_files_that_it_imports_serves_another_service(target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "one_target"
    folder.mkdir()
    needed = siblings(target)
    for file in needed:
        shutil.copy(file, folder)
        for data in beside(file):
            shutil.copytree(data, folder / data.name)
    assert not {other.name for other in TARGETS if other != target} & {file.name for file in needed}
    imports = f"""
from one_target import {target.stem} as module
from one_target.image import Image, SourceImage
from one_target.spec import ServiceSpec
TARGETS = [found for found in vars(module).values() if inspect.isclass(found) and "TARGET_ID" in vars(found)]
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


def test_what_the_readme_tells_copiers_to_write_works(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        shutil.copytree(TARGETS[0].parent, folder / "your_name", ignore=shutil.ignore_patterns("__pycache__"))
        run(folder, README.format(block=block))
