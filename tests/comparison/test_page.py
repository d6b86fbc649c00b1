"""The page as text: the same bytes for the same facts, and nothing from outside."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from local_aws.machine import lifecycle

from comparison import formats, page
from comparison.facts import Facts, gather
from comparison.facts.costs import BY_SIZE
from comparison.formatting import counted, dollars, in_words, listed, rate
from deployment.assembly import Assembly
from pricing.sizes import ReplicaSize
from tests.comparison.conftest import invented_run

ATTRIBUTE = re.compile(r'\b(?:src|srcset|href|action|data|poster)="([^"]*)"')


def test_the_same_facts_are_the_same_bytes(assembly: Assembly, sizes: tuple[ReplicaSize, ...], html: str) -> None:
    assert page.render(gather(assembly, invented_run(assembly), larger=sizes)) == html


def test_another_run_is_another_page(assembly: Assembly, html: str) -> None:
    assert page.render(gather(assembly)) != html


def test_nothing_comes_from_outside(html: str) -> None:
    assert "@import" not in html
    assert "url(" not in html.replace("url(#", "")
    for address in ATTRIBUTE.findall(html):
        assert address.startswith(("#", "data:")) or f'<a href="{address}"' in html, address


def test_every_link_outside_is_a_page_of_aws_or_a_public_repository(html: str) -> None:
    outside = {address for address in ATTRIBUTE.findall(html) if address.startswith("http")}
    hosts = {address.split("/")[2] for address in outside}
    assert hosts <= {"docs.aws.amazon.com", "aws.amazon.com", "github.com"}


def test_ids_are_unique(html: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_it_is_small_enough_to_be_sent_around(html: str) -> None:
    assert len(html.encode()) < 1_000_000


def test_words_that_are_no_markup_stay_words(assembly: Assembly) -> None:
    found = gather(assembly)
    evil = "<script>alert(1)</script>"
    first = replace(found.targets[0], summary=evil, description=(f"`{evil}`",))
    html = page.render(replace(found, targets=(first, *found.targets[1:])))
    assert evil not in html
    assert "<code>&lt;script&gt;" in html


def test_markdown_has_nothing_that_one_machine_measured(
    assembly: Assembly, sizes: tuple[ReplicaSize, ...], facts: Facts
) -> None:
    assert formats.as_markdown(gather(assembly, larger=sizes)) == formats.as_markdown(facts)


def test_without_other_sizes_there_is_no_table_of_them(assembly: Assembly, facts: Facts) -> None:
    assert BY_SIZE not in formats.as_markdown(gather(assembly))
    assert BY_SIZE in formats.as_markdown(facts)


def test_markdown_has_every_table(facts: Facts) -> None:
    text = formats.as_markdown(facts)
    assert all(f"## {table.title}" in text for table in facts.tables)
    assert not re.search(r"\| first response, local run", text)


def test_json_has_everything_but_the_templates(facts: Facts) -> None:
    found = json.loads(formats.as_json(facts))
    assert found["schema"] == 2
    assert {"answers", "targets", "tables", "costs", "run", "spec_fields", "not_covered"} <= found.keys()
    assert found["run"]["machine"] == "2 × Some CPU, 4 GiB, Debian 12, x86_64"
    assert found["costs"]["estimates"][0]["idle_line_items"]
    assert "template" not in found["targets"][0]


def test_a_page_is_written_whole_or_not_at_all(facts: Facts, tmp_path: Path) -> None:
    path = page.write(facts, tmp_path / "new" / "index.html")
    assert [found.name for found in path.parent.iterdir()] == ["index.html"]


def test_the_page_of_a_run_stands_beside_it(tmp_path: Path) -> None:
    assert page.beside(lifecycle.DEFAULT_DIRECTORY) == lifecycle.DEFAULT_DIRECTORY.parent / "comparison" / "index.html"
    assert page.beside(tmp_path) == tmp_path / "comparison" / "index.html"


def test_a_path_is_shown_from_where_people_are(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert page.shown(tmp_path / "a" / "b.html") == "a/b.html"
    assert page.shown(Path("/elsewhere/b.html")) == "/elsewhere/b.html"


def test_figures_are_written_in_one_way() -> None:
    assert [dollars(usd) for usd in (0.4, 12, 1234.5)] == ["$0.40", "$12.00", "$1,234.50"]
    assert [rate(value) for value in (0.05, 8.641, 1200)] == ["0.05", "8.64", "1,200"]
    assert [counted(count, "copies") for count in (1, 2)] == ["1 copy", "2 copies"]
    assert counted(1, "environments") == "1 environment"
    assert [in_words(count) for count in (0, 9, 13)] == ["no", "nine", "13"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
