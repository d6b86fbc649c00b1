"""Which commands a test runs, and why not the others: a command that is in neither list fails."""

import re
from collections.abc import Iterator

import click

from tests.docs.pages import PAGES, commands
from tests.docs.understood import MODULES

NOBODY_UP = (1, "no local AWS is up")
DONE = (0, "")
# What is run -> exit status, and something that it prints. Nothing is up in that checkout, which has to be said.
RUN: dict[str, tuple[int, str]] = {
    r"make (help|down)": DONE,
    r"make setup && \. \.venv/bin/activate && export PATH=\S+": DONE,
    r"make synth": DONE,
    r"make compare": (0, "open build/comparison/index.html"),
    r"python -m comparison": (0, "open build/comparison/index.html"),
    r"python -m comparison --format \w+": (0, "ecs-fargate"),
    r"python -m comparison diff \S+ \S+": (0, "both have, but not alike"),
    r"python -m comparison cost( .*)?": (0, "us-east-1"),
    r"python -m comparison prices( --format \w+)?": (0, "aws.amazon.com"),
    r"python -m comparison (readme|docs)( --write)?": DONE,
    r"python -m comparison import-copilot .*": (0, "ServiceSpec"),
    r"python -m (local_aws|comparison)( \w+)? --help": (0, "Usage"),
    r"python -m local_aws down": (0, "nothing left"),
    r"python -m local_aws (status|deploy|call\b.*|logs .*)": NOBODY_UP,
}
# In no page's words, but verbs and forms that people find.
FURTHER = (
    "make help",
    "make compare",
    "python -m comparison prices --format json",
    "python -m comparison prices --format markdown",
    "python -m comparison cost --format markdown",
    "python -m comparison diff eks-auto eks-fargate",
    "python -m comparison readme",
    "python -m comparison docs",
)
# What is not run here -> why.
NOT_RUN: dict[str, str] = {
    r"make (demo|up)|python -m local_aws (--directory \S+ )?(run|up)\b(?!.*--help).*":
        "takes minutes: the tests marked local_run run it, with Docker, Podman and processes",
    r"make test(-fast)?": "is what runs this test; .ci/run calls `make test`",
    r"make deploy( .*)?|make destroy|cdk (bootstrap|deploy|destroy)( .*)?": "makes or removes things in an AWS account",
    r"(\w+=\$\()?aws .*": "needs an AWS account; held to the AWS CLI's own models",
    r"curl .*": "needs the address of a deployed service; its body is held to the service's own model",
    r"kubectl .*": "needs the cluster",
    r"sudo .*": "is typed on a machine of ec2-podman",
    r"git switch .*": "changes the checkout, then deploys to an AWS account",
}  # fmt: skip


def told() -> list[str]:
    """Every command of every page and of every --help, and further ones; once, without their comments."""
    found = [*FURTHER, *(command for page in PAGES for command in commands(page)), *_examples()]
    return sorted({re.sub(r"\s+#.*", "", command) for command in found})


def expected(command: str) -> list[tuple[int, str]]:
    """What is expected of a command that is run."""
    return [found for pattern, found in RUN.items() if re.fullmatch(pattern, command, re.DOTALL)]


def reasons(command: str) -> list[str]:
    """Why a command is not run."""
    return [cause for pattern, cause in NOT_RUN.items() if re.fullmatch(pattern, command, re.DOTALL)]


def _examples() -> Iterator[str]:
    """A command after `Examples:`, up to two blanks: what follows, there or on the next line, says what it is for."""
    for name, command in _all(MODULES.items()):
        for line in (command.help or "").splitlines():
            if found := re.match(r"  (python -m .*?)(?:\s{2,}|$)", line):
                assert not found[1].endswith("\\"), f"an example of {name} goes on in the next line"
                yield found[1]


def _all(named: object) -> Iterator[tuple[str, click.Command]]:
    for name, command in named:  # type: ignore[attr-defined]
        yield name, command
        if isinstance(command, click.Group):
            yield from _all(command.commands.items())
