"""Copying is a feature: the folder, or one target with the files it imports, works where nothing of this project is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import siblings
from tests.architecture.test_imports import TARGETS, names

# What each target needs around it; a new target that needs something else says so here or fails.
APP = """
import sys, inspect
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_ecs as ecs
{imports}

app = cdk.App(outdir="cdk.out")
stack = cdk.Stack(app, "Bills")
Path("image").mkdir(exist_ok=True)
Path("image/Dockerfile").write_text("FROM scratch")

def surroundings():
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    return {{
        "spec": ServiceSpec(name="bills", port=9000, health_path="/ping", min_instances=1, tracing=0),
        "image": SourceImage(directory=Path("image")),
        "cluster": ecs.Cluster(stack, "Cluster", vpc=vpc),
        "link": FrontDoorLink(stack, "Link", vpc=vpc) if FrontDoorLink else None,
        "health_command": ["/well"],
        "command": ["serve"],
    }}

given = surroundings()
for target in TARGETS:
    wanted = inspect.signature(target.__init__).parameters
    made = target(stack, target.__name__, **{{name: value for name, value in given.items() if name in wanted}})
    assert made.url and made.role
app.synth()
"""


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
from platform_team import FrontDoorLink, ServiceSpec, SourceImage
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
    assert not {other.name for other in TARGETS if other != target} & {file.name for file in needed}
    link = "from one_target.front_door import FrontDoorLink" if (folder / "front_door.py").exists() else ""
    imports = f"""
FrontDoorLink = None
{link}
from one_target import {target.stem} as module
from one_target.image import SourceImage
from one_target.spec import ServiceSpec
TARGETS = [found for found in vars(module).values() if inspect.isclass(found) and "TARGET_ID" in vars(found)]
assert len(TARGETS) == 1
"""
    run(tmp_path, APP.format(imports=imports))
