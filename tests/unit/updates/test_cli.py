"""`python -m updates`: the table, one target, and errors."""

import re
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.updates.test_facts import DECLARATION
from tests.unit.updates.test_facts import matrix as sample
from updates import facts, matrix
from updates.cli import main
from updates.matrix import Matrix
from updates.report import SIGNS


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def recorded() -> Any:
    return facts.read()


def test_the_table_has_every_change_and_every_target_in_80_columns(recorded: Any) -> None:
    lines = run().stdout.splitlines()
    assert max(map(len, lines)) <= 80
    found = {line[2:36].strip() for line in lines if line.startswith("  ")}
    assert {change["id"] for change in recorded["changes"]} <= found
    headings = [line.split("┌ ")[1] for line in lines if "┌" in line]
    assert headings == [*recorded["targets"], "shared"]


def test_a_sign_is_below_the_name_of_its_target(recorded: Any) -> None:
    lines = run().stdout.splitlines()
    columns = {line.split("┌ ")[1]: line.index("┌") for line in lines if "┌" in line}
    for change in recorded["changes"]:
        [line] = [line for line in lines if line.startswith(f"  {change['id']}  ")]
        for target, column in columns.items():
            sign = line[column] if column < len(line) else " "
            expected = SIGNS[change["cells"][target]["verdict"]][0] if target in change["cells"] else " "
            assert sign == expected, (change["id"], target)


def test_one_target_has_reasons_and_consequences(recorded: Any) -> None:
    text = " ".join(run("--target", "lambda").stdout.split())
    for change in recorded["changes"]:
        assert (change["id"] in text) == ("lambda" in change["cells"]), change["id"]
    assert "without a health check" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "lamda"), "there is no target 'lamda'"),
        (("--change", "prot"), "there is no change 'prot'"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_allowed_ones(
    words: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Matrix(targets=[], changes=[], judgements={}, declarations=[])
    monkeypatch.setattr(matrix, "compute", lambda _: nothing)
    result = run(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert re.search(r"cause\s+allowed: ", result.stderr)


def test_an_undeclared_change_is_explained_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "compute", lambda _: sample())
    result = run("--target", "ecs-fargate", "--change", "port")
    assert result.exit_code == 1
    assert "? ecs-fargate: undeclared" in result.stdout
    assert "empty target group: AWS::ElasticLoadBalancingV2::Listener" in result.stdout
    assert "replaced  ElasticLoadBalancingV2::TargetGroup Group" in result.stdout
    assert "declare it in" in result.stderr


def test_a_declared_change_is_explained_with_its_consequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "compute", lambda _: sample(DECLARATION))
    result = run("--target", "ecs-fargate", "--change", "port")
    assert result.exit_code == 0
    assert "! ecs-fargate: replacement" in result.stdout
    assert "Requests get 503." in result.stdout
    assert "Way around: Do not." in result.stdout


@pytest.mark.parametrize("option", ["--write", "--check"])
def test_computing_everything_takes_no_target(option: str) -> None:
    result = run(option, "--target", "lambda")
    assert result.exit_code == 2
    assert "omit --target and --change" in result.stderr


def test_help_teaches_with_examples() -> None:
    text = run("--help").stdout
    assert text.count("python -m updates") >= 5
    assert max(map(len, text.splitlines())) <= 80
