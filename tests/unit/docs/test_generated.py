"""The generated parts of pages: current, all of it, and brought up to date by the command that the error names."""

import json
import re
import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest
from click.testing import CliRunner

from comparison import cli, pages
from comparison.readme import part
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from tests.conftest import Synthesised
from tests.unit.docs.pages import DOCS


def test_generated_parts_are_current(synthesised: Synthesised) -> None:
    pages.check(pages.parts(Assembly.load(synthesised.directory)))


def test_every_reason_for_an_acknowledged_finding_is_on_the_page(synthesised: Synthesised) -> None:
    """One is acknowledged for the whole app and so in no stack's metadata: the text above the table has it."""
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    entries = [entry for found in synthesised.app.node.find_all() for entry in found.node.metadata if entry.type == key]
    reasons = {reason for entry in entries for rule, reason in entry.data.items() if rule.startswith("AwsSolutions")}
    text = " ".join((DOCS / "security.md").read_text().split())
    assert len(reasons) > 10
    assert [reason for reason in reasons if reason not in text] == []


def test_a_stale_page_is_refused_and_written(synthesised: Synthesised, tmp_path: Path) -> None:
    wanted = pages.parts(Assembly.load(synthesised.directory))
    shutil.copytree(DOCS, tmp_path / "docs")
    stale = tmp_path / "docs" / "security.md"
    stale.write_text(stale.read_text().replace("| `SQS3` |", "| `SQS4` |"))
    with pytest.raises(ActionableError, match="part 'acknowledged' of security") as refused:
        pages.check(wanted, tmp_path / "docs")
    assert refused.value.fix == pages.WRITE_PAGES
    pages.write(wanted, tmp_path / "docs")
    pages.check(wanted, tmp_path / "docs")
    assert stale.read_text() == (DOCS / "security.md").read_text()


def test_nothing_is_written_where_a_marker_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- cost -->\nold\n<!-- /cost -->\n")
    (tmp_path / "b.md").write_text("no markers")
    with pytest.raises(ActionableError, match="the page has no part 'cost'"):
        pages.write({"a.md": {"cost": "new"}, "b.md": {"cost": "new"}}, tmp_path)
    assert part((tmp_path / "a.md").read_text(), "cost") == "old"


def test_a_month_on_a_page_is_the_one_that_the_command_prints(synthesised: Synthesised) -> None:
    said = ["--assembly", str(synthesised.directory), "cost", "--format", "json"]
    printed = json.loads(CliRunner().invoke(cli.main, said).stdout)
    for each in printed["estimates"]:
        shown = part((DOCS / "targets" / f"{each['target']}.md").read_text(), "cost")
        months = re.findall(r"^\| .* \| ([\d,.]+) \|$", shown, re.MULTILINE)
        expected = [each["idle_usd"], *([] if each["usd"] is None else [each["usd"]])]
        assert [float(month.replace(",", "")) for month in months] == pytest.approx(expected, abs=0.01)


def test_the_command_checks_unless_it_is_told_to_write(synthesised: Synthesised) -> None:
    before = (DOCS / "security.md").read_bytes()
    done = CliRunner().invoke(cli.main, ["--assembly", str(synthesised.directory), "docs"])
    assert (done.exit_code, done.output) == (0, "")
    assert (DOCS / "security.md").read_bytes() == before
