"""The commands cost and prices: output, exit status, and the same bytes for the same question."""

import dataclasses
import json
import re

import pytest
from click.testing import CliRunner

from comparison import cli
from comparison.cli import main
from deployment.assembly import Assembly
from pricing import synthesis
from pricing.prices import FILE, PriceList
from tests.unit.pricing import samples
from tests.unit.pricing.test_refresh import product
from tests.unit.pricing.test_synthesis import Synth


@pytest.fixture
def path(tmp_path):
    network = {"Address": samples.resource("AWS::EC2::EIP")}
    own = samples.fargate()
    function = {"Function": samples.function(), "Mystery": samples.resource("AWS::Brand::New")}
    stacks = {"Network": network, "OnTasks": own, "OnFunctions": function}
    return samples.assembly(tmp_path, stacks, {"tasks": "OnTasks", "functions": "OnFunctions"})


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


TASKS = ("--target", "tasks")


def in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_table_in_the_terminal(path, snapshot):
    done = run("cost", "--assembly", path)
    assert done.exit_code == 0, done.output
    assert done.output == snapshot
    assert max(len(line) for line in done.output.splitlines()) <= 88


def test_one_bill_in_the_terminal(path, snapshot):
    assert run("cost", "--assembly", path, "--target", "tasks").output == snapshot


def test_the_tables_as_markdown(path, snapshot):
    assert run("cost", "--assembly", path, "--format", "markdown", "--requests-per-second", 400).output == snapshot


def test_json_holds_what_any_load_can_be_priced_from(path):
    found = json.loads(run("cost", "--assembly", path, "--format", "json").output)
    cost_model = found["cost_models"][0]
    estimate = found["estimates"][0]
    cost = sum(
        charge["unit_price_usd"] * charge["quantity"] * estimate["usage_metrics"][charge["usage_metric"]]
        for charge in cost_model["charges"]
    )
    assert cost == pytest.approx(estimate["usd"], rel=1e-5)
    assert cost_model["capacity"]["max_replicas"] == 10
    assert found["resource_types"]["AWS::Brand::New"] == "unpriced"
    assert found["usage"]["requests_per_second"] == 10


@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_the_same_question_gets_the_same_bytes(path, form):
    first, second = (run("cost", "--assembly", path, "--format", form).output for _ in range(2))
    assert first == second


def test_one_bill_as_markdown_is_that_of_all(path):
    one, whole = (run("cost", "--assembly", path, "--format", "markdown", *more).output for more in (TASKS, []))
    head, context = one.split("\n\n", maxsplit=1)
    assert head in whole
    assert context.strip() in whole
    assert "functions" not in context


@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_an_unknown_target_is_an_error_in_every_format(path, form):
    done = run("cost", "--assembly", path, "--format", form, "--target", "moon")
    assert done.exit_code == 1
    assert "unknown target 'moon'" in in_one_line(done.output)


@pytest.mark.parametrize("words", [[], *([name] for name in main.commands)], ids=" ".join)
def test_help_fits_80_columns(words):
    helped = CliRunner().invoke(main, [*words, "--help"], terminal_width=80)
    assert max(map(len, helped.output.splitlines())) <= 80


def test_what_is_given_to_the_group_counts_for_its_commands(path):
    assert run("--assembly", path, "cost").output == run("cost", "--assembly", path).output
    asked = run("--format", "markdown", "cost", "--assembly", path).output
    assert asked == run("cost", "--format", "markdown", "--assembly", path).output
    assert run("--format", "json", "prices").output == run("prices", "--format", "json").output


def test_memory_has_a_short_name(path):
    output = run("cost", "--assembly", path, "--memory", 600).output
    assert "needs 600 MiB per replica, the template allocates 512" in in_one_line(output)


def test_an_unpriced_type_is_named(path):
    assert "not priced: AWS::Brand::New" in in_one_line(run("cost", "--assembly", path).output)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hours-a-day", 30], "hours_a_day=30.0 (allowed: 0.1 to 24)"),
        (["--target", "moon"], "unknown target 'moon'"),
    ],
)
def test_invalid_options_are_errors_with_a_fix(path, arguments, said):
    done = run("cost", "--assembly", path, *arguments)
    assert done.exit_code == 1
    assert said in in_one_line(done.output)
    assert "fix" in done.output


def test_an_unknown_target_is_an_error_before_the_app_is_synthesised():
    done = run("cost", "--target", "lambada", "--service", "cpu=512")
    assert done.exit_code == 1
    assert "there is no target 'lambada'" in in_one_line(done.output)
    assert "use lambda" in in_one_line(done.output)


def test_an_assembly_that_is_not_there_is_an_error(tmp_path):
    done = run("cost", "--assembly", tmp_path / "nothing")
    assert done.exit_code == 1
    assert "is not a cloud assembly" in in_one_line(done.output)


def test_every_target_of_the_app_has_a_row(synthesised, facts):
    rows = run("cost", "--assembly", synthesised.directory).output
    assert all(f"\n{each.target} " in rows for each in facts.costs.estimates)


def test_prices_need_no_assembly():
    done = run("prices")
    assert done.exit_code == 0
    assert all(price.id in done.output for price in PriceList.load().prices)
    assert max(len(line) for line in done.output.splitlines()) <= 88


def test_prices_as_json_are_the_file():
    assert run("prices", "--format", "json").output == FILE.read_text()


def test_prices_as_markdown_say_where_each_was_read():
    output = run("prices", "--format", "markdown").output
    assert all(
        f"| {price.source} | {price.read_from} | {price.read_on} |" in output for price in PriceList.load().prices
    )


class OnlyFargate:
    """An API that knows a single price."""

    def get_products(self, **question):
        known = any(found["Value"] == "USE1-Fargate-vCPU-Hours:perCPU" for found in question["Filters"])
        return {"PriceList": [product("AmazonECS", ("0", "0.05"))] if known else []}


def test_a_refresh_writes_what_was_read_and_says_what_was_kept(tmp_path, monkeypatch):
    file = tmp_path / "prices.json"
    file.write_bytes(FILE.read_bytes())
    monkeypatch.setattr(cli, "_client", OnlyFargate)
    done = run("prices", "--refresh", "--file", file)
    before, after = PriceList.load(), PriceList.load(file)
    assert f"1 prices read, 1 changed, {len(before.prices) - 1} kept" in done.output
    assert "fargate-x86-vcpu-hour: 0.04048 before, 0.05 now" in done.output
    assert "eks-auto-mode-fee kept: the price list has no single entry for it" in done.output
    assert after.usd("fargate-x86-vcpu-hour") == 0.05
    assert after.prices[1:] == before.prices[1:]


def test_a_refresh_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    class Refuses:
        def get_products(self, **_):
            from botocore.exceptions import NoCredentialsError

            raise NoCredentialsError

    file = tmp_path / "prices.json"
    file.write_bytes(FILE.read_bytes())
    monkeypatch.setattr(cli, "_client", Refuses)
    done = run("prices", "--refresh", "--file", file)
    assert done.exit_code == 1
    assert file.read_bytes() == FILE.read_bytes()
    assert [found.name for found in tmp_path.iterdir()] == ["prices.json"]


def test_the_command_prices_the_app_with_other_fields(monkeypatch, tmp_path):
    stacks = {"OnTasks": samples.fargate(memory=2048)}
    synth = Synth(Assembly.load(samples.assembly(tmp_path, stacks, {"tasks": "OnTasks"})))
    monkeypatch.setattr(synthesis, "synth", synth)
    done = run("cost", "--service", "memory_mib=2048")
    assert done.exit_code == 0, done.output
    assert synth.contexts == [{"service": {"memory_mib": 2048}}]
    assert "memory_mib=2048" in done.output
    assert "\ntasks " in done.output


def test_the_command_names_the_target_that_does_not_support_the_fields(monkeypatch, tmp_path):
    stacks = {"OnTasks": samples.fargate()}
    assembly = Assembly.load(samples.assembly(tmp_path, stacks, {"tasks": "OnTasks"}))
    made = dataclasses.replace(assembly, rejected={"OnAppRunner": "max_instances=100 is not supported by App Runner"})
    monkeypatch.setattr(synthesis, "synth", Synth(made))
    done = run("cost", "--service", "max_instances=100")
    assert done.exit_code == 0
    assert "OnAppRunner is not included: max_instances=100 is not supported" in in_one_line(done.output)
