"""`--write`: replaces `service.py` in a copy of the project, or leaves it as it was."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from copilot_import.__main__ import main
from tests.unit.copilot_import.reports import service, with_image
from tests.unit.copilot_import.test_spec_source import ruff_findings

SHOP = {
    "image": "{build: shop/Dockerfile, port: 80}",
    "cpu": "512",
    "memory": "1024",
    "count": "2",
    "variables": "{LOG_LEVEL: info}",
    "environments": "{prod: {count: 3}}",
}


@pytest.fixture
def lone(tmp_path: Path) -> Path:
    """An app without the CDK, for errors that occur before synthesis."""
    (tmp_path / "app.py").write_text('"""An app."""\n\nfrom service import SPEC\n')
    (tmp_path / "service.py").write_text('SPEC = "sample"\n')
    (tmp_path / "microservice.py").write_text(
        "from types import SimpleNamespace as ServiceSpec, SimpleNamespace as SourceImage\n"
        "from types import SimpleNamespace as PromotedImage\n"
    )
    return with_image(tmp_path)


def run(folder: Path, *arguments: str, manifest: str | None = None) -> Result:
    file = folder / "manifest.yml"
    file.write_text(service(**SHOP) if manifest is None else manifest)
    return CliRunner().invoke(main, [str(file), "--write", "--app", str(folder / "app.py"), *arguments])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix == ".py"}


def rejected(folder: Path, *arguments: str, manifest: str | None = None) -> str:
    """Return the error of a rejected import; nothing is written, and no temporary file remains."""
    before = files(folder)
    result = run(folder, *arguments, manifest=manifest)
    assert result.exit_code == 1, result.output
    assert files(folder) == before
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.mark.slow
def test_the_app_synthesises_with_the_imported_service(project: Path) -> None:
    before = files(project)
    result = run(project, "--environment", "prod")
    assert result.exit_code == 0, result.output
    assert {name for name, content in files(project).items() if content != before[name]} == {"service.py"}
    environment = os.environ | {"CDK_OUTDIR": str(project / "cdk.out"), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=project, env=environment, check=True)
    template = json.loads((project / "cdk.out" / "OrdersOnEcsFargate.template.json").read_text())
    [task] = [one for one in template["Resources"].values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    assert (task["Properties"]["Cpu"], task["Properties"]["Memory"]) == ("512", "1024")
    [container] = task["Properties"]["ContainerDefinitions"]
    assert {"Name": "LOG_LEVEL", "Value": "info"} in container["Environment"]
    [scaled] = [one for one in template["Resources"].values() if one["Type"].endswith("::ScalableTarget")]
    assert scaled["Properties"]["MinCapacity"] == 3
    assert run(project).exit_code == 0, "an imported service can be imported again"


def test_the_difference_is_shown_and_the_file_is_clean(project: Path) -> None:
    before = (project / "service.py").read_text().splitlines()
    result = run(project)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    after = (project / "service.py").read_text().splitlines()
    assert '+    name="shop",' in lines
    assert all(f"+{line}" in lines for line in after if line and line not in before and len(line) < 80)
    assert all(f"-{line}" in lines for line in before if line and line not in after and len(line) < 80)
    for name in ("stacks", "microservice", "sample_service"):
        shutil.rmtree(project / name)
    (project / "app.py").unlink()
    assert ruff_findings(project) == ""
    assert (project / "service.py").stat().st_mode & 0o111 == 0


def test_a_build_context_in_the_project_becomes_the_image(lone: Path) -> None:
    image = "{build: {dockerfile: shop/Dockerfile, args: {EDITION: large}}, port: 8080}"
    assert run(lone, manifest=service(image=image)).exit_code == 0
    text = (lone / "service.py").read_text()
    assert 'directory=HERE / "shop",' in text
    assert '"EDITION": "large",' in text


@pytest.mark.parametrize(
    ("image", "cause"),
    [
        ("{build: elsewhere/Dockerfile, port: 8080}", "there is no elsewhere/Dockerfile"),
        ("{location: nginx, port: 8080}", "image.location nginx has no digest of an image in ECR"),
    ],
)
def test_a_service_without_its_image_is_not_written(lone: Path, image: str, cause: str) -> None:
    """The sample's image would not respond on the paths of another service."""
    assert cause in rejected(lone, manifest=service(image=image))


def test_a_build_context_of_the_workspace_is_found(lone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = tmp_path_factory.mktemp("workspace")
    manifest = workspace / "copilot" / "shop" / "manifest.yml"
    manifest.parent.mkdir(parents=True)
    (workspace / "web").mkdir()
    (workspace / "web" / "Dockerfile").touch()
    manifest.write_text(service(image="{build: web/Dockerfile, port: 8080}"))
    assert CliRunner().invoke(main, [str(manifest), "--write", "--app", str(lone / "app.py")]).exit_code == 0
    text = (lone / "service.py").read_text()
    [line] = [line for line in text.splitlines() if line.startswith("IMAGE = ")]
    found = (lone / line.partition('HERE / "')[2].partition('"')[0]).resolve()
    assert found == (workspace / "web").resolve()


def test_an_image_in_ecr_is_promoted_by_digest(lone: Path) -> None:
    digest = f"sha256:{64 * 'a'}"
    location = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop@{digest}"
    assert run(lone, manifest=service(image=f"{{location: '{location}', port: 8080}}")).exit_code == 0
    text = (lone / "service.py").read_text()
    assert 'repository_name="team/shop",' in text
    assert f'digest="{digest}",' in text
    assert "SourceImage" not in text
    assert ruff_findings(lone / "service.py") == ""


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ('["CMD", "/probe", "-q"]', ["CMD", "/probe", "-q"]),
        ('["CMD-SHELL", "probe || exit 1"]', ["CMD-SHELL", "probe || exit 1"]),
        ("[]", []),
    ],
)
def test_the_health_command_is_the_manifests_or_none(
    lone: Path, monkeypatch: pytest.MonkeyPatch, check: str, command: list[str]
) -> None:
    """Without one, the load balancer's request is the only check: an image may have neither a shell nor curl."""
    image = f"{{build: shop/Dockerfile, port: 8080, healthcheck: {{command: {check}}}}}"
    assert run(lone, manifest=service(image=image)).exit_code == 0
    monkeypatch.syspath_prepend(lone)
    scope: dict[str, object] = {"__file__": str(lone / "service.py"), "ServiceSpec": SimpleNamespace}
    text = (lone / "service.py").read_text().replace("from microservice import ServiceSpec, SourceImage", "")
    scope["SourceImage"] = SimpleNamespace
    exec(text, scope)
    spec: Any = scope["SPEC"]
    assert getattr(spec, "health_command", []) == command
    assert (scope["LAMBDA_COMMAND"], scope["USES_ORDERS_DATA"]) == ([], False)


def test_stacks_of_targets_that_reject_the_service_are_named(project: Path) -> None:
    result = run(project, manifest=service(image="{build: shop/Dockerfile, port: 8080}", platform="linux/arm64"))
    assert result.exit_code == 0, result.output
    assert 'architecture="arm64"' in (project / "service.py").read_text()
    assert "OrdersOnEksFargate is left out: service 'shop': architecture='arm64'" in " ".join(result.stderr.split())


@pytest.mark.parametrize("text", ["SPEC = (\n", "raise RuntimeError(f'no {SPEC}')\n"])
def test_an_app_that_fails_leaves_the_file_as_it_is(lone: Path, text: str) -> None:
    (lone / "app.py").write_text(text)
    assert "the app does not synthesise" in rejected(lone)


def test_an_app_outside_a_project_is_not_blamed_on_the_manifest(lone: Path) -> None:
    (lone / "app.py").write_text("import stacks_that_are_not_here\n")
    error = rejected(lone)
    assert "No module named 'stacks_that_are_not_here'" in error
    assert "pass this project's app.py with --app" in error
    assert "change the manifest" not in error


def test_an_app_that_fails_by_itself_is_not_blamed_on_the_manifest(lone: Path) -> None:
    (lone / "app.py").write_text('from service import SPEC\n\nraise RuntimeError("no account")\n')
    error = rejected(lone)
    assert "RuntimeError: no account" in error
    assert "run python app.py: if it fails without the import, too, correct it" in error


def test_a_rejection_names_the_service_as_the_manifest_does(lone: Path) -> None:
    (lone / "app.py").write_text(
        "import sys\n\nfrom service import SPEC\n\n"
        'sys.exit(f"✘ service {SPEC.name!r}: cpu=1 is not supported by EC2")\n'
    )
    error = rejected(lone, manifest=service(name="x", image="{build: shop/Dockerfile, port: 8080}"))
    assert "the app does not synthesise: service 'x': cpu=1 is not supported by EC2" in error
    assert "change the manifest" in error


def test_an_undefined_variable_is_not_written(lone: Path) -> None:
    error = rejected(lone, manifest=service(variables="{A: '${TAG}'}"))
    assert "the service would contain ${TAG}" in error
    assert "export TAG=VALUE" in error


@pytest.mark.parametrize(
    ("kind", "fields", "alternative"),
    [
        ("Static Site", {}, "S3 bucket behind CloudFront"),
        ("Scheduled Job", {}, "the job has no on.schedule"),
        ("Scheduled Job", {"on": "{schedule: none}"}, "one_shot_task_definition"),
        ("Scheduled Job", {"on": "{schedule: '@every 30s'}"}, "whole minutes"),
        ("Worker Service", {"subscribe": "{queue: {fifo: true}}"}, "a FIFO queue of its own"),
    ],
)
def test_a_service_without_a_target_is_not_written(
    lone: Path, kind: str, fields: dict[str, str], alternative: str
) -> None:
    error = rejected(lone, manifest=service(kind, **fields))
    assert "no target runs shop" in error
    assert alternative in error


def test_json_cannot_be_combined_with_write(lone: Path) -> None:
    result = run(lone, "--format", "json")
    assert result.exit_code == 2
    assert "omit --format json" in result.stderr


def test_nothing_is_written_without_the_option(lone: Path) -> None:
    before = files(lone)
    (lone / "manifest.yml").write_text(service(**SHOP))
    assert CliRunner().invoke(main, [str(lone / "manifest.yml"), "--app", str(lone / "app.py")]).exit_code == 0
    assert files(lone) == before
