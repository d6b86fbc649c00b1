"""What pages point to is there: pages, headings, files, stacks, targets, names of the code."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from copilot_import.app_change import MODULE
from tests.conftest import ROOT, Synthesised
from tests.docs import outside
from tests.docs.pages import DOCS, INDEX, PAGES, anchors, commands, links, name, spans

FILES = re.compile(r"[\w./-]+\.(py|md|guard|toml|txt)")
MADE = re.compile(r"build/[\w./-]+")
FOLDERS = ("microservice", "stacks", "local_aws", "comparison", "sample_service/orders")
SOURCES = [ROOT / "app.py", *(file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))]
each_page = pytest.mark.parametrize("page", PAGES, ids=name)


@pytest.fixture(scope="session")
def words_of_the_code() -> set[str]:
    return set(re.findall(r"\w+", "\n".join(file.read_text() for file in SOURCES)))


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert link in outside.addresses(), f"{link} is not looked at by test_outside_links"
            continue
        goal = (page.parent / parts.path).resolve() if parts.path else page
        assert goal.exists(), link
        assert not parts.fragment or parts.fragment in anchors(goal), link


@each_page
def test_files_in_backticks_exist(page: Path) -> None:
    makers = [file for room in ("local_aws", "comparison") for file in (ROOT / room).rglob("*.py")]
    what_makes_files = "\n".join(file.read_text() for file in makers)
    for span in spans(page):
        if span == f"{MODULE}.py":
            continue
        if MADE.fullmatch(span):
            assert Path(span).name in what_makes_files or span.endswith("/"), span
        elif FILES.fullmatch(span) or (span.endswith("/") and span[0] != "/" and (ROOT / span.split("/")[0]).is_dir()):
            assert (ROOT / span).exists(), span


@each_page
def test_stacks_and_targets_on_pages_are_the_apps_own(page: Path, synthesised: Synthesised) -> None:
    stacks = {*synthesised.templates, "TransactionSearch"}
    assert set(re.findall(r"\bOrders[A-Z]\w*", page.read_text())) <= stacks
    ids = {construct.TARGET_ID for construct in synthesised.app.node.find_all() if hasattr(construct, "TARGET_ID")}
    words = [*spans(page), *(word for command in commands(page) for word in command.split())]
    assert {word for word in words if re.fullmatch(r"(ecs|eks|ec2)-[a-z-]+", word)} <= ids


@each_page
def test_names_of_the_code_on_pages_stand_in_the_code(page: Path, words_of_the_code: set[str]) -> None:
    """Such as `min_instances`, `grant_tracing`, `blue_green=…`."""
    names = [found[1] for span in spans(page) if (found := re.match(r"([a-z]+(?:_[a-z]+)+)(?![\w.])", span))]
    assert set(names) <= words_of_the_code


def test_every_page_is_found_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [INDEX]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        goals = [(page.parent / urlsplit(link).path).resolve() for link in links(page) if not urlsplit(link).scheme]
        waiting += [
            goal for goal in goals if goal.suffix == ".md" and goal.is_relative_to(DOCS) and goal not in reached
        ]
    assert set(PAGES) - reached == {ROOT / "README.md"}
