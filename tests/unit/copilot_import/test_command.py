"""The command line: its screen, its JSON and its errors."""

import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from copilot_import.__main__ import main
from copilot_import.formats import as_terminal
from copilot_import.manifest import application_of
from deployment.console import make_console
from tests.conftest import ROOT
from tests.unit.copilot_import.reports import MANIFESTS, reported, service


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)


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


def test_application_environment_and_shell_define_variables(manifest):
    result = json.loads(run(str(manifest), "--format", "json", "--environment", "prod", env={"TAG": "7"}).stdout)
    assert result["spec"]["environment"] == {"APP": "fair-prod-7"}
    assert result["spec"]["min_instances"] == 4
    assert result["missing"] == {}


def test_the_application_option_wins(manifest):
    result = json.loads(run(str(manifest), "--format", "json", "--application", "mall").stdout)
    assert result["spec"]["environment"]["APP"].startswith("mall-")
    assert set(result["missing"]) == {"COPILOT_ENVIRONMENT_NAME", "TAG"}


@pytest.mark.parametrize("content", ["application: [a]", "a: b: c", ""])
def test_a_workspace_without_an_application_is_ignored(manifest, content):
    (manifest.parent.parent / ".workspace").write_text(content)
    assert application_of(manifest) is None


def test_the_screen_shows_how_to_define_variables(manifest):
    shown = run(str(manifest), "--environment", "other").stdout
    assert "not set: ${TAG} in line 5: export TAG=VALUE" in shown
    assert "has overrides for prod: --environment NAME" in shown
    assert "has no overrides for other" in shown


def test_an_invalid_manifest_prints_its_cause_and_fix_on_stderr(manifest):
    manifest.write_text(service(cpu="lots"))
    result = run(str(manifest))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot import" in result.stderr
    assert "line 5: cpu is 'lots'" in result.stderr
    assert "fix" in result.stderr


def test_a_missing_file_is_an_invalid_command_line():
    assert run("gone.yml").exit_code == 2


def test_it_loads_neither_the_cdk_nor_the_comparison(manifest):
    code = (
        "import sys; from copilot_import.__main__ import main\n"
        f"main([{str(manifest)!r}], standalone_mode=False)\n"
        "assert not {'aws_cdk', 'jsii', 'comparison', 'local_aws'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
