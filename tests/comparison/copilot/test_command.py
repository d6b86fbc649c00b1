"""The command: its screen, its JSON, and what it says when a file is refused."""

import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from copilot_import.formats import as_terminal
from copilot_import.workspace import application_of
from deployment.console import make_console
from tests.comparison.copilot.reports import MANIFESTS, reported, service
from tests.conftest import ROOT


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    from comparison.cli import main

    return CliRunner().invoke(main, ["import-copilot", *words], env=env, catch_exceptions=False)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_the_screen(path, snapshot):
    console = make_console(io.StringIO(), {})
    console.print(as_terminal(reported(path.read_text(), "prod")))
    assert "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) == snapshot


@pytest.fixture
def manifest(tmp_path):
    folder = tmp_path / "copilot" / "shop"
    folder.mkdir(parents=True)
    (tmp_path / "copilot" / ".workspace").write_text("application: fair\n")
    path = folder / "manifest.yml"
    path.write_text(
        service(variables="{APP: '${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}-${TAG}'}")
        + "\nenvironments: {prod: {count: 4}}\n"
    )
    return path


def test_application_environment_and_shell_fill_in_variables(manifest):
    said = json.loads(run(str(manifest), "--format", "json", "--environment", "prod", env={"TAG": "7"}).stdout)
    assert said["spec"]["environment"] == {"APP": "fair-prod-7"}
    assert said["spec"]["min_instances"] == 4
    assert said["missing"] == {}


def test_an_application_that_is_named_wins(manifest):
    said = json.loads(run(str(manifest), "--format", "json", "--application", "mall").stdout)
    assert said["spec"]["environment"]["APP"].startswith("mall-")
    assert set(said["missing"]) == {"COPILOT_ENVIRONMENT_NAME", "TAG"}


@pytest.mark.parametrize("content", ["application: [a]", "a: b: c", ""])
def test_a_workspace_that_says_nothing_is_no_obstacle(manifest, content):
    (manifest.parent.parent / ".workspace").write_text(content)
    assert application_of(manifest) is None


def test_the_screen_says_how_to_set_what_is_missing(manifest):
    shown = run(str(manifest), "--environment", "other").stdout
    assert "not set: ${TAG} in line 5: export TAG=VALUE" in shown
    assert "overrides something for prod: --environment NAME" in shown
    assert "overrides nothing for other" in shown


def test_a_refused_file_ends_with_a_fact_a_why_and_a_cure_on_stderr(manifest):
    manifest.write_text(service(cpu="lots"))
    result = run(str(manifest))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be imported" in result.stderr
    assert "line 5: cpu is 'lots'" in result.stderr
    assert "cure" in result.stderr


def test_a_file_that_is_not_there_is_not_understood():
    assert run("gone.yml").exit_code == 2


def test_it_needs_neither_an_assembly_nor_the_cdk(manifest):
    code = (
        "import sys; from comparison.cli import main\n"
        f"main(['--directory', '/nowhere', 'import-copilot', {str(manifest)!r}], standalone_mode=False)\n"
        "assert not {'aws_cdk', 'jsii', 'microservice'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
