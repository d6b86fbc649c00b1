"""The generated parts of README.md and docs/: current, the same on every machine, and written only between markers."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from click.testing import CliRunner, Result

from comparison import cli
from comparison import generated_parts as generated
from comparison.facts import Facts, gather
from comparison.generated_parts import DOCS, README, part, with_part
from comparison.thresholds import thresholds_text
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing.break_even import cheapest
from tests.conftest import ROOT, Synthesised

GENERATED = re.compile(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CHEAPEST = "cheapest at (5 ms CPU, 10 ms wait)"
README_PARTS = ["targets", "thresholds", "unsupported-fields"]
TEXT = "before\n<!-- targets -->\nold\n<!-- /targets -->\nafter\n"


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text()


@pytest.fixture(scope="module")
def prose(text: str) -> list[str]:
    """Lines without tables, pictures, commands and generated parts."""
    lines = FENCED.sub("", GENERATED.sub("", text)).splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("|", "[![", "#"))]


@pytest.fixture(scope="module")
def docs_parts(assembly: Assembly, facts: Facts) -> dict[Path, generated.Parts]:
    return {DOCS / name: found for name, found in generated.docs_parts(facts, assembly).items()}


@pytest.fixture(scope="module")
def table(facts: Facts) -> dict[str, dict[str, str]]:
    """Target -> column of the target table -> text."""
    lines = generated.readme_parts(facts)["targets"].splitlines()
    head, _, *rows = [line.strip("| ").split(" | ") for line in lines]
    found = [dict(zip(head, row, strict=True)) for row in rows]
    return {re.sub(r"\[`(.+?)`\].*", r"\1", row["target"]): row for row in found}


def run(assembly: Assembly, *words: str) -> Result:
    return CliRunner().invoke(cli.main, ["--assembly", str(assembly.path), *words])


def test_the_parts_of_the_readme_are_current(assembly: Assembly, text: str) -> None:
    for name, content in generated.readme_parts(gather(assembly)).items():
        assert part(text, name) == content, f"run: {generated.WRITE_README}"


def test_the_parts_of_the_docs_are_current(docs_parts: dict[Path, generated.Parts]) -> None:
    generated.check(docs_parts, generated.WRITE_DOCS)


def test_the_readme_has_no_other_parts(facts: Facts, text: str) -> None:
    assert [found.group(1) for found in GENERATED.finditer(text)] == README_PARTS
    assert list(generated.readme_parts(facts)) == README_PARTS


def test_a_local_run_changes_no_part(assembly: Assembly, facts: Facts) -> None:
    bare = gather(assembly)
    assert facts.run
    assert generated.readme_parts(facts) == generated.readme_parts(bare)
    assert generated.docs_parts(facts, assembly) == generated.docs_parts(bare, assembly)


def test_the_target_table_has_every_target_and_its_page(facts: Facts, table: dict[str, dict[str, str]]) -> None:
    assert list(table) == [target.id for target in facts.targets]
    for row in table.values():
        [page] = re.findall(r"\]\(([^)]+)\)", row["target"])
        assert (ROOT / page).is_file()


def test_the_target_table_says_where_a_target_is_cheapest(facts: Facts, table: dict[str, dict[str, str]]) -> None:
    """Compared with the prices in the middle of each range."""
    available = [model for model in facts.costs.cost_models if not model.closed_to_new_customers]
    for target, row in table.items():
        for text in row[CHEAPEST].split(", "):
            rates = [float(rate.replace(",", "")) for rate in re.findall(r"[\d.,]*\d", text)]
            if rates:
                assert cheapest(available, facts.costs.usage.at(sum(rates) / 2)) == target, text
    assert table["app-runner"][CHEAPEST] == "closed to new customers"
    assert sum(row[CHEAPEST].endswith(" requests/s") for row in table.values()) == 2


def test_the_target_table_has_what_the_matrix_says(facts: Facts, table: dict[str, dict[str, str]]) -> None:
    assert {target: row["idle cost a month"] for target, row in table.items()} == {
        target: f"${usd:,.2f}" for target, usd in facts.costs.idle_usd.items()
    }
    assert [target for target, row in table.items() if row["scales to zero"] == "yes"] == ["lambda"]
    assert table["lambda"]["automatic rollback on"] == "nothing; with `canary_interval`, the error rate alarm"
    assert table["ec2-podman"]["you patch"] == "the image, the operating system, Podman"
    assert table["ecs-managed-instances"]["runs locally on"].startswith("the emulator's ECS, containers in place of")
    assert all(row["runs locally on"] for row in table.values())


def test_the_unsupported_fields_are_those_that_the_constructs_declare(facts: Facts) -> None:
    lines = generated.readme_parts(facts)["unsupported-fields"].splitlines()
    assert [line.strip("| ").split(" | ") for line in lines[2:]] == [
        [f"`{target.id}`", f"`{field}`", reason]
        for target in facts.targets
        for field, reason in target.unsupported_fields.items()
    ]


def test_the_choice_of_a_target_begins_with_the_thresholds(facts: Facts, text: str) -> None:
    section = text.split("## Choose a target\n", 1)[1].lstrip()
    assert section.startswith("<!-- thresholds -->\nFor the default service")
    assert thresholds_text(facts.costs) in " ".join(part(text, "thresholds").split())


def test_lines_are_short_enough_for_a_terminal(prose: list[str], text: str) -> None:
    assert [line for line in (*prose, *part(text, "thresholds").splitlines()) if len(line) >= 120] == []


def test_no_line_of_the_readme_repeats_another(prose: list[str]) -> None:
    assert [line for line in prose if prose.count(line) > 1] == []


def test_amounts_are_in_generated_parts_only(prose: list[str]) -> None:
    assert [line for line in prose if "$" in re.sub(r"`[^`]*`", "", line)] == []


def test_the_readme_recommends_or_advises_against_every_target(facts: Any, prose: list[str]) -> None:
    text = "\n".join(prose)
    assert [target.id for target in facts.targets if f"`{target.id}`" not in text] == []


def test_every_reason_for_an_acknowledged_finding_is_on_the_page(synthesised: Synthesised) -> None:
    """One is acknowledged for the whole app and so not in any stack's metadata: the text above the table has it."""
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    entries = [entry for found in synthesised.app.node.find_all() for entry in found.node.metadata if entry.type == key]
    reasons = {reason for entry in entries for rule, reason in entry.data.items() if rule.startswith("AwsSolutions")}
    text = " ".join((DOCS / "security.md").read_text().split())
    assert len(reasons) > 10
    assert [reason for reason in reasons if reason not in text] == []


def test_every_platform_that_is_not_covered_is_on_the_page_with_its_source(facts: Facts) -> None:
    text = (DOCS / "platforms.md").read_text()
    assert len(facts.not_covered) >= 8
    for platform in facts.not_covered:
        assert f"| [{platform.name}]({platform.source}) | {platform.summary} |" in text


def test_a_month_on_a_page_is_the_one_that_the_command_prints(assembly: Assembly) -> None:
    printed = json.loads(run(assembly, "cost", "--format", "json").stdout)
    for each in printed["estimates"]:
        shown = part((DOCS / "targets" / f"{each['target']}.md").read_text(), "cost")
        months = re.findall(r"^\| .* \| ([\d,.]+) \|$", shown, re.MULTILINE)
        expected = [each["idle_usd"], *([] if each["usd"] is None else [each["usd"]])]
        assert [float(month.replace(",", "")) for month in months] == pytest.approx(expected, abs=0.01)


def test_a_stale_readme_is_an_error_and_is_written(assembly: Assembly, tmp_path: Path) -> None:
    stale = tmp_path / "README.md"
    stale.write_text(README.read_text().replace("For the default service", "For any service"))
    command = ("readme", "--file", str(stale))
    checked = run(assembly, *command)
    assert (checked.exit_code, generated.WRITE_README in checked.output) == (1, True)
    assert run(assembly, *command, "--write").exit_code == 0
    assert stale.read_text() == README.read_text()


def test_a_stale_page_is_an_error_and_is_written(docs_parts: dict[Path, generated.Parts], tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    parts = {tmp_path / "docs" / path.relative_to(DOCS): found for path, found in docs_parts.items()}
    stale = tmp_path / "docs" / "security.md"
    stale.write_text(stale.read_text().replace("| `SQS3` |", "| `SQS4` |"))
    with pytest.raises(ActionableError, match="part 'acknowledged' of security") as error:
        generated.check(parts, generated.WRITE_DOCS)
    assert error.value.fix == generated.WRITE_DOCS
    generated.write(parts)
    generated.check(parts, generated.WRITE_DOCS)
    assert stale.read_text() == (DOCS / "security.md").read_text()


def test_the_command_checks_unless_it_is_told_to_write(assembly: Assembly) -> None:
    before = (DOCS / "security.md").read_bytes()
    done = run(assembly, "docs")
    assert (done.exit_code, done.output) == (0, "")
    assert (DOCS / "security.md").read_bytes() == before


def test_nothing_is_written_where_a_marker_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- cost -->\nold\n<!-- /cost -->\n")
    (tmp_path / "b.md").write_text("no markers")
    with pytest.raises(ActionableError, match="there is no part 'cost'"):
        generated.write({tmp_path / "a.md": {"cost": "new"}, tmp_path / "b.md": {"cost": "new"}})
    assert part((tmp_path / "a.md").read_text(), "cost") == "old"


def test_only_the_text_between_the_markers_is_written() -> None:
    text = with_part(TEXT, "targets", "new")
    assert text == "before\n<!-- targets -->\nnew\n<!-- /targets -->\nafter\n"
    assert part(text, "targets") == "new"


def test_writing_twice_changes_nothing_more() -> None:
    once = with_part(TEXT, "targets", "new")
    assert with_part(once, "targets", "new") == once


@pytest.mark.parametrize("text", ["", "<!-- targets -->", TEXT + TEXT])
def test_markers_that_are_not_there_once_are_an_error(text: str) -> None:
    with pytest.raises(ActionableError, match="there is no part"):
        part(text, "targets")
