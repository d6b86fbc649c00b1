"""Every command on a page is valid; those that need no AWS account and no minutes are run."""

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from orders.model import NewOrder

from deployment import results
from deployment.assembly import Assembly
from pricing import sizes
from tests import example_results
from tests.conftest import ROOT, Synthesised
from tests.unit.docs import checkout, command_lists
from tests.unit.docs.command_checks import errors
from tests.unit.docs.llms import LLMS
from tests.unit.docs.pages import PAGES, commands, name
from tests.unit.docs.shell import programs

ALL = [pytest.param(page, command, id=f"{name(page)}: {command[:60]}") for page in PAGES for command in commands(page)]
RUN = [command for command in command_lists.all_commands() if command_lists.expectations(command)]
DRY_RUN = [
    command
    for command in command_lists.all_commands()
    if command.startswith("make ") and command_lists.reasons(command)
]
BODIES = [
    words[words.index("--data") + 1]
    for page in PAGES
    for command in commands(page)
    for words in programs(command)
    if words[0] == "curl" and "--data" in words
]


@pytest.mark.parametrize(("page", "command"), ALL)
def test_the_called_program_accepts_a_command(page: Path, command: str) -> None:
    assert [error for words in programs(command) for error in errors(words)] == [], name(page)


def test_pages_have_commands() -> None:
    assert len(ALL) > 100
    assert RUN
    assert BODIES


@pytest.mark.parametrize("command", command_lists.all_commands())
def test_a_command_is_run_or_has_a_reason_why_not(command: str) -> None:
    assert len(command_lists.expectations(command)) + len(command_lists.reasons(command)) == 1


@pytest.mark.parametrize("pattern", [*command_lists.RUN, *command_lists.NOT_RUN])
def test_every_pattern_matches_a_command(pattern: str) -> None:
    assert [command for command in command_lists.all_commands() if re.fullmatch(pattern, command, re.DOTALL)]


@pytest.fixture(scope="session")
def repository(synthesised: Synthesised, variant: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("checkout")
    targets = {
        target.id: dataclasses.replace(example_results.passed(), stack=target.stack, construct=target.construct)
        for target in Assembly.load(synthesised.directory).targets.values()
    }
    results.write(dataclasses.replace(example_results.passed_results(), targets=targets), directory)
    cache = sizes.CACHE.relative_to(ROOT) / sizes._digest()
    larger = {
        cache / f"{cpu}-{memory_mib}": variant(context={"service": {"cpu": cpu, "memory_mib": memory_mib}}).directory
        for cpu, memory_mib in sizes.LARGER_SIZES
    }
    return checkout.make(directory, synthesised.directory, (directory / results.FILE_NAME).read_bytes(), larger)


@pytest.fixture(scope="session")
def completed(repository: Path) -> Mapping[str, checkout.Completed]:
    return checkout.run_all(repository, RUN)


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN)
def test_a_command_runs(command: str, completed: Mapping[str, checkout.Completed]) -> None:
    [(status, output)] = command_lists.expectations(command)
    found = completed[command]
    assert found.returncode == status, found.stderr or found.stdout
    assert output in found.stdout + found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_commands_that_write_pages_leave_them_unchanged(
    repository: Path, completed: Mapping[str, checkout.Completed]
) -> None:
    assert "python -m comparison docs --write" in completed
    for page in [*PAGES, LLMS]:
        assert (repository / name(page)).read_bytes() == page.read_bytes()


@pytest.mark.parametrize("command", DRY_RUN)
def test_the_programs_of_a_make_target_exist(command: str, repository: Path) -> None:
    """`make deploy` without a stack asks for one."""
    if command == "make deploy":
        assert "which stack?" in checkout.run(repository, command).stderr
        return
    printed = checkout.run(repository, command.replace("make ", "make --dry-run ", 1))
    assert printed.returncode == 0, printed.stderr
    found = [words for line in printed.stdout.splitlines() for words in programs(line) if words[0] != "exit"]
    assert found
    for words in found:
        folders = [repository / ".venv/bin", repository / "node_modules/.bin"]
        assert shutil.which(words[0], path=os.pathsep.join(map(str, folders))), words
        assert words[0] in {"mypy", "pytest", "ruff"} or not errors(words), words


def test_the_cdk_cli_finds_the_stacks_of_the_pages(repository: Path, synthesised: Synthesised) -> None:
    """`cdk list`, which needs no account, finds the stacks that `deploy` and `destroy` name."""
    pattern = re.compile(r"(?:cdk destroy|make deploy STACK=)\s*(Orders\w+)")
    stacks = {found for command in command_lists.all_commands() for found in pattern.findall(command)}
    assert synthesised.target_stacks <= stacks
    listed = checkout.run(repository, f"cdk list --app {synthesised.directory} --no-notices {' '.join(stacks)}")
    assert listed.returncode == 0, listed.stderr
    assert stacks <= set(listed.stdout.split())
    unknown = checkout.run(repository, f"cdk list --app {synthesised.directory} --no-notices OrdersOnNomad")
    assert unknown.stdout.strip() == ""


@pytest.mark.parametrize("body", BODIES)
def test_the_service_accepts_the_orders_of_the_pages(body: str) -> None:
    assert msgspec.json.decode(body, type=NewOrder).customer


def test_stack_outputs_that_pages_read_exist(synthesised: Synthesised) -> None:
    pattern = re.compile(r"--stack-name (\w+) .*OutputKey=='(\w+)'")
    outputs = {found.groups() for page in PAGES for command in commands(page) if (found := pattern.search(command))}
    assert ("OrdersData", "ApiTokenSecretArn") in outputs
    for stack, output in outputs:
        assert output in synthesised.templates[stack]["Outputs"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("make fly", "make fly is not one of"),
        ("make compare ARGS='diff --sideways'", "No such option"),
        ("make deploy STACK=OrdersOnLambda ARGS='-c colour=red'", "context 'colour' is not one of"),
        ("make deploy STACK=OrdersOnLambda ARGS=--sideways", "--sideways is not one of"),
        ("cdk destroy OrdersOnLambda --gently", "--gently is not one of"),
        ("python -m local_aws run --engine lxc", "'lxc' is not one of"),
        ("python -m local_aws fly", "No such command 'fly'"),
        ("python -m pip install x", "python -m pip is not one of"),
        ("aws ecs describe-service --cluster C", "the AWS CLI has no `ecs describe-service`"),
        ("aws ecs describe-services --cluster C --service S", "--service is not one of"),
        ("aws ecs describe-services --cluster C", "--services is missing"),
        ("aws ecs describe-services --services S --query services[].colour", "the output has no colour"),
        ("aws ecs list-tasks --desired-status GONE", "not one of ['RUNNING', 'PENDING', 'STOPPED']"),
        ("aws autoscaling describe-auto-scaling-groups --filters Nam=x", "Nam is not one of"),
        ("aws logs tail G --fast", "--fast is not one of"),
        ("URL=$(aws ecs nothing) && make synth", "the AWS CLI has no `ecs nothing`"),
        ("kubectl get pods --namespaces orders", "--namespaces is not one of"),
        ("kubectl delete pods", "is not one of"),
        ("rm -rf /", "unknown program 'rm'"),
    ],
)
def test_an_invalid_command_is_found(command: str, message: str) -> None:
    assert message in json.dumps(
        [error for words in programs(command) for error in errors(words)], ensure_ascii=False
    ).replace("\\u001b", "")
