"""The sides of a change: a commit of a real git repository, a directory, and errors that say what to do."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from comparison import baseline, cli
from comparison.baseline import synthesis_packages
from deployment.assembly import Assembly
from tests.unit.comparison.assemblies import log_group, write_assembly

# An app that needs no CDK: it writes the assembly that is beside it.
APP = """
import os, pathlib, shutil, sys
source = pathlib.Path(__file__).parent / "assembly"
if not source.exists():
    sys.exit("ImportError: cannot import name 'FrontDoor'")
shutil.copytree(source, os.environ["CDK_OUTDIR"])
"""
LOCK = """
[[package]]
name = "bills"
source = { virtual = "." }
dependencies = [{ name = "aws-cdk-lib" }]

[[package]]
name = "aws-cdk-lib"
version = "%s"
dependencies = [{ name = "jsii" }]

[[package]]
name = "jsii"
version = "1.0"

[[package]]
name = "ruff"
version = "%s"
"""
Git = Callable[..., str]


def in_repository(directory: Path) -> Git:
    """Return what runs git in a repository."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def git(*words: str) -> str:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        command = ["git", "-C", str(directory), *words]
        done = subprocess.run(
            command, env={**variables, **settings, **names}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository: its commit keeps logs for 30 days, the working tree for 90."""
    directory = tmp_path / "bills"
    write_assembly(directory / "assembly", Bills=log_group(30))
    (directory / "app.py").write_text(APP)
    (directory / "uv.lock").write_text(LOCK % ("2.275.0", "0.1"))
    (directory / ".gitignore").write_text("build\n")
    git = in_repository(directory)
    git("init", "--quiet", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--quiet", "--message", "Keep logs for 30 days")
    write_assembly(directory / "assembly", Bills=log_group(90))
    monkeypatch.setattr(cli, "REPOSITORY", directory)
    return directory


def called(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in ("change", *words)])


def error(result: Result) -> str:
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_a_branch_is_compared_with_the_working_tree_which_stays_as_it_is(repository: Path) -> None:
    git = in_repository(repository)
    before = git("status", "--porcelain"), git("rev-parse", "HEAD")
    result = called("main")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == f"main ({before[1][:7]}) → working tree"
    assert lines[-3:] == ["      RetentionInDays", "      - 30", "      + 90"]
    assert (git("status", "--porcelain"), git("rev-parse", "HEAD")) == before
    assert git("worktree", "list").count("\n") == 0


def test_a_commit_without_changes_is_a_success(repository: Path) -> None:
    git = in_repository(repository)
    git("commit", "--quiet", "--all", "--message", "Keep logs for 90 days")
    result = called("HEAD")
    assert result.exit_code == 0
    assert "stay the same" in result.output
    assert "- 30" in called("HEAD~1").output


@pytest.mark.usefixtures("repository")
def test_the_forms_are_those_of_the_options() -> None:
    assert called("main", "--markdown").output.startswith("## main (")
    assert json.loads(called("main", "--json").output)["head"] == "working tree"
    assert called("main", "--json", "--markdown").exit_code == 2


@pytest.mark.usefixtures("repository")
def test_a_variable_of_a_git_hook_does_not_choose_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert called("main").exit_code == 0


def test_a_hook_of_the_repository_does_not_run(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repository}/build/hook-ran\n")
    hook.chmod(0o755)
    assert called("main").exit_code == 0
    assert not (repository / "build" / "hook-ran").exists()


@pytest.mark.usefixtures("repository")
def test_an_assembly_is_compared_without_the_app(tmp_path: Path) -> None:
    one, other = (write_assembly(tmp_path / str(days), Bills=log_group(days)) for days in (7, 14))
    result = called(one, "--assembly", other)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-2:] == ["      - 7", "      + 14"]
    assert result.output == CliRunner().invoke(cli.main, ["--assembly", str(other), "change", str(one)]).output


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["production", "--help-me", "../nowhere"])
def test_an_unknown_commit_is_an_error_with_a_fix(name: str) -> None:
    text = error(called("--", name))
    assert f"unknown BASE '{name}'" in text
    assert "git fetch origin, or pass the directory of a cloud assembly" in text


def test_a_shallow_clone_says_how_to_get_the_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = in_repository(repository)
    first = git("rev-parse", "HEAD")
    git("commit", "--quiet", "--all", "--message", "Keep logs for 90 days")
    in_repository(tmp_path)("clone", "--quiet", "--depth", "1", f"file://{repository}", "shallow")
    monkeypatch.setattr(cli, "REPOSITORY", tmp_path / "shallow")
    assert "git fetch --unshallow" in error(called(first))


def test_outside_a_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "REPOSITORY", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "unknown BASE 'main'" in error(called("main"))


def test_a_base_that_does_not_synthesise_is_named_with_its_last_line(repository: Path) -> None:
    git = in_repository(repository)
    git("rm", "-r", "--quiet", "--cached", "assembly")
    git("commit", "--quiet", "--message", "Remove the assembly")
    text = error(called("main"))
    assert f"the app of main ({git('rev-parse', '--short=7', 'HEAD')}) does not synthesise" in text
    assert "ImportError: cannot import name 'FrontDoor'" in text
    assert git("worktree", "list").count("\n") == 0


def test_a_working_tree_that_does_not_synthesise_is_an_error(repository: Path) -> None:
    (repository / "app.py").write_text("raise SystemExit('✘ port=0 is not valid')")
    text = error(called("main"))
    assert "the app does not synthesise" in text
    assert "port=0 is not valid" in text


def test_a_base_with_another_version_of_the_cdk_is_an_error_with_the_commands_to_run(repository: Path) -> None:
    (repository / "uv.lock").write_text(LOCK % ("2.276.0", "0.1"))
    text = error(called("main"))
    assert "needs other dependencies" in text
    assert "aws-cdk-lib 2.275.0, here 2.276.0" in text
    assert "make -C ../base synth" in text


def test_another_version_of_a_tool_is_no_difference(repository: Path) -> None:
    (repository / "uv.lock").write_text(LOCK % ("2.275.0", "0.2"))
    assert called("main").exit_code == 0


def test_packages_of_synthesis_are_those_that_the_project_depends_on() -> None:
    assert synthesis_packages(LOCK % ("2.275.0", "0.1")) == {"aws-cdk-lib": "2.275.0", "jsii": "1.0"}
    assert synthesis_packages("not a lock [") == {}


def test_the_lock_of_this_repository_has_the_cdk() -> None:
    found = synthesis_packages((Path(baseline.__file__).parents[1] / "uv.lock").read_text())
    assert {"aws-cdk-lib", "constructs", "jsii"} <= found.keys()
    assert "pytest" not in found


@pytest.mark.usefixtures("repository")
def test_a_damaged_assembly_is_an_error(tmp_path: Path) -> None:
    path = write_assembly(tmp_path / "damaged", Bills=log_group(7))
    (path / "manifest.json").write_text("{")
    assert "is not a cloud assembly" in error(called(path))
    assert Assembly.load(write_assembly(path, Bills=log_group(7))).stacks
