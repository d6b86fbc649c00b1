"""Each target has a page, and all pages have the same parts: a new target without one fails here."""

import re
from pathlib import Path

import pytest

from comparison.readme import part
from deployment.assembly import Assembly
from tests.conftest import Synthesised
from tests.docs.pages import INDEX, TARGET_PAGES, commands, headings, links, name, section

PARTS = ["Choose it when", "What it costs", "Deploy", "Operate", "Roll back", "Destroy", "Known limits"]
each_page = pytest.mark.parametrize("page", TARGET_PAGES, ids=name)


@pytest.fixture(scope="session")
def assembly(synthesised: Synthesised) -> Assembly:
    return Assembly.load(synthesised.directory)


def test_every_target_has_a_page_and_the_index_shows_it(assembly: Assembly) -> None:
    assert {page.stem for page in TARGET_PAGES} == set(assembly.targets)
    assert {f"targets/{target}.md" for target in assembly.targets} <= set(links(INDEX))


@each_page
def test_the_parts_are_the_same_on_every_page(page: Path) -> None:
    assert headings(page) == PARTS
    assert headings(page, "h1")[0].startswith(f"`{page.stem}`: ")
    assert "**Not when**" in section(page, "Choose it when")
    assert part(page.read_text(), "cost")
    assert "../security.md#rotate-the-token" in section(page, "Operate")
    assert "y hand" in section(page, "Roll back")
    assert len(page.read_text().splitlines()) <= 100


@each_page
def test_a_page_deploys_and_destroys_its_own_stack(page: Path, assembly: Assembly) -> None:
    stack = assembly.targets[page.stem].stack
    run = commands(page)
    assert [command for command in run if re.match(rf"make deploy STACK={stack}\b", command)]
    assert [command for command in run if re.match(rf"cdk destroy {stack}\b", command)]


@each_page
def test_a_page_says_which_other_stacks_come_along(page: Path, assembly: Assembly) -> None:
    """The sentence that starts with 'It brings' names all of them, in the order in which they are deployed."""
    depends = {stack.name: stack.depends_on for stack in assembly.stacks}
    needed: set[str] = set()
    waiting = [assembly.targets[page.stem].stack]
    while waiting:
        found = [stack for stack in depends[waiting.pop()] if stack not in needed]
        needed.update(found)
        waiting += found
    [brings] = re.findall(r"It brings ([^.;,]*(?:, [^.;]*)?)[.;,]", section(page, "Deploy"))
    said = re.findall(r"`(Orders\w+)`", brings)
    assert said == [stack.name for stack in assembly.stacks if stack.name in needed]
