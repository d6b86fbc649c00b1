"""Every target has a page, and all target pages have the same sections."""

import re
from pathlib import Path

import pytest

from comparison.generated_parts import part
from deployment.assembly import Assembly
from tests.conftest import Synthesised
from tests.unit.docs.pages import INDEX, TARGET_PAGES, commands, headings, links, name, section

SECTIONS = [
    "When to choose it",
    "Cost",
    "Deploy",
    "Operate",
    "Update and roll back",
    "Failure modes",
    "Destroy",
    "Limits",
]
MAX_LINES = 140
each_page = pytest.mark.parametrize("page", TARGET_PAGES, ids=name)


@pytest.fixture(scope="session")
def assembly(synthesised: Synthesised) -> Assembly:
    return Assembly.load(synthesised.directory)


def test_every_target_has_a_page_that_the_index_links(assembly: Assembly) -> None:
    assert {page.stem for page in TARGET_PAGES} == set(assembly.targets)
    assert {f"targets/{target}.md" for target in assembly.targets} <= set(links(INDEX))


@each_page
def test_all_target_pages_have_the_same_sections(page: Path) -> None:
    assert headings(page) == SECTIONS
    assert headings(page, "h1")[0].startswith(f"`{page.stem}`: ")
    assert "**Not when**" in section(page, "When to choose it")
    assert part(page.read_text(), "cost")
    assert "../security.md#rotate-the-token" in section(page, "Operate")
    assert "anual rollback" in section(page, "Update and roll back")
    assert re.search(r"[Aa]utomatic", section(page, "Update and roll back"))
    assert "| failure | result |" in section(page, "Failure modes")
    assert len(page.read_text().splitlines()) <= MAX_LINES


@each_page
def test_a_page_deploys_and_destroys_its_own_stack(page: Path, assembly: Assembly) -> None:
    stack = assembly.targets[page.stem].stack
    found = commands(page)
    assert [command for command in found if re.match(rf"make deploy STACK={stack}\b", command)]
    assert [command for command in found if re.match(rf"cdk destroy {stack}\b", command)]


@each_page
def test_a_page_lists_the_stacks_that_its_deployment_includes(page: Path, assembly: Assembly) -> None:
    """The sentence "The deployment includes …" names all of them in deployment order."""
    depends = {stack.name: stack.depends_on for stack in assembly.stacks}
    needed: set[str] = set()
    pending = [assembly.targets[page.stem].stack]
    while pending:
        found = [stack for stack in depends[pending.pop()] if stack not in needed]
        needed.update(found)
        pending += found
    [included] = re.findall(r"The deployment includes ([^.;,]*(?:, [^.;]*)?)[.;,]", section(page, "Deploy"))
    listed = re.findall(r"`(Orders\w+)`", included)
    assert listed == [stack.name for stack in assembly.stacks if stack.name in needed]
