"""Check that a program accepts a command without running it; a page may only use programs that are known here."""

import dataclasses
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise

import click

import benchmarks.workflow.__main__
import comparison.cli
import copilot_import.__main__
import demo
import deployment.cli
import local_aws.cli
import sandbox.cli
import supply_chain.cli
import tests.mutation.__main__
import updates.cli
import vendoring.cli
from stacks.context import Context
from tests.conftest import ROOT
from tests.unit.docs import aws_cli

# Third-party programs -> subcommand -> flags, as far as the pages use them.
KNOWN: dict[str, dict[str, set[str]]] = {
    ".": {".venv/bin/activate": set()},
    "curl": {"": {"--fail-with-body", "--header", "--data"}},
    "date": {"+%s": set()},
    "export": {"": set()},
    "git": {"switch": {"--detach"}},
    "kubectl": {
        "exec": {"--namespace", "--stdin", "--tty", "--"},
        "get": {"--namespace", "-n", "--output", "-o", "--sort-by"},
        "logs": {"--namespace", "--selector", "--follow", "--prefix"},
        "patch": {"--namespace", "--patch"},
        "rollout": {"--namespace"},
        "apply": {"--server-side", "--force-conflicts", "--field-manager", "--filename"},
        "set": {"--namespace"},
        "top": {"--namespace", "-n"},
    },
    "openssl": {"rand": {"-hex"}},
    "podman": {"exec": {"-it"}},
    "printf": {"%x": set()},
    "pytest": {"": {"-q", "-m", "-n", "--snapshot-update"}},
    "systemctl": {"status": set()},
}
MODULES: dict[str, click.Command] = {
    "benchmarks.workflow": benchmarks.workflow.__main__.main,
    "comparison": comparison.cli.main,
    "copilot_import": copilot_import.__main__.main,
    "demo": demo.main,
    "deployment": deployment.cli.main,
    "local_aws": local_aws.cli.main,
    "sandbox": sandbox.cli.main,
    "supply_chain": supply_chain.cli.main,
    "tests.mutation": tests.mutation.__main__.main,
    "updates": updates.cli.main,
    "vendoring": vendoring.cli.main,
}
# Modules of the tests that write a page; they take no arguments.
GENERATORS = {"tests.unit.docs.llms"}
CDK_TARGETS = {"synth", "deploy", "destroy"}


def errors(words: list[str]) -> list[str]:
    """Return what the called program would reject."""
    program, *rest = words
    if program == "cd":
        return []
    checks: dict[str, Callable[[list[str]], Iterable[str]]] = {
        "aws": aws_cli.errors,
        "cdk": _cdk_errors,
        "make": _make_errors,
        "python": _module_errors,
    }
    return list(checks[program](rest) if program in checks else _third_party_errors(program, rest))


def make_targets() -> list[str]:
    """Phony targets of the Makefile."""
    [phony] = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return str(phony).split()


def _third_party_errors(program: str, words: list[str]) -> Iterator[str]:
    known = KNOWN.get(program)
    if known is None:
        yield f"unknown program {program!r}"
        return
    flags = known.get("") if "" in known else known.get(words[0] if words else "")
    if flags is None:
        yield f"{program} {words[:1]} is not one of {sorted(known)}"
        return
    yield from (
        f"{word} is not one of {sorted(flags)}"
        for word in words
        if re.match(r"--?[a-z]|--$", word) and word not in flags
    )


def _make_errors(words: list[str]) -> Iterator[str]:
    targets = make_targets()
    target, *rest = words
    variables = dict(word.split("=", 1) for word in rest)
    if target not in targets:
        yield f"make {target} is not one of {targets}"
    yield from (
        f"the Makefile has no variable {name}"
        for name in variables.keys() - {"ACCOUNT", "ARGS", "SERVICE", "STACK", "TARGET"}
    )
    arguments = variables.get("ARGS", "").split()
    if target in CDK_TARGETS:
        yield from _cdk_errors([target, *arguments, *variables.get("STACK", "").split()])
    if target == "compare" and arguments:
        yield from _module_errors(["-m", "comparison", *arguments])


def _cdk_errors(words: list[str]) -> Iterator[str]:
    command, *rest = words
    flags, contexts = _cdk_flags(command), _contexts()
    yield from (
        f"{word} is not one of {sorted(flags)}"
        for word in rest
        if word.startswith("-") and word.split("=")[0] not in flags
    )
    keys = [after.split("=")[0] for word, after in pairwise(rest) if word == "-c"]
    yield from (f"context {key!r} is not one of {sorted(contexts)}" for key in keys if key not in contexts)


@cache
def _cdk_flags(command: str) -> frozenset[str]:
    """Flags in the help of the pinned CDK CLI."""
    help_text = subprocess.run(
        [ROOT / ".venv/bin/node", ROOT / "node_modules/aws-cdk/bin/cdk", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_text))


def _contexts() -> set[str]:
    """Context values of the app."""
    return {field.name for field in dataclasses.fields(Context)}


def _module_errors(words: list[str]) -> Iterator[str]:
    if words == ["app.py"]:
        return
    flag, module, *rest = words
    if module in GENERATORS and not rest:
        return
    if flag != "-m" or module not in MODULES:
        yield f"python {flag} {module} is not one of {sorted(MODULES)}"
        return
    try:
        _parse(MODULES[module], module, rest)
    except click.exceptions.Exit:
        # click exits after it has printed the text of --help: the command is valid.
        return
    except click.UsageError as error:
        # A file that the command reads need not exist now.
        if "does not exist" not in error.message:
            yield error.format_message()


def _parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Parse the arguments as click does, without invoking the command."""
    context = command.make_context(name, list(words), parent)
    if isinstance(command, click.Group) and (remaining := [*context._protected_args, *context.args]):
        chosen, subcommand, rest = command.resolve_command(context, remaining)
        assert subcommand is not None
        _parse(subcommand, chosen or "", rest, context)
