"""Every command on a page is one that somebody understands; those that cost nothing here are run."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest
from orders.model import NewOrder

from tests.conftest import ROOT, Synthesised
from tests.docs.pages import PAGES, commands, name
from tests.docs.shell import programs
from tests.docs.understood import faults

ALL = [pytest.param(page, command, id=f"{name(page)}: {command[:60]}") for page in PAGES for command in commands(page)]
FREE = re.compile(r"make help|python -m (local_aws|comparison)( \w+)? --help")
RUN_HERE = sorted({command for page in PAGES for command in commands(page) if FREE.fullmatch(command)})
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


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_that_costs_nothing_runs(command: str) -> None:
    path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    subprocess.run(shlex.split(command), cwd=ROOT, env=os.environ | {"PATH": path}, check=True, capture_output=True)


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
