"""Who understands a program's words; what nobody here understands may not stand on a page."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise

import click

import comparison.cli
import local_aws.cli
from tests.conftest import ROOT
from tests.docs import aws_cli

# Other people's programs, as far as the pages use them: first word that says what to do -> flags.
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
        "top": {"--namespace", "-n"},
    },
    "openssl": {"rand": {"-hex"}},
    "podman": {"exec": {"-it"}},
    "printf": {"%x": set()},
    "systemctl": {"status": set()},
}
MODULES: dict[str, click.Command] = {"local_aws": local_aws.cli.main, "comparison": comparison.cli.main}
TARGET_VERBS = {"synth", "deploy", "destroy"}


def faults(words: list[str]) -> list[str]:
    """What is wrong with a command; nothing, if whoever is called would take it."""
    program, *rest = words
    own: dict[str, Callable[[list[str]], Iterable[str]]] = {
        "aws": aws_cli.faults,
        "cdk": _cdk_faults,
        "make": _make_faults,
        "python": _module_faults,
    }
    return list(own[program](rest) if program in own else _other_faults(program, rest))


def _other_faults(program: str, words: list[str]) -> Iterator[str]:
    known = KNOWN.get(program)
    if known is None:
        yield f"nobody knows the program {program!r}"
        return
    flags = known.get("") if "" in known else known.get(words[0] if words else "")
    if flags is None:
        yield f"{program} {words[:1]} is none of {sorted(known)}"
        return
    yield from (
        f"{word} is none of {sorted(flags)}" for word in words if re.match(r"--?[a-z]|--$", word) and word not in flags
    )


def _make_faults(words: list[str]) -> Iterator[str]:
    [phony] = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    verbs = phony.split()
    verb, *rest = words
    variables = dict(word.split("=", 1) for word in rest)
    if verb not in verbs:
        yield f"make {verb} is none of {verbs}"
    yield from (f"{name} is no variable of the Makefile" for name in variables.keys() - {"ARGS", "STACK"})
    if verb in TARGET_VERBS:
        yield from _cdk_faults([verb, *variables.get("ARGS", "").split(), *variables.get("STACK", "").split()])


def _cdk_faults(words: list[str]) -> Iterator[str]:
    verb, *rest = words
    flags, contexts = _cdk_flags(verb), _contexts()
    yield from (
        f"{word} is none of {sorted(flags)}"
        for word in rest
        if word.startswith("-") and word.split("=")[0] not in flags
    )
    given = [after.split("=")[0] for word, after in pairwise(rest) if word == "-c"]
    yield from (f"context {name!r} is none of {sorted(contexts)}" for name in given if name not in contexts)


@cache
def _cdk_flags(verb: str) -> frozenset[str]:
    """Every flag in the help of the CLI that the project pins."""
    help_text = subprocess.run(
        [ROOT / ".venv/bin/node", ROOT / "node_modules/aws-cdk/bin/cdk", verb, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_text))


def _contexts() -> set[str]:
    """What `app.py` asks for."""
    return set(re.findall(r'(?:try_get_context|said)\("([a-z_]+)"\)', (ROOT / "app.py").read_text()))


def _module_faults(words: list[str]) -> Iterator[str]:
    flag, module, *rest = words
    if flag != "-m" or module not in MODULES:
        yield f"python {flag} {module} is none of {sorted(MODULES)}"
        return
    try:
        _parsed(MODULES[module], module, rest)
    except click.exceptions.Exit:
        # How click ends once it has printed what --help asked for: that was understood.
        return
    except click.UsageError as error:
        # What has to exist when it is called need not exist now.
        if "does not exist" not in error.message:
            yield error.format_message()


def _parsed(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Parse as the real command line does, and call nothing."""
    context = command.make_context(name, list(words), parent)
    if isinstance(command, click.Group) and (remaining := [*context._protected_args, *context.args]):
        chosen, subcommand, rest = command.resolve_command(context, remaining)
        assert subcommand is not None
        _parsed(subcommand, chosen or "", rest, context)
