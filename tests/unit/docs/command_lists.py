"""Commands that a test runs, and reasons for those that it does not; a command in neither list fails the tests."""

import re
from collections.abc import Iterator

import click

from tests.unit.docs.command_checks import MODULES
from tests.unit.docs.pages import PAGES, commands

NOT_RUNNING = (1, "no local environment is up")
SUCCESS = (0, "")
# Pattern -> exit status, and text that the command prints. No local environment is up in the checkout.
RUN: dict[str, tuple[int, str]] = {
    r"make (help|down)": SUCCESS,
    r"make setup && \. \.venv/bin/activate && export PATH=\S+": SUCCESS,
    r"make setup": SUCCESS,
    r"make synth": SUCCESS,
    r"make compare": (0, "open build/comparison/index.html"),
    r"make compare ARGS=.cost .*": (0, "us-east-1"),
    r"python -m comparison": (0, "open build/comparison/index.html"),
    r"python -m comparison --format \w+": (0, "ecs-fargate"),
    r"python -m comparison diff \S+ \S+": (0, "in both, with differences"),
    r"python -m comparison cost( .*)?": (0, "us-east-1"),
    r"python -m comparison workloads( .*)?": (0, "ECS on Fargate"),
    r"python -m comparison prices( --format \w+)?": (0, "aws.amazon.com"),
    r"python -m comparison (readme|docs)( --write)?": SUCCESS,
    r"python -m comparison facts( --older-than \d+)?( --json)?": (0, "older"),
    r"python -m comparison facts --write": (0, "wrote docs/facts.json"),
    r"python -m tests\.unit\.docs\.llms": SUCCESS,
    r"make sbom|python -m supply_chain sbom": (0, "wrote build/sbom/orders.cdx.json"),
    r"python -m copilot_import (?!.*--write).*": (0, "ServiceSpec"),
    r"python -m copilot_import .*--write.*": (1, "is not here"),
    r"python -m (local_aws|comparison|copilot_import|demo|deployment|sandbox|vendoring)( \w+){0,2} --help": (
        0,
        "Usage",
    ),
    r"python -m deployment policy": (0, "ecr:DescribeImages"),
    r"python -m sandbox policy .*": (0, "sts:AssumeRole"),
    r"python -m sandbox drills( --json)?": (0, "spans-arrive"),
    r"python -m sandbox report \S+": (0, "not settled"),
    r"python -m updates( --target \S+)?": (0, "ecs-fargate"),
    r"python -m updates( --target \S+)? --change \S+": (0, "rolling"),
    r"python -m local_aws down": (0, "nothing left"),
    r"python -m local_aws (status|deploy|call\b.*|logs .*|workflow .*)": NOT_RUNNING,
}
# Commands and formats that no page mentions but users find in `--help`.
EXTRA = (
    "make help",
    "make compare",
    "python -m comparison prices --format json",
    "python -m comparison prices --format markdown",
    "python -m comparison cost --format markdown",
    "python -m comparison diff eks-auto eks-fargate",
    "python -m comparison readme",
    "python -m comparison docs",
)
# Pattern -> reason why the test does not run the command.
NOT_RUN: dict[str, str] = {
    r"make (demo|up|load)( SERVICE=\S+)?|python -m demo|"
    r"python -m local_aws (--directory \S+ )?(run|up|updates|load)\b(?!.*--help).*":
        "takes minutes: tests marked local_run run it with Docker, Podman and processes",
    r"python -m (tests\.mutation|mutmut show)\b(?!.*--help).*": "runs hundreds of tests, or needs their results",
    r"make (test(-fast)?|mutation|lint|snapshots)( ARGS=--write)?|pytest .*":
        "runs the tests or linters; .ci/run calls `make test`",
    r"python -m deployment (preflight|deploy|images|workflow)\b(?!.*--help).*":
        "needs an AWS account; tests run it against moto and responses from the models of the services",
    r"python -m sandbox plan\b(?!.*--help).*":
        "needs an AWS account; tests run it against moto and responses from the models of the services",
    r"make sandbox .*|python -m sandbox (run|resume|destroy|sweep)\b(?!.*--help).*":
        "changes resources in an AWS account; tests run it against the emulator",
    r"python -m updates --(check|write)": "takes a minute: a test marked slow runs it",
    r"make (deploy|destroy)( .*)?|cdk (bootstrap|deploy|destroy)( .*)?": "changes resources in an AWS account",
    r"make audit|python -m supply_chain audit": "needs the internet; tests run it against databases on loopback",
    r"python -m supply_chain sbom --image \S+": "needs a built image",
    r"python -m benchmarks\.workflow( .*)?": "reads the output of `make synth`; tests run the simulation",
    r"(\w+=\$\()?aws .*": "needs an AWS account; checked against the models of the AWS CLI",
    r"curl .*": "needs a deployed service; its body is checked against the model of the service",
    r"kubectl .*": "needs the cluster",
    r"sudo .*": "runs on an instance of ec2-podman",
    r"python -m vendoring (new|status|upgrade)\b(?!.*--help).*":
        "reads or writes another project; the tests of vendoring run it",
    r"python -m vendoring (record|release)": "writes the record or the archive of a release; a test keeps both current",
    r"cd \S+ && python app\.py && pytest|\. \.venv/bin/activate": "works in another project; a test runs it",
    r"cdk synth( -o \S+)?": "writes the assembly of another project; `make synth` runs it here",
    r"python -m comparison prices --refresh.*": "calls the AWS price list with credentials; a test has its responses",
    r"python -m comparison --assembly \S+ --stage \S+ \w+": "needs an app with stages; a test reads one",
    r"python -m comparison change .*": "needs the history of the repository; tests run it in one of their own",
    r"python -m comparison facts --check-links": "needs the internet; tests run it against a server on loopback",
    r"git switch .*": "changes the checkout, then deploys to an AWS account",
}  # fmt: skip


def all_commands() -> list[str]:
    """Every command of the pages and of each `--help`, and the extra ones; without duplicates and comments."""
    found = [*EXTRA, *(command for page in PAGES for command in commands(page)), *_help_examples()]
    return sorted({re.sub(r"\s+#.*", "", command) for command in found})


def expectations(command: str) -> list[tuple[int, str]]:
    """Expected exit status and output of a command that is run."""
    return [found for pattern, found in RUN.items() if re.fullmatch(pattern, command, re.DOTALL)]


def reasons(command: str) -> list[str]:
    """Reasons why a command is not run."""
    return [reason for pattern, reason in NOT_RUN.items() if re.fullmatch(pattern, command, re.DOTALL)]


def _help_examples() -> Iterator[str]:
    """Commands under `Examples:`; two blanks separate a command from its description."""
    for name, command in _subcommands(MODULES.items()):
        for line in (command.help or "").splitlines():
            if found := re.match(r"  (python -m .*?)(?:\s{2,}|$)", line):
                assert not found[1].endswith("\\"), f"an example of {name} continues on the next line"
                yield found[1]


def _subcommands(named: object) -> Iterator[tuple[str, click.Command]]:
    for name, command in named:  # type: ignore[attr-defined]
        yield name, command
        if isinstance(command, click.Group):
            yield from _subcommands(command.commands.items())
