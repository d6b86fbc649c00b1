"""Links, files, stacks, targets and names on the pages exist."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT, Synthesised
from tests.unit.docs import external_links
from tests.unit.docs.pages import AGENTS, DOCS, INDEX, PAGES, anchors, commands, links, name, spans

FILES = re.compile(r"[\w./-]+\.(py|md|guard|toml|txt)")
BUILT = re.compile(r"build/[\w./-]+")
# The manifest of a Copilot project, which readers have.
EXTERNAL_FILES = {
    "copilot/.workspace",
    "stack.py",
    *("stacks/worker.py", "stacks/scheduled_job.py", "stacks/private_service.py"),
}
FOLDERS = (
    "microservice",
    "stacks",
    "deployment",
    "local_aws",
    "sandbox",
    "pricing",
    "comparison",
    "supply_chain",
    "benchmarks",
    "copilot_import",
    "sample_service/orders",
)
SOURCES = [*ROOT.glob("*.py"), *(file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")))]
each_page = pytest.mark.parametrize("page", PAGES, ids=name)


@pytest.fixture(scope="session")
def words_in_sources() -> set[str]:
    return set(re.findall(r"\w+", "\n".join(file.read_text() for file in SOURCES)))


@each_page
def test_link_targets_exist(page: Path) -> None:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert link in external_links.urls(), f"test_external_links does not check {link}"
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        assert target.exists(), link
        assert not parts.fragment or parts.fragment in anchors(target), link


@each_page
def test_files_in_code_spans_exist(page: Path) -> None:
    sources = "\n".join(file.read_text() for file in SOURCES)
    for span in spans(page):
        if span in EXTERNAL_FILES:
            continue
        if BUILT.fullmatch(span):
            assert Path(span).name in sources or span.endswith("/"), span
        elif FILES.fullmatch(span) or (span.endswith("/") and span[0] != "/" and (ROOT / span.split("/")[0]).is_dir()):
            assert (ROOT / span).exists(), span


@each_page
def test_stacks_and_targets_on_pages_exist(page: Path, synthesised: Synthesised) -> None:
    stacks = {*synthesised.templates, *re.findall(r'"(Orders\w+)"', (ROOT / "app.py").read_text()), "TransactionSearch"}
    assert set(re.findall(r"\bOrders[A-Z]\w*", page.read_text())) <= stacks
    ids = {construct.TARGET_ID for construct in synthesised.app.node.find_all() if hasattr(construct, "TARGET_ID")}
    words = [*spans(page), *(word for command in commands(page) for word in command.split())]
    assert {word for word in words if re.fullmatch(r"(ecs|eks|ec2)-[a-z-]+", word)} <= ids


@each_page
def test_identifiers_on_pages_exist_in_the_sources(page: Path, words_in_sources: set[str]) -> None:
    """Such as `min_instances`, `grant_tracing` and `blue_green_bake_time=…`."""
    names = [found[1] for span in spans(page) if (found := re.match(r"([a-z]+(?:_[a-z]+)+)(?![\w.])", span))]
    assert set(names) <= words_in_sources


def test_the_index_leads_to_every_page() -> None:
    reached: set[Path] = set()
    pending = [INDEX]
    while pending:
        page = pending.pop()
        reached.add(page)
        targets = [(page.parent / urlsplit(link).path).resolve() for link in links(page) if not urlsplit(link).scheme]
        pending += [
            target
            for target in targets
            if target.suffix == ".md" and target.is_relative_to(DOCS) and target not in reached
        ]
    assert set(PAGES) - reached == {ROOT / "README.md", AGENTS}
