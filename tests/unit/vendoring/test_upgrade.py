"""`python -m vendoring`: status and upgrade of a copy of 0.1.0 to 0.2.0, with edits."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.vendoring.projects import project
from vendoring.cli import main
from vendoring.folder import RECORD, identity, read_folder, write_files


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def edit(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    content = file.read_text()
    assert content.count(old) == 1, name
    file.write_text(content.replace(old, new))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of 0.1.0 in a project."""
    return project(tmp_path, "0.1.0")


def test_status_shows_the_version_the_edits_and_the_changelog(copied: Path) -> None:
    edit(copied, "logs.py", "ONE_MONTH", "THREE_MONTHS")
    result = run("status", copied)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[:4] == ["version   0.1.0", lines[1], "edited    1 file", "  ~ logs.py"]
    assert "changelog of 0.2.0" in lines
    assert "  + ecs/fargate.py" in lines
    assert "  | `FrontDoorLink` | `HttpApiVpcLink` |" in lines


def test_an_edit_of_a_line_that_the_release_leaves_alone_is_merged(copied: Path) -> None:
    edit(copied, "logs.py", "ONE_MONTH", "THREE_MONTHS")
    before = read_folder(copied)
    dry = run("upgrade", copied, "--to", "0.2.0", "--no-synth")
    assert dry.exit_code == 0, dry.output
    assert read_folder(copied) == before
    assert "  ~ logs.py" in dry.output.splitlines()
    written = run("upgrade", copied, "--to", "0.2.0", "--no-synth", "--write")
    assert written.exit_code == 0, written.output
    after = read_folder(copied)
    assert b"THREE_MONTHS" in after["logs.py"]
    assert {"ecs/fargate.py", "ingress/http_api.py"} <= after.keys()
    assert "fargate.py" not in after
    found = identity(after)
    assert found is not None
    assert found.version == "0.2.0"
    assert found.sha256 == json.loads(after[RECORD])["sha256"]
    assert run("status", copied).output.splitlines()[2:4] == ["edited    1 file", "  ~ logs.py"]


def test_an_edit_of_a_line_that_the_release_changes_is_a_conflict_and_writes_nothing(copied: Path) -> None:
    edit(copied, "__init__.py", '__version__ = "0.1.0"', '__version__ = "0.1.0+ours"')
    before = read_folder(copied)
    for words in ([], ["--write"]):
        result = run("upgrade", copied, "--base", "0.1.0", "--to", "0.2.0", *words)
        assert result.exit_code == 1
        assert "1 conflict\n  __init__.py  both changed the same lines" in result.output
        assert "<<<<<<<" in result.output
        assert read_folder(copied) == before


def test_conflicts_are_written_with_markers_on_request(copied: Path) -> None:
    edit(copied, "__init__.py", '__version__ = "0.1.0"', '__version__ = "0.1.0+ours"')
    result = run("upgrade", copied, "--base", "0.1.0", "--to", "0.2.0", "--write", "--with-conflicts")
    assert result.exit_code == 1
    content = (copied / "__init__.py").read_text()
    assert content.count("<<<<<<< ") == content.count(">>>>>>> ") >= 1
    assert '__version__ = "0.1.0+ours"' in content
    assert '__version__ = "0.2.0"' in content
    assert (copied / "ecs" / "fargate.py").is_file()


def test_a_folder_without_a_project_needs_no_synth(tmp_path: Path) -> None:
    folder = tmp_path / "microservice"
    write_files(folder, read_folder(project(tmp_path, "0.1.0")))
    result = run("upgrade", folder, "--to", "0.2.0")
    assert result.exit_code == 1
    assert "there is no cdk.json above" in result.output
    assert "--no-synth" in result.output


def test_an_unknown_target_and_a_folder_with_files_are_errors(tmp_path: Path) -> None:
    assert "allowed: app-runner" in run("new", tmp_path / "bills", "--target", "ecs").output
    (tmp_path / "file").touch()
    (tmp_path / "Bills").mkdir()
    assert (
        "'Bills' is not valid as the name of a service" in run("new", tmp_path / "Bills", "--target", "lambda").output
    )
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").touch()
    assert "choose a new folder" in run("new", full, "--target", "lambda").output


@pytest.mark.slow
def test_the_preview_names_resources_that_the_upgrade_would_replace(copied: Path) -> None:
    """0.2.0 has a constant port in its target groups: CloudFormation replaces those of 0.1.0."""
    before = read_folder(copied)
    result = run("upgrade", copied, "--to", "0.2.0")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    group = "AWS::ElasticLoadBalancingV2::TargetGroup Bills/ServiceFrontDoorLoadBalancerHttpTasksGroup29F03315"
    assert f"  replacement  {group} (Port)" in lines
    assert "               Requests get 503: the group has no targets until new replicas are healthy." in lines
    assert any(line.startswith("  rolling      AWS::ECS::Service Bills/") for line in lines)
    assert read_folder(copied) == before
    assert sorted(os.listdir(copied.parent)) == ["app.py", "cdk.json", "microservice"]
    assert os.listdir(copied.parent.parent) == ["bills"]


@pytest.mark.slow
def test_an_app_that_does_not_synthesise_with_the_release_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    app = "from microservice import FrontDoorLink\nimport aws_cdk as cdk\ncdk.App().synth()\n"
    folder = project(tmp_path, "0.1.0", app)
    before = read_folder(folder)
    result = run("upgrade", folder, "--to", "0.2.0", "--write")
    assert result.exit_code == 1
    assert "your app does not synthesise with the merged folder" in result.output
    assert "FrontDoorLink" in result.output
    assert read_folder(folder) == before
