"""GitHub: actions pinned by commit, least permissions, the audit, and updates of everything that is pinned."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
# The same commit, and the version for people and for tools that update it.
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+(\.\d+){2}")
_USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<action>.+?)\s*$", re.MULTILINE)


def unpinned(text: str) -> list[str]:
    """Actions that are not pinned by commit; actions of this repository and images with a digest need no pin."""
    actions = [found["action"] for found in _USES.finditer(text)]
    return [
        action for action in actions if not action.startswith(("./", "docker://")) and not _PINNED.fullmatch(action)
    ]


def replaced_paths(text: str) -> list[str]:
    """Commands whose `sudo` does not pass PATH on: `secure_path` overrides `--preserve-env=PATH`."""
    return [
        command for command in _commands(yaml.safe_load(text)) if re.search(r"sudo\b(?! env \"PATH=\$PATH\")", command)
    ]


def _commands(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "run":
                yield value
            else:
                yield from _commands(value)
    elif isinstance(found, list):
        for value in found:
            yield from _commands(value)


def test_there_are_workflows_with_actions() -> None:
    assert [file for file in WORKFLOWS if _USES.search(file.read_text())]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_by_commit(file: Path) -> None:
    assert unpinned(file.read_text()) == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_sudo_keeps_the_path(file: Path) -> None:
    assert replaced_paths(file.read_text()) == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_one_action_has_one_version(file: Path) -> None:
    actions = {found["action"] for found in _USES.finditer(file.read_text())}
    assert len({action.partition("@")[0] for action in actions}) == len(actions)


@pytest.mark.parametrize(
    "action",
    [
        "actions/checkout@v5",
        "actions/checkout@main",
        "actions/checkout@fbc6f39",
        "actions/checkout@fbc6f3992d24b796d5a048ff273f7fcc4a7b6c09",
        "actions/checkout@fbc6f3992d24b796d5a048ff273f7fcc4a7b6c09  # v5",
    ],
)
def test_an_action_that_is_not_pinned_is_found(action: str) -> None:
    assert unpinned(f"steps:\n  - uses: {action}\n  - if: always()\n    uses: {action}\n") == [action, action]


def test_a_sudo_that_replaces_the_path_is_found() -> None:
    assert replaced_paths("steps: [{run: sudo --preserve-env=PATH .ci/run}]") == ["sudo --preserve-env=PATH .ci/run"]
    assert replaced_paths("""steps: [{run: 'sudo env "PATH=$PATH" .ci/run'}]""") == []


def broad_permissions(text: str) -> list[str]:
    """Jobs that may do more than read, or do not state their permissions.

    A job with an environment, whose settings decide who starts it, may also ask for a token that identifies it to AWS.
    """
    workflow = yaml.safe_load(text)
    found = [] if workflow.get("permissions") == {} else ["workflow"]
    return found + [
        name
        for name, job in workflow["jobs"].items()
        if not set(job.get("permissions", {"": 1}).items()) <= {READ, *([TOKEN] if "environment" in job else [])}
    ]


READ, TOKEN = ("contents", "read"), ("id-token", "write")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_jobs_may_only_read_the_contents(file: Path) -> None:
    assert broad_permissions(file.read_text()) == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_checkout_keeps_no_credentials(file: Path) -> None:
    steps = [step for job in yaml.safe_load(file.read_text())["jobs"].values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_scripts_contain_no_values_of_the_event(file: Path) -> None:
    """A title or a branch name would be a part of the script; an environment variable is not."""
    assert not [command for command in _commands(yaml.safe_load(file.read_text())) if "${{" in command]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_pull_requests_run_without_secrets(file: Path) -> None:
    """`pull_request_target` and `workflow_run` run a stranger's code with the permissions of the repository."""
    workflow = yaml.safe_load(file.read_text())
    # YAML 1.1 reads the key `on` as true.
    assert not {"pull_request_target", "workflow_run"} & set(workflow[True])
    assert "secrets." not in file.read_text()


def test_broad_permissions_are_found() -> None:
    text = "permissions: {}\njobs: {a: {permissions: {contents: read}}, b: {}, c: {permissions: {contents: write}}}"
    assert broad_permissions(text) == ["b", "c"]
    token = "permissions: {id-token: write}"
    assert broad_permissions(f"permissions: {{}}\njobs: {{a: {{environment: e, {token}}}, b: {{{token}}}}}") == ["b"]
    assert broad_permissions("permissions: {contents: read}\njobs: {}") == ["workflow"]


def test_an_audit_without_a_result_fails_in_github_actions() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert [name for name, job in jobs.items() if "make audit" in list(_commands(job))] == ["audit"]
    assert "make audit ARGS=--if-reachable" in (ROOT / ".ci/run").read_text().splitlines()


def test_the_full_load_runs_each_week_and_no_commit_starts_or_cancels_it() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert "github.event_name" in workflow["concurrency"]["group"]
    [load] = [job for job in workflow["jobs"].values() if any(line.startswith("make load") for line in _commands(job))]
    assert load["if"] == "github.event_name == 'schedule'"
    assert "python -m local_aws load --orders 10000 $(ARGS)" in (ROOT / "Makefile").read_text()


def test_a_pull_request_shows_its_change_in_the_summary_of_its_job() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    [job] = [job for job in jobs.values() if any("comparison change" in command for command in _commands(job))]
    assert job["if"] == "github.event_name == 'pull_request'"
    assert job["permissions"] == {"contents": "read"}
    [command] = [command for command in _commands(job) if "comparison change" in command]
    assert command.splitlines()[-1].endswith('change "$base" --markdown >> "$GITHUB_STEP_SUMMARY"')
    assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0
    # The base of a merge commit is its first parent, which a checkout of one commit does not have.
    assert "HEAD^1" in command
    assert job["steps"][0]["with"]["fetch-depth"] == 2


# What a repository pins -> Dependabot's ecosystem that updates it.
ECOSYSTEMS = {
    "uv.lock": "uv",
    "requirements.txt": "pip",
    "package-lock.json": "npm",
    "Dockerfile": "docker",
}


def test_dependabot_updates_every_pinned_thing() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    found = {(each["package-ecosystem"], each["directory"]) for each in updates}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    expected = set()
    for file in map(Path, listed):
        if file.name in ECOSYSTEMS and file.parts[0] != "tests":
            expected.add((ECOSYSTEMS[file.name], f"/{file.parent}".removesuffix(".")))
    expected.add(("github-actions", "/"))
    assert found == expected
    assert all(each["schedule"]["interval"] == "weekly" for each in updates)
