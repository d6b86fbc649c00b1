"""The page as text: the same bytes for the same facts, and nothing from outside."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from comparison import page
from comparison.facts import Facts, gather
from comparison.facts.costs import BY_SIZE
from comparison.formats import json_data, markdown
from comparison.formatting import amount, counted, dollars, in_words, listed, rate
from comparison.overview import UNSUPPORTED_FIELDS, shareable_overview
from deployment.assembly import Assembly
from deployment.paths import DEFAULT_DIRECTORY
from pricing.sizes import ReplicaSize
from tests.unit.comparison.conftest import example_run

ATTRIBUTE = re.compile(r'\b(?:src|srcset|href|action|data|poster)="([^"]*)"')


def as_markdown(facts: Facts) -> str:
    return markdown.render(shareable_overview(facts))


def test_the_same_facts_are_the_same_bytes(assembly: Assembly, sizes: tuple[ReplicaSize, ...], html: str) -> None:
    assert page.render(gather(assembly, example_run(assembly), larger=sizes)) == html


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


def test_it_is_small_enough_for_an_e_mail(html: str) -> None:
    assert len(html.encode()) < 1_000_000


def test_text_that_looks_like_markup_stays_text(assembly: Assembly) -> None:
    found = gather(assembly)
    evil = "<script>alert(1)</script>"
    first = replace(found.targets[0], summary=evil, description=(f"`{evil}`",))
    html = page.render(replace(found, targets=(first, *found.targets[1:])))
    assert evil not in html
    assert "<code>&lt;script&gt;" in html


def test_markdown_has_no_measurements(assembly: Assembly, sizes: tuple[ReplicaSize, ...], facts: Facts) -> None:
    assert as_markdown(gather(assembly, larger=sizes)) == as_markdown(facts)


def test_without_other_sizes_there_is_no_table_of_them(assembly: Assembly, facts: Facts) -> None:
    assert BY_SIZE not in as_markdown(gather(assembly))
    assert BY_SIZE in as_markdown(facts)


def test_markdown_has_every_table(facts: Facts) -> None:
    text = as_markdown(facts)
    assert all(f"## {table.title}" in text for table in facts.tables[1:])
    assert f"## {UNSUPPORTED_FIELDS}" in text
    assert not re.search(r"\| first response, local run", text)


def test_json_has_everything_but_the_templates(facts: Facts) -> None:
    found = json.loads(json_data.facts_as_json(facts))
    assert found["schema"] == 2
    assert {"answers", "targets", "tables", "costs", "run", "spec_fields", "not_covered"} <= found.keys()
    assert found["run"]["host"] == "2 × Some CPU, 4 GiB, Debian 12, x86_64"
    assert found["costs"]["estimates"][0]["idle_line_items"]
    assert "template" not in found["targets"][0]


def test_a_page_is_written_whole_or_not_at_all(facts: Facts, tmp_path: Path) -> None:
    path = page.write(facts, tmp_path / "new" / "index.html")
    assert [found.name for found in path.parent.iterdir()] == ["index.html"]


def test_the_page_of_a_run_is_beside_it(tmp_path: Path) -> None:
    assert page.default_path(DEFAULT_DIRECTORY) == DEFAULT_DIRECTORY.parent / "comparison" / "index.html"
    assert page.default_path(tmp_path) == tmp_path / "comparison" / "index.html"


def test_a_path_is_relative_to_the_current_directory(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert page.relative(tmp_path / "a" / "b.html") == "a/b.html"
    assert page.relative(Path("/elsewhere/b.html")) == "/elsewhere/b.html"


def test_numbers_have_one_format() -> None:
    assert [dollars(usd) for usd in (0.4, 12, 1234.5, None)] == ["$0.40", "$12.00", "$1,234.50", "–"]
    assert [amount(usd) for usd in (0, 0.004, 1234.5, None)] == ["0.00", "<0.01", "1,234.50", "–"]
    assert [rate(value) for value in (0.05, 8.641, 1200)] == ["0.05", "8.64", "1,200"]
    assert [counted(count, "replicas") for count in (1, 2, 1200)] == ["1 replica", "2 replicas", "1,200 replicas"]
    assert counted(1, "execution environments") == "1 execution environment"
    assert [in_words(count) for count in (0, 9, 13)] == ["no", "nine", "13"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
