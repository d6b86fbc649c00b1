"""Every command line: a fault in a file, an argument or a credential is a message with a fix, and never a traceback."""

import copy
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from comparison.cli import main as comparison
from copilot_import.__main__ import main as copilot_import
from deployment import results
from deployment.cli import main as deployment
from local_aws.cli import main as local_aws
from pricing.prices import FILE
from sandbox.cli import main as sandbox
from supply_chain.cli import main as supply_chain
from tests import example_results
from tests.unit.pricing import samples
from updates.cli import main as updates
from vendoring.cli import main as vendoring

ACCOUNT = ("--account", "111122223333")
PROGRAMS: Mapping[str, click.Command] = {
    "comparison": comparison,
    "copilot_import": copilot_import,
    "deployment": deployment,
    "local_aws": local_aws,
    "sandbox": sandbox,
    "supply_chain": supply_chain,
    "updates": updates,
    "vendoring": vendoring,
}
# Words that each command needs before a test adds a fault; ASSEMBLY and PRICES stand for good files.
ASSEMBLY, PRICES = "ASSEMBLY", "PRICES"
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "comparison": ("--assembly", ASSEMBLY, "--format", "json"),
    "comparison diff": ("lambda", "ecs-fargate"),
    "comparison change": (ASSEMBLY, "--assembly", ASSEMBLY),
    "comparison cost": ("--assembly", ASSEMBLY),
    "comparison facts": (),
    "comparison workloads": (),
    "comparison prices": ("--file", PRICES),
    "comparison readme": (),
    "comparison docs": (),
    "copilot_import": ("manifest.yml",),
    "deployment preflight": ("--assembly", ASSEMBLY),
    "deployment policy": (),
    "deployment images": (),
    "deployment workflow": ("status",),
    "local_aws call": (),
    "local_aws logs": ("lambda",),
    "local_aws status": (),
    "local_aws workflow": ("status",),
    "sandbox plan": (*ACCOUNT, "--target", "lambda", "--assembly", ASSEMBLY),
    "sandbox policy": ACCOUNT,
    "sandbox drills": (),
    "sandbox report": ("evidence.json",),
    "supply_chain sbom": (),
    "updates": (),
    "vendoring new": ("my-service", "--target", "lambda"),
    "vendoring status": ("microservice",),
    "vendoring upgrade": ("microservice", "--no-synth"),
}
ACTING = {
    "deployment deploy": "deploys",
    "local_aws deploy": "deploys",
    "local_aws down": "ends processes",
    "local_aws load": "deploys",
    "local_aws run": "deploys",
    "local_aws up": "deploys",
    "local_aws updates": "deploys",
    "sandbox destroy": "deletes stacks in an account",
    "sandbox resume": "deploys",
    "sandbox run": "deploys",
    "sandbox sweep": "asks an account",
    "supply_chain audit": "asks public databases",
    "vendoring record": "writes into this repository",
    "vendoring release": "writes into this repository",
}
"""Commands that act as soon as their arguments are valid, so that no test here calls them."""


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands of a program; a group inside it counts as one."""
    if isinstance(command, click.Group):
        if command.invoke_without_command:
            yield name, command
        yield from ((f"{name} {each}", found) for each, found in command.commands.items())
    else:
        yield name, command


LEAVES = {name: leaf for program, command in PROGRAMS.items() for name, leaf in leaves(program, command)}


def test_every_command_is_here():
    known = {*COMMANDS, *ACTING}
    assert not LEAVES.keys() - known
    assert not COMMANDS.keys() - LEAVES.keys()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a good assembly and a good price file."""
    path = assembly(tmp_path_factory.mktemp("good"))
    shutil.copy(FILE, path / "prices.json")
    return path


@pytest.fixture
def call(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Call a command with words after its own, and check that it ends with a message that has a fix."""
    for variable in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    def ends_with_a_message(name: str, *words: object, own: bool = True, fix: str = "", cause: str = "") -> None:
        program, *command = name.split()
        stand_for = {ASSEMBLY: str(good), PRICES: str(good / "prices.json")}
        needed = [stand_for.get(word, word) for word in (COMMANDS[name] if own else ())]
        before = ["--directory", str(tmp_path)] if program == "local_aws" and "--directory" not in words else []
        after = [str(word) for word in words]
        # Options of a group stand before its command.
        if program in ("local_aws", "comparison") and after[:1] in (["--directory"], ["--output"]):
            before, after = [*before, *after[:2]], after[2:]
        ended = CliRunner().invoke(PROGRAMS[program], [*before, *command, *needed, *after])
        text = " ".join(ended.output.split())
        assert isinstance(ended.exception, SystemExit), (ended.exception, text)
        assert ended.exit_code in (1, 2), text
        assert "Traceback" not in text
        assert ended.exit_code == 2 or "fix " in text, text
        assert cause in text, text
        assert fix in text, text

    return ends_with_a_message


def assembly(path: Path) -> Path:
    """Write a small assembly, in which a stack has its metadata in a file of its own, as the CDK writes it."""
    stacks = {"Network": {}, "OnLambda": {"Function": samples.function()}, "OnFargate": samples.fargate()}
    samples.assembly(path, stacks, {"lambda": "OnLambda", "ecs-fargate": "OnFargate"})
    manifest = json.loads((path / "manifest.json").read_text())
    stack = manifest["artifacts"]["OnLambda"]
    (path / METADATA).write_text(json.dumps(stack.pop("metadata")))
    stack["additionalMetadataFile"] = METADATA
    (path / ASSETS).write_text(json.dumps({"files": {}, "dockerImages": {}}))
    (path / "manifest.json").write_text(json.dumps(manifest))
    return path


METADATA, TEMPLATE, ASSETS = "OnLambda.metadata.json", "OnLambda.template.json", "OnLambda.assets.json"
READERS = (
    "comparison",
    "comparison diff",
    "comparison change",
    "comparison cost",
    "deployment preflight",
    "sandbox plan",
)
DAMAGED = ("", "{", "[]", "null", "7", '"text"', "\0")
SHAPES: Mapping[str, tuple[str, ...]] = {
    "manifest.json": (
        *DAMAGED,
        "{}",
        '{"artifacts": []}',
        '{"artifacts": {"One": {"type": "aws:cloudformation:stack"}}}',
        '{"artifacts": {"One": {"type": "cdk:cloud-assembly"}}}',
        '{"artifacts": {"One": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "none"}}}}',
    ),
    TEMPLATE: (*DAMAGED, '{"Resources": []}', '{"Resources": {"One": {}}}', '{"Resources": {"One": null}}'),
    METADATA: (*DAMAGED, '{"/One": 7}', '{"/One": [{}]}'),
    ASSETS: DAMAGED,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("file", "content"),
    [(file, content) for file, contents in SHAPES.items() for content in contents],
    ids=lambda value: value or "empty",
)
def test_a_damaged_assembly(call, tmp_path, name, file, content):
    path = assembly_at(tmp_path)
    (path / file).write_text(content)
    _read(call, name, path)


@pytest.mark.parametrize(("name", "file"), list(product(READERS, ("manifest.json", TEMPLATE, METADATA))))
def test_an_incomplete_assembly(call, tmp_path, name, file):
    path = assembly_at(tmp_path)
    (path / file).unlink()
    _read(call, name, path)
    (path / file).mkdir()
    _read(call, name, path)


@pytest.mark.parametrize("name", READERS)
def test_an_assembly_that_is_no_directory(call, tmp_path, name):
    file = tmp_path / "file"
    file.write_text("")
    for path in (file, file / "below", tmp_path / "nothing"):
        _read(call, name, path, fix="")


def assembly_at(tmp_path: Path) -> Path:
    path = tmp_path / "damaged"
    path.mkdir()
    return assembly(path)


def _read(call: Callable[..., None], name: str, path: Path, fix: str = "make synth writes one") -> None:
    if name == "comparison":
        call(name, "--assembly", path, fix=fix)
    elif name == "comparison diff":
        ended = CliRunner().invoke(comparison, ["--assembly", str(path), "diff", "lambda", "ecs-fargate"])
        assert ended.exit_code == 1
        assert isinstance(ended.exception, SystemExit), ended.exception
        assert fix in " ".join(ended.output.split())
    else:
        call(name, "--assembly", path, fix=fix)


def _of_target(name: str, value: float) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["targets"]["ecs-fargate"].update({name: value})


MEASURED = {
    **{
        f"{name}={value}": _of_target(name, value)
        for name in ("p50_ms", "p99_ms", "deploy_s", "healthy_s", "memory_mib", "requests")
        for value in (-1, 1e300)
    },
    "seconds": lambda data: data.update(seconds=-0.5),
    "steps": lambda data: data.update(steps={"deploy": 1e300}),
    "image": lambda data: data.update(image_mib=-1),
}


@pytest.mark.parametrize("fault", MEASURED)
def test_results_with_impossible_numbers(call, tmp_path, fault):
    results.write(example_results.results(), tmp_path)
    data = json.loads((tmp_path / results.FILE_NAME).read_text())
    MEASURED[fault](data)
    (tmp_path / results.FILE_NAME).write_text(json.dumps(data))
    call("comparison", "--directory", tmp_path, fix="make demo")


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_results(call, tmp_path, content):
    (tmp_path / results.FILE_NAME).write_text(content)
    call("comparison", "--directory", tmp_path, fix="make demo")


def test_results_that_are_a_directory(call, tmp_path):
    (tmp_path / results.FILE_NAME).mkdir()
    call("comparison", "--directory", tmp_path, fix="ls -ld")


def _first(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["prices"][0].update(values)


PRICE_FAULTS: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "it has no prices": lambda data: data.update(prices=[]),
    "is NaN": _first(usd="NaN"),
    "is Infinity": _first(usd="Infinity"),
    "is -1;": _first(usd="-1"),
    "is 0;": _first(usd="0"),
    "prices of Regions differ less": _first(usd="40.48"),
    "its rule takes one vCPU-hour": _first(unit="GB-hour"),
    "a day is YYYY-MM-DD": _first(read_on="yesterday"),
    "stands there 2 times": lambda data: data["prices"].append(data["prices"][0]),
    "instance type t4g.small stands there 2 times": lambda data: data["instance_types"].append(
        next(each for each in data["instance_types"] if each["name"] == "t4g.small")
    ),
    "has no price ec2-z9.huge-hour": lambda data: data["instance_types"][0].update(name="z9.huge"),
    "needs vCPUs and memory above 0": lambda data: data["instance_types"][0].update(vcpus=0),
    "a Region's code is such as": lambda data: data.update(region=""),
    "all amounts are in USD": lambda data: data.update(currency="EUR"),
    "it is a number above 0": lambda data: next(each for each in data["prices"] if each.get("offer"))["offer"].update(
        multiplier="-1"
    ),
}


@pytest.mark.parametrize("cause", PRICE_FAULTS)
@pytest.mark.parametrize("refresh", [(), ("--refresh",)], ids=["print", "refresh"])
def test_prices_that_cannot_be_right(call, tmp_path, cause, refresh):
    data = copy.deepcopy(json.loads(FILE.read_text()))
    PRICE_FAULTS[cause](data)
    foreign = tmp_path / "foreign.json"
    foreign.write_text(json.dumps(data))
    call("comparison prices", "--file", foreign, *refresh, cause=cause, fix="start from a copy of pricing/prices.json")


@pytest.mark.parametrize("content", [*DAMAGED, "{}"])
def test_a_damaged_price_file(call, tmp_path, content):
    foreign = tmp_path / "foreign.json"
    foreign.write_text(content)
    call("comparison prices", "--file", foreign, fix="start from a copy of pricing/prices.json")


CREDENTIALS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "no such profile": ({"AWS_PROFILE": "nope"}, "aws configure list-profiles"),
    "malformed configuration": ({"AWS_CONFIG_FILE": "malformed"}, "correct malformed"),
    "malformed credentials": ({"AWS_SHARED_CREDENTIALS_FILE": "malformed"}, "malformed"),
    "binary configuration": ({"AWS_CONFIG_FILE": "binary"}, "correct binary"),
    "no endpoint": ({**(KEYS := {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "us-east-1"}),
                     "AWS_ENDPOINT_URL": "nonsense"}, "AWS_ENDPOINT_URL"),
    "half of a key": ({"AWS_ACCESS_KEY_ID": "x", "AWS_REGION": "us-east-1"}, ""),
    "no Region": ({name: value for name, value in KEYS.items() if name != "AWS_REGION"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ["comparison prices", "deployment preflight", "deployment workflow", "sandbox plan"])
@pytest.mark.parametrize("fault", CREDENTIALS)
def test_settings_of_aws(call, tmp_path, monkeypatch, name, fault):
    monkeypatch.chdir(tmp_path)
    Path("malformed").write_text("[profile\nnonsense")
    Path("binary").write_bytes(b"\0\xff[[[")
    variables, fix = CREDENTIALS[fault]
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    call(name, *(["--refresh"] if name == "comparison prices" else []), fix=fix)


OUTPUTS = {
    "comparison": "--output",
    "comparison prices": "--file",
    "local_aws status": "--directory",
    "local_aws logs": "--directory",
    "supply_chain sbom": "--output",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_below_a_file(call, tmp_path, name):
    file = tmp_path / "file"
    file.write_text("")
    call(name, OUTPUTS[name], file / "below" / "name")
    assert file.read_text() == ""


def test_a_new_project_below_a_file(call, tmp_path):
    (tmp_path / "file").write_text("")
    call("vendoring new", tmp_path / "file" / "my-service", "--target", "lambda", own=False, fix="another path")


def _options(kind: type[click.ParamType]) -> list[tuple[str, str]]:
    return [
        (name, option.opts[0])
        for name, command in LEAVES.items()
        if name in COMMANDS
        for option in command.params
        if isinstance(option, click.Option) and isinstance(option.type, kind) and not option.is_flag
    ]


NUMBERS = (click.types.FloatParamType, click.types.IntParamType)


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "-1e308", "many", ""])
@pytest.mark.parametrize(("name", "option"), [each for kind in NUMBERS for each in _options(kind)])
def test_a_number_that_is_none(call, name, option, value):
    call(name, option, value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("comparison cost", ("--target", "")),
        ("comparison cost", ("--target", "nope")),
        ("comparison cost", ("--stage", "nope")),
        *(("comparison cost", ("--service", word)) for word in ("", "=", "memory_mib", "memory_mib=1e999")),
        *(("comparison cost", ("--service", word)) for word in ("memory_mib=NaN", 'environment={"a":-Infinity}')),
        ("comparison change", ("--stage", "nope")),
        ("comparison change", ("--json", "--markdown")),
        ("comparison facts", ("--older-than", "-1")),
        ("comparison facts", ("--older-than", "1000000000000")),
        ("comparison facts", ("--write", "--json")),
        ("comparison readme", ("--file", "nothing.md")),
        ("deployment preflight", ("",)),
        ("deployment preflight", ("Nope*",)),
        ("deployment preflight", ("--profile", "nope")),
        ("sandbox plan", ("--target", "")),
        ("sandbox plan", ("--profile", "nope")),
        ("sandbox policy", ("--region", "")),
        ("sandbox policy", ("--qualifier", "")),
        ("sandbox report", ()),
        ("copilot_import", ()),
        ("updates", ("--target", "")),
        ("updates", ("--change", "")),
        ("updates", ("--check", "--target", "")),
        ("vendoring new", ("--target", "")),
        ("vendoring status", ("--base", "nope")),
        ("vendoring upgrade", ("--to", "nope")),
        ("local_aws logs", ()),
        ("local_aws status", ()),
        ("local_aws call", ()),
        ("local_aws workflow", ()),
    ],
    ids=str,
)
def test_an_argument_that_does_not_fit(call, name, words):
    call(name, *words)


@pytest.mark.parametrize("content", ["", "[]", "null", "7", "a: [", "\0", "&a [*a]", "name: x\ntype: 7"])
def test_a_manifest_of_copilot_that_is_none(call, tmp_path, content):
    file = tmp_path / "manifest.yml"
    file.write_text(content)
    call("copilot_import", file, own=False)


@pytest.mark.parametrize("content", [*DAMAGED, "{}"])
def test_evidence_that_is_none(call, tmp_path, content):
    file = tmp_path / "evidence.json"
    file.write_text(content)
    call("sandbox report", file, own=False, fix="docs/sandbox.md")
