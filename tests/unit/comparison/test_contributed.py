"""Contributed records: which of them count, and what the pages say about statements that they settle."""

import dataclasses
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from comparison import generated_parts, page
from comparison.facts import Facts, LocalRun, gather
from comparison.facts.contributed import DIRECTORY, FIGURES, read_records, settlements
from comparison.facts.evidence import Measurements
from comparison.facts.unverified import OTHER_SUBJECTS, Statement
from comparison.formats import json_data, markdown, terminal
from comparison.measured_document import LABELS, MEASURED_ON_AWS, NOT_MEASURED, measured_table
from comparison.overview import overview, shareable_overview
from comparison.unverified_page import NO_RECORD, records_text, unverified_page
from deployment.assembly import Assembly
from deployment.console import milliseconds, seconds, show
from deployment.errors import ActionableError
from tests.unit.comparison.conftest import example_run
from tests.unit.comparison.example_records import record
from tests.unit.comparison.rendered import rows_of

PROVEN, REFUTED = {"spans-arrive": "proven"}, {"spans-arrive": "refuted"}


def entry(id_: str, target: str = "all", **changes: str) -> Statement:
    texts = {"statement": "A.", "check": "B.", "risk": "C.", "drill": "D1"} | changes
    return Statement(id=id_, target=target, **texts)


STATEMENTS = (entry("trust-conditions"), entry("spans-arrive"), entry("podman-first-boot", "ec2-podman"))


def verdicts(directory: Path) -> list[tuple[str, str, str]]:
    """Verdict, Region and day of each record that settles `spans-arrive`."""
    found = settlements(read_records(directory)).get("spans-arrive", ())
    return [(one.verdict, one.record.evidence.region, one.record.evidence.date) for one in found]


def test_examples_and_runs_on_the_emulator_are_no_records(tmp_path: Path) -> None:
    record(tmp_path, source="the emulator")
    record(tmp_path, source="nothing: an invented example", run="example")
    assert read_records(tmp_path) == ()
    assert read_records(tmp_path / "none") == ()
    on_aws = record(tmp_path, run="onaws")
    assert [found.file for found in read_records(tmp_path)] == [on_aws.name]


def test_an_invalid_record_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "2026-12-03-us-east-1-bad.json").write_text("{}")
    with pytest.raises(ActionableError, match=r"bad\.json is no evidence of a run"):
        read_records(tmp_path)


def test_a_newer_record_of_the_same_region_and_targets_counts(tmp_path: Path) -> None:
    record(tmp_path, date="2026-12-03", statements=REFUTED)
    record(tmp_path, date="2026-12-05", statements=PROVEN)
    assert verdicts(tmp_path) == [("proven", "us-east-1", "2026-12-05")]
    record(tmp_path, date="2026-12-06", statements={"spans-arrive": "not settled"})
    assert verdicts(tmp_path) == [("proven", "us-east-1", "2026-12-05")]


def test_a_newer_record_with_more_targets_counts_and_one_of_others_does_not(tmp_path: Path) -> None:
    record(tmp_path, date="2026-12-03", statements=REFUTED)
    record(tmp_path, date="2026-12-05", targets=("ecs-fargate",), statements=PROVEN)
    assert verdicts(tmp_path) == [("refuted", "us-east-1", "2026-12-03"), ("proven", "us-east-1", "2026-12-05")]
    record(tmp_path, date="2026-12-07", targets=("ecs-fargate", "lambda"), statements=PROVEN)
    assert verdicts(tmp_path) == [("proven", "us-east-1", "2026-12-07")]


def test_every_region_counts_and_refuting_records_are_first(tmp_path: Path) -> None:
    record(tmp_path, region="eu-west-1", date="2026-12-01", statements=REFUTED)
    record(tmp_path, region="us-east-1", date="2026-12-05", statements=PROVEN)
    assert verdicts(tmp_path) == [("refuted", "eu-west-1", "2026-12-01"), ("proven", "us-east-1", "2026-12-05")]


def test_the_page_says_what_settled_a_statement_with_region_day_and_file(tmp_path: Path) -> None:
    path = record(tmp_path, statements=PROVEN)
    text = unverified_page(STATEMENTS, [], settlements(read_records(tmp_path)))
    line = f"- **Result**: proven in us-east-1 on 2026-12-03, run [testdata](evidence/{path.name})"
    assert f"### spans-arrive\n\nA.\n\n{line}\n- **Check**: B.\n" in text
    assert text.count("**Result**") == 1


def test_refuted_statements_are_the_first_of_their_section(tmp_path: Path) -> None:
    record(tmp_path, statements=REFUTED | {"podman-first-boot": "proven"})
    text = unverified_page(STATEMENTS, ["ec2-podman"], settlements(read_records(tmp_path)))
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        *("## All targets", "### spans-arrive", "### trust-conditions"),
        *("## `ec2-podman`", "### podman-first-boot"),
    ]


def test_the_summary_lists_refuted_statements_before_proven_ones(tmp_path: Path) -> None:
    record(tmp_path, statements={"trust-conditions": "proven", "podman-first-boot": "refuted", "retired": "proven"})
    records = read_records(tmp_path)
    text = records_text(STATEMENTS, records, settlements(records))
    assert " ".join(text.split("\n\n")[0].split()) == (
        "1 record of runs in AWS accounts: 1 of 3 statements refuted, 1 proven. "
        "Refuted statements are the first of their sections."
    )
    assert text.split("\n\n")[1] == (
        "- **refuted**: [podman-first-boot](#podman-first-boot), us-east-1, 2026-12-03\n"
        "- **proven**: [trust-conditions](#trust-conditions), us-east-1, 2026-12-03"
    )


def test_without_a_record_the_page_says_so_and_is_the_same(tmp_path: Path) -> None:
    assert " ".join(records_text(STATEMENTS, (), {}).split()) == NO_RECORD
    record(tmp_path, source="the emulator")
    assert unverified_page(STATEMENTS, [], settlements(read_records(tmp_path))) == unverified_page(STATEMENTS, [])


def test_a_contributed_file_reaches_the_page_in_docs(assembly: Assembly, tmp_path: Path) -> None:
    path = record(tmp_path, statements=PROVEN | {"podman-first-boot": "refuted"})
    parts: Any = generated_parts.docs_parts(gather(assembly, records=tmp_path), assembly)["unverified.md"]
    assert "**refuted**: [podman-first-boot](#podman-first-boot), us-east-1, 2026-12-03" in parts["records"]
    assert f"refuted in us-east-1 on 2026-12-03, run [testdata](evidence/{path.name})" in parts["statements"]
    # The sections stay: links lead to them, and a test compares them with the targets.
    sections = [line for line in parts["statements"].splitlines() if line.startswith("## ")]
    assert len(sections) == len(assembly.targets) + len(OTHER_SUBJECTS)
    assert MarkdownIt("commonmark").render(parts["records"]).count("<li>") == 2


def test_the_records_are_read_from_the_folder_of_the_repository(assembly: Assembly) -> None:
    assert gather(assembly).records == read_records(DIRECTORY)
    assert (DIRECTORY / "example.json").is_file()


ON_AWS = {"lambda": Measurements(deploy_s=151.2, p50_ms=31.0, delete_s=44.0)}


@pytest.fixture
def contributed_facts(assembly: Assembly, tmp_path: Path) -> Facts:
    """Facts with a local run, and with records of two Regions and two days."""
    record(tmp_path, date="2026-12-01", measurements={"lambda": Measurements(p50_ms=99.0, rollback_s=80.0)})
    record(tmp_path, date="2026-12-03", measurements=ON_AWS)
    record(tmp_path, date="2026-12-02", region="eu-west-1", measurements={"lambda": Measurements(p50_ms=40.5)})
    return gather(assembly, example_run(assembly), records=tmp_path)


def rows(facts: Facts) -> list[list[str]]:
    here = next(target.local_run for target in facts.targets if target.id == "lambda")
    assert here
    return [
        ["lambda", "deployment", "151s (us-east-1, 2026-12-03)", seconds(here.deploy_s)],
        ["lambda", "p50", "40 ms (eu-west-1, 2026-12-02)", milliseconds(here.p50_ms)],
        ["lambda", "p50", "31 ms (us-east-1, 2026-12-03)", milliseconds(here.p50_ms)],
        ["lambda", "rollback", "80s (us-east-1, 2026-12-01)", "–"],
        ["lambda", "deletion", "44.0s (us-east-1, 2026-12-03)", "–"],
    ]


def test_the_newest_figure_of_each_region_is_beside_the_local_one(contributed_facts: Facts) -> None:
    table = measured_table(contributed_facts)
    assert [[cell.text for cell in row] for row in table.rows] == rows(contributed_facts)
    assert {row[3] for row in rows(contributed_facts)} > {"–"}


def test_every_figure_has_a_label_and_every_local_figure_its_name() -> None:
    assert tuple(LABELS) == FIGURES
    assert {"deploy_s", "healthy_s", "p50_ms", "p99_ms"} <= {found.name for found in dataclasses.fields(LocalRun)}


def test_the_figures_are_on_the_html_page(contributed_facts: Facts) -> None:
    html = page.render(contributed_facts)
    tree = BeautifulSoup(html, "html.parser")
    assert rows_of(tree.select_one("#local-run table#measured-on-aws")) == rows(contributed_facts)
    assert NOT_MEASURED not in html


def test_the_figures_are_on_the_terminal_in_markdown_and_in_json(contributed_facts: Facts) -> None:
    show(terminal.make_wide_console(file := io.StringIO(), {}), terminal.render(overview(contributed_facts)))
    assert MEASURED_ON_AWS in file.getvalue()
    shareable = markdown.render(shareable_overview(contributed_facts))
    for target, name, on_aws, here in rows(contributed_facts):
        assert re.search(rf"{target} +{name} +{re.escape(on_aws)} +{re.escape(here)}", file.getvalue())
        # The local run is different on every machine.
        assert f"| `{target}` | {name} | {on_aws} |\n" in shareable
    records = json.loads(json_data.facts_as_json(contributed_facts))["records"]
    assert [found["evidence"]["run"] for found in records] == ["testdata"] * 3
    assert records[-1]["evidence"]["measurements"]["lambda"]["p50_ms"] == 31.0


def test_the_figures_are_in_the_docs_without_the_local_run(contributed_facts: Facts, assembly: Assembly) -> None:
    text = generated_parts.docs_parts(contributed_facts, assembly)["sandbox.md"]["measured-on-aws"]
    assert "| `lambda` | p50 | 31 ms (us-east-1, 2026-12-03) |" in text.splitlines()
    assert "here" not in text


def test_without_a_record_of_aws_nothing_changes(assembly: Assembly, facts: Facts, tmp_path: Path) -> None:
    record(tmp_path, source="the emulator", measurements=ON_AWS)
    found = dataclasses.replace(facts, records=read_records(tmp_path))
    bare = dataclasses.replace(facts, records=())
    assert page.render(found) == page.render(bare)
    assert f"<p>{NOT_MEASURED}</p>" in page.render(bare)
    assert overview(found) == overview(bare)
    assert generated_parts.docs_parts(found, assembly)["sandbox.md"]["measured-on-aws"] == NOT_MEASURED
