"""Every command on a page is one that somebody understands; those that need no account and no minutes are run."""

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
from tests.comparison.conftest import invented_run
from tests.conftest import ROOT, Synthesised
from tests.docs import checkout, executed
from tests.docs.pages import PAGES, commands, name
from tests.docs.shell import programs
from tests.docs.understood import faults

ALL = [pytest.param(page, command, id=f"{name(page)}: {command[:60]}") for page in PAGES for command in commands(page)]
RUN_HERE = [command for command in executed.told() if executed.expected(command)]
DRY = [command for command in executed.told() if command.startswith("make ") and executed.reasons(command)]
BODIES = [
    words[words.index("--data") + 1]
    for page in PAGES
    for command in commands(page)
    for words in programs(command)
    if words[0] == "curl" and "--data" in words
]


@pytest.mark.parametrize(("page", "command"), ALL)
def test_a_command_is_understood_by_who_is_called(page: Path, command: str) -> None:
    assert [fault for words in programs(command) for fault in faults(words)] == [], name(page)


def test_pages_have_commands() -> None:
    assert len(ALL) > 100
    assert RUN_HERE
    assert BODIES


@pytest.mark.parametrize("command", executed.told())
def test_a_command_is_run_or_it_is_said_why_not(command: str) -> None:
    assert len(executed.expected(command)) + len(executed.reasons(command)) == 1


def test_no_reason_is_left_over() -> None:
    for pattern in (*executed.RUN, *executed.NOT_RUN):
        assert [command for command in executed.told() if re.fullmatch(pattern, command, re.DOTALL)], pattern


@pytest.fixture(scope="session")
def own_checkout(synthesised: Synthesised, variant: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checkout")
    results.write(invented_run(Assembly.load(synthesised.directory)), place)
    kept = sizes.KEPT.relative_to(ROOT) / sizes._digest()
    larger = {
        kept / f"{cpu}-{memory_mib}": variant(context={"service": {"cpu": cpu, "memory_mib": memory_mib}}).directory
        for cpu, memory_mib in sizes.LARGER
    }
    return checkout.make(place, synthesised.directory, (place / results.FILE_NAME).read_bytes(), larger)


@pytest.fixture(scope="session")
def ended(own_checkout: Path) -> Mapping[str, checkout.Ended]:
    return checkout.all_ended(own_checkout, RUN_HERE)


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_runs(command: str, ended: Mapping[str, checkout.Ended]) -> None:
    [(status, says)] = executed.expected(command)
    found = ended[command]
    assert found.returncode == status, found.stderr or found.stdout
    assert says in found.stdout + found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_commands_that_write_pages_leave_them_as_they_are(
    own_checkout: Path, ended: Mapping[str, checkout.Ended]
) -> None:
    assert "python -m comparison docs --write" in ended
    for page in PAGES:
        assert (own_checkout / name(page)).read_bytes() == page.read_bytes()


@pytest.mark.parametrize("command", DRY)
def test_what_a_verb_would_run_is_there(command: str, own_checkout: Path) -> None:
    """Where pages name no stack, none is deployed: the verb asks for one."""
    if command == "make deploy":
        assert "which stack?" in checkout.ended(own_checkout, command).stderr
        return
    printed = checkout.ended(own_checkout, command.replace("make ", "make --dry-run ", 1))
    assert printed.returncode == 0, printed.stderr
    ran = [words for line in printed.stdout.splitlines() for words in programs(line)]
    assert ran
    for words in ran:
        folders = [own_checkout / ".venv/bin", own_checkout / "node_modules/.bin"]
        assert shutil.which(words[0], path=os.pathsep.join(map(str, folders))), words
        assert words[0] == "pytest" or not faults(words), words


def test_the_command_line_takes_the_stacks_of_the_pages(own_checkout: Path, synthesised: Synthesised) -> None:
    """Its own `list`, which needs no account, finds what `deploy` and `destroy` are told."""
    pattern = re.compile(r"(?:cdk destroy|make deploy STACK=)\s*(Orders\w+)")
    stacks = {found for command in executed.told() for found in pattern.findall(command)}
    assert synthesised.target_stacks <= stacks
    listed = checkout.ended(own_checkout, f"cdk list --app {synthesised.directory} --no-notices {' '.join(stacks)}")
    assert listed.returncode == 0, listed.stderr
    assert stacks <= set(listed.stdout.split())
    unknown = checkout.ended(own_checkout, f"cdk list --app {synthesised.directory} --no-notices OrdersOnNomad")
    assert unknown.stdout.strip() == ""


@pytest.mark.parametrize("body", BODIES)
def test_an_order_on_a_page_is_one_that_the_service_takes(body: str) -> None:
    assert msgspec.json.decode(body, type=NewOrder).customer


def test_outputs_that_pages_read_exist(synthesised: Synthesised) -> None:
    pattern = re.compile(r"--stack-name (\w+) .*OutputKey=='(\w+)'")
    asked = {found.groups() for page in PAGES for command in commands(page) if (found := pattern.search(command))}
    assert ("OrdersData", "ApiTokenSecretArn") in asked
    for stack, output in asked:
        assert output in synthesised.templates[stack]["Outputs"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("make fly", "make fly is none of"),
        ("make deploy STACK=OrdersOnLambda ARGS='-c colour=red'", "context 'colour' is none of"),
        ("make deploy STACK=OrdersOnLambda ARGS=--sideways", "--sideways is none of"),
        ("cdk destroy OrdersOnLambda --gently", "--gently is none of"),
        ("python -m local_aws run --engine lxc", "'lxc' is not one of"),
        ("python -m local_aws fly", "No such command 'fly'"),
        ("python -m pip install x", "python -m pip is none of"),
        ("aws ecs describe-service --cluster C", "the AWS CLI has no `ecs describe-service`"),
        ("aws ecs describe-services --cluster C --service S", "--service is none of"),
        ("aws ecs describe-services --cluster C", "--services is missing"),
        ("aws ecs describe-services --services S --query services[].colour", "colour stands nowhere in the answer"),
        ("aws ecs list-tasks --desired-status GONE", "none of ['RUNNING', 'PENDING', 'STOPPED']"),
        ("aws autoscaling describe-auto-scaling-groups --filters Nam=x", "Nam is none of"),
        ("aws logs tail G --fast", "--fast is none of"),
        ("URL=$(aws ecs nothing) && make synth", "the AWS CLI has no `ecs nothing`"),
        ("kubectl get pods --namespaces orders", "--namespaces is none of"),
        ("kubectl delete pods", "is none of"),
        ("rm -rf /", "nobody knows the program 'rm'"),
    ],
)
def test_a_command_that_nobody_understands_is_found(command: str, told: str) -> None:
    assert told in json.dumps(
        [fault for words in programs(command) for fault in faults(words)], ensure_ascii=False
    ).replace("\\u001b", "")
