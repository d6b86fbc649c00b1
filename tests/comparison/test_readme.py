"""The README shows the templates as they are now, and nothing that one machine measured; its first screen is short."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from comparison import cli
from comparison.facts import Facts, gather
from comparison.facts.costs import thresholds
from comparison.readme import README, WRITE, decision_as_markdown, part, parts
from deployment.assembly import Assembly
from pricing.break_even import cheapest
from tests.conftest import ROOT

GENERATED = re.compile(r"<!-- (\w+) -->.*?<!-- /\1 -->", re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text()


@pytest.fixture(scope="module")
def prose(text: str) -> list[str]:
    """Lines that people wrote: no tables, pictures, commands or generated parts."""
    lines = FENCED.sub("", GENERATED.sub("", text)).splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("|", "[![", "#"))]


def decisions(facts: Facts) -> dict[str, dict[str, str]]:
    """Target -> column -> what stands there."""
    head, _, *lines = [line.strip("| ").split(" | ") for line in decision_as_markdown(facts).splitlines()]
    found = [dict(zip(head, line, strict=True)) for line in lines]
    return {re.sub(r"\[`(.+?)`\].*", r"\1", line["target"]): line for line in found}


def test_the_generated_parts_are_current(assembly: Assembly, text: str) -> None:
    for name, content in parts(gather(assembly)).items():
        assert part(text, name) == content, f"run: {WRITE}"


def test_no_generated_part_is_left_over(assembly: Assembly, text: str) -> None:
    assert [found.group(1) for found in GENERATED.finditer(text)] == ["decision", "thresholds", "targets", "fixed"]
    assert set(parts(gather(assembly))) == {"decision", "thresholds", "targets", "fixed"}


def test_a_run_changes_no_part(assembly: Assembly, facts: Facts) -> None:
    assert facts.run
    assert parts(facts) == parts(gather(assembly))


def test_the_decision_names_every_target_and_its_page(facts: Facts) -> None:
    assert list(decisions(facts)) == [target.id for target in facts.targets]
    for found in re.findall(r"\]\(([^)]+)\)", decision_as_markdown(facts)):
        assert (ROOT / found).is_file()


def test_the_decision_says_where_a_target_is_cheapest(facts: Facts) -> None:
    """Asked of the prices themselves, in the middle of each range."""
    for_all = [one for one in facts.costs.cost_models if not one.closed_to_new_customers]
    for target, line in decisions(facts).items():
        for words in line["cheapest, requests/s"].split(", "):
            figures = [float(figure.replace(",", "")) for figure in re.findall(r"[\d.,]*\d", words)]
            if figures:
                middle = facts.costs.usage.at(sum(figures) / 2)
                assert cheapest(for_all, middle) == target, words
    assert decisions(facts)["app-runner"]["cheapest, requests/s"] == "closed to new customers"


def test_the_decision_has_what_the_matrix_says(facts: Facts) -> None:
    found = decisions(facts)
    assert [target for target, line in found.items() if line["to zero"] == "yes"] == ["lambda"]
    assert found["lambda"]["goes back by itself for"] == "nothing; with `blue_green`, the error rate alarm"
    assert found["ec2-podman"]["you patch"] == "the image, the operating system, Podman"
    locally = found["ecs-managed-instances"]["runs locally on"]
    assert locally == "the emulator's ECS, containers in place of its instances"
    assert all(line["runs locally on"] for line in found.values())


def test_the_choice_begins_with_the_thresholds(facts: Facts, text: str) -> None:
    section = text.split("## Which one should I take\n", 1)[1].lstrip()
    assert section.startswith("<!-- thresholds -->\nFor the default service")
    assert thresholds(facts.costs) in " ".join(part(text, "thresholds").split())


def test_the_first_screen_is_short(text: str) -> None:
    lines = text.splitlines()
    assert next(number for number, line in enumerate(lines, 1) if line.startswith("```")) <= 12
    picture = next(number for number, line in enumerate(lines, 1) if line.startswith("[!["))
    table = next(number for number, line in enumerate(lines, 1) if line.startswith("|"))
    assert picture < table < 25


def test_sections_stand_in_the_order_in_which_people_need_them(text: str) -> None:
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Which one should I take",
        "Run it here",
        "Deploy to a sandbox account",
        "Copy a construct",
        "Add a target",
        "Why it is built this way",
        "Cost and clean-up",
        "What the local run cannot show",
    ]


def test_lines_are_short_enough_to_be_read_in_a_terminal(prose: list[str], text: str) -> None:
    written = [*prose, *part(text, "thresholds").splitlines()]
    assert [line for line in written if len(line) >= 120] == []


def test_no_line_repeats_another(prose: list[str]) -> None:
    assert [line for line in prose if prose.count(line) > 1] == []


def test_figures_of_money_stand_in_generated_parts_only(prose: list[str]) -> None:
    assert [line for line in prose if "$" in re.sub(r"`[^`]*`", "", line)] == []


def test_every_target_is_spoken_about(facts: Any, prose: list[str]) -> None:
    said = "\n".join(prose)
    assert [target.id for target in facts.targets if f"`{target.id}`" not in said] == []


def test_a_stale_part_is_refused_and_written(assembly: Assembly, tmp_path: Path) -> None:
    stale = tmp_path / "README.md"
    stale.write_text(README.read_text().replace("For the default service", "For any service"))
    said = ["--assembly", str(assembly.path), "readme", "--file", str(stale)]
    refused = CliRunner().invoke(cli.main, said)
    assert (refused.exit_code, WRITE in refused.output) == (1, True)
    assert CliRunner().invoke(cli.main, [*said, "--write"]).exit_code == 0
    assert stale.read_text() == README.read_text()
