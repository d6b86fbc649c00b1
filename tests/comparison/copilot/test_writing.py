"""`import-copilot --write`: a copy of the project deploys the imported service, or is what it was before."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.comparison.copilot.reports import service
from tests.comparison.copilot.test_python_source import ruffs_word
from tests.conftest import ROOT

SHOP = {
    "image": "{build: Dockerfile, port: 80}",
    "cpu": "512",
    "memory": "1024",
    "count": "2",
    "variables": "{LOG_LEVEL: info}",
    "environments": "{prod: {count: 3}}",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What `python app.py` needs."""
    for name in ("stacks", "microservice", "sample_service"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def lone(tmp_path: Path) -> Path:
    """An app that needs no CDK: what is refused is refused before it runs."""
    (tmp_path / "app.py").write_text('"""An app."""\n\nSPEC = ServiceSpec(name="orders")\n')
    return tmp_path


def run(folder: Path, *words: str, manifest: str | None = None) -> Result:
    from comparison.cli import main

    file = folder / "manifest.yml"
    file.write_text(service(**SHOP) if manifest is None else manifest)
    return CliRunner().invoke(main, ["import-copilot", str(file), "--write", "--app", str(folder / "app.py"), *words])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix == ".py"}


def refused(folder: Path, *words: str, manifest: str | None = None) -> str:
    """How it was refused; nothing is written, and nothing is left over."""
    before = files(folder)
    ended = run(folder, *words, manifest=manifest)
    assert ended.exit_code == 1, ended.output
    assert files(folder) == before
    assert "Traceback" not in ended.output
    return " ".join(ended.stderr.split())


@pytest.mark.slow
def test_the_app_synthesises_with_the_imported_service(project: Path) -> None:
    ended = run(project, "--environment", "prod")
    assert ended.exit_code == 0, ended.output
    assert files(project).keys() == {"app.py", "service.py"}
    environment = os.environ | {"CDK_OUTDIR": str(project / "cdk.out"), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=project, env=environment, check=True)
    template = json.loads((project / "cdk.out" / "OrdersOnEcsFargate.template.json").read_text())
    [task] = [one for one in template["Resources"].values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    assert (task["Properties"]["Cpu"], task["Properties"]["Memory"]) == ("512", "1024")
    [container] = task["Properties"]["ContainerDefinitions"]
    assert {"Name": "LOG_LEVEL", "Value": "info"} in container["Environment"]
    [scaled] = [one for one in template["Resources"].values() if one["Type"].endswith("::ScalableTarget")]
    assert scaled["Properties"]["MinCapacity"] == 3
    said = refused(project)
    assert "imports a service already" in said
    assert "or put back SPEC = " in said


def test_the_change_is_shown_and_small(project: Path) -> None:
    before = (project / "app.py").read_text().splitlines()
    ended = run(project)
    assert '-SPEC = ServiceSpec(name="orders")' in ended.stdout.splitlines()
    assert "+from service import SPEC" in ended.stdout.splitlines()
    assert '+    name="shop",' in ended.stdout.splitlines()
    after = (project / "app.py").read_text().splitlines()
    assert len(after) == len(before) <= 150
    assert [new for old, new in zip(before, after, strict=True) if old != new] == ["from service import SPEC"]
    for name in ("stacks", "microservice", "sample_service"):
        shutil.rmtree(project / name)
    assert ruffs_word(project) == ""
    assert (project / "service.py").stat().st_mode & 0o111 == 0


def test_what_a_construct_refuses_is_not_written(project: Path) -> None:
    said = refused(project, manifest=service(platform="linux/arm64"))
    assert "cannot run on Fargate under EKS: architecture is 'arm64'" in said
    assert "leave out that target's line first" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it says 0 times what SPEC is"),
        ('SPEC = ServiceSpec(name="orders")\n' * 2, "it says 2 times what SPEC is"),
        ('SPEC = ServiceSpec(name="mine")\n', "line 1 has a service of its own"),
        ('SPEC = ServiceSpec(name="orders", cpu=512)\n', "line 1 has a service of its own"),
        ('SPEC: ServiceSpec = ServiceSpec(name="orders")\n', "line 1 has a service of its own"),
        ("from elsewhere import SPEC\n", "line 1 has a service of its own"),
        ("from service import SPEC\n", "line 1 imports a service already"),
        ("SPEC = (\n", "is no Python"),
        ("def f():\n    SPEC = 1\n", "it says 0 times what SPEC is"),
    ],
)
def test_an_app_that_is_not_as_expected_is_left_alone(lone: Path, text: str, told: str) -> None:
    (lone / "app.py").write_text(text)
    assert told in refused(lone)


def test_a_file_that_is_there_is_not_overwritten(lone: Path) -> None:
    (lone / "service.py").write_text("MINE = 1\n")
    assert "service.py is there already" in refused(lone)


def test_an_app_that_fails_is_left_alone(lone: Path) -> None:
    """`ServiceSpec` is nowhere in it."""
    (lone / "app.py").write_text('SPEC = ServiceSpec(name="orders")\nraise RuntimeError(f"no {SPEC}")\n')
    assert "the app would not synthesise" in refused(lone)


def test_an_app_outside_of_a_project_is_not_the_manifests_fault(lone: Path) -> None:
    (lone / "app.py").write_text('import stacks_that_are_not_here\n\nSPEC = ServiceSpec(name="orders")\n')
    said = refused(lone)
    assert "No module named 'stacks_that_are_not_here'" in said
    assert "give --app the app.py of this project" in said
    assert "mend the manifest" not in said


def test_an_app_that_fails_of_itself_is_not_the_manifests_fault(lone: Path) -> None:
    (lone / "microservice.py").write_text("from types import SimpleNamespace as ServiceSpec\n")
    (lone / "app.py").write_text('SPEC = ServiceSpec(name="orders")\nraise RuntimeError("no account")\n')
    said = refused(lone)
    assert "RuntimeError: no account" in said
    assert "python app.py: if it fails without the change, too, mend it" in said


def test_a_refused_service_is_called_as_the_manifest_calls_it(lone: Path) -> None:
    (lone / "microservice.py").write_text("from types import SimpleNamespace as ServiceSpec\n")
    (lone / "app.py").write_text(
        'SPEC = ServiceSpec(name="orders")\nraise ValueError(f"service {SPEC.name!r} cannot run on EC2")\n'
    )
    said = refused(lone, manifest=service(name="x"))
    assert "service 'x' cannot run on EC2" in said
    assert "mend the manifest" in said


def test_a_variable_that_nobody_set_is_not_written(lone: Path) -> None:
    said = refused(lone, manifest=service(variables="{A: '${TAG}'}"))
    assert "the service would hold ${TAG}" in said
    assert "export TAG=VALUE" in said


@pytest.mark.parametrize("kind", ["Worker Service", "Static Site"])
def test_what_no_target_runs_is_not_written(lone: Path, kind: str) -> None:
    assert "no target runs shop" in refused(lone, manifest=service(kind))


def test_json_is_for_reading_only(lone: Path) -> None:
    ended = run(lone, "--format", "json")
    assert ended.exit_code == 2
    assert "leave out --format json" in ended.stderr


def test_without_the_option_nothing_is_written(lone: Path) -> None:
    from comparison.cli import main

    before = files(lone)
    (lone / "manifest.yml").write_text(service(**SHOP))
    words = ["import-copilot", str(lone / "manifest.yml"), "--app", str(lone / "app.py")]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert files(lone) == before
