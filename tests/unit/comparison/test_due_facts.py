"""`python -m comparison facts`: facts that are due for a check, and the state of their pages."""

import datetime
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from comparison import cli
from comparison.facts import dataset
from comparison.facts.dataset import Fact
from comparison.facts_document import older_than
from comparison.link_check import check_links, state_of

TODAY = datetime.date(2026, 11, 29)
MODIFIED = {"/changed": "Wed, 25 Nov 2026 10:00:00 GMT", "/same": "Tue, 24 Nov 2026 10:00:00 GMT"}


class Pages(BaseHTTPRequestHandler):
    """Pages that are open, have moved, have changed, or are missing."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/same")
        else:
            self.send_response(404 if self.path == "/missing" else 200)
            if self.path in MODIFIED:
                self.send_header("Last-Modified", MODIFIED[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


@pytest.fixture
def closed_port(monkeypatch: pytest.MonkeyPatch) -> str:
    """A URL at which nothing listens."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as found:
        return f"http://127.0.0.1:{found.server_port}"


def fact(url: str, name: str = "gpu", checked_on: str | None = "2026-11-24") -> Fact:
    return Fact(
        id=f"lambda/{name}",
        platform="lambda",
        topic=name,
        text="no",
        origin="documentation",
        confidence="certain",
        sources=[url],
        checked_on=checked_on,
    )


def called(*words: object) -> Result:
    return CliRunner().invoke(cli.main, ["facts", *map(str, words)])


def with_facts(monkeypatch: pytest.MonkeyPatch, *found: Fact) -> None:
    monkeypatch.setattr(dataset, "dated_facts", lambda: list(found))


@pytest.mark.parametrize(
    ("checked_on", "days", "is_old"),
    [
        ("2026-06-02", 180, False),
        ("2026-06-01", 180, True),
        ("2026-11-29", 0, False),
        ("2026-11-28", 0, True),
        (None, 0, False),
    ],
)
def test_a_fact_is_old_after_that_many_days(checked_on: str | None, days: int, is_old: bool) -> None:
    assert bool(older_than([fact("https://a", checked_on=checked_on)], days, TODAY)) is is_old


def test_the_oldest_facts_come_first() -> None:
    found = [fact("https://a", name, f"2026-0{month}-01") for month, name in ((3, "b"), (1, "a"), (2, "c"))]
    assert [one.topic for one in older_than(found, 180, TODAY)] == ["a", "c", "b"]


def test_old_facts_are_listed_with_their_page_and_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with_facts(monkeypatch, fact("https://old", "old", "2020-01-01"), fact("https://new", "new", "2999-01-01"))
    result = called()
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "1 of 2 facts are older than 180 days; the oldest check was on 2020-01-01"
    assert "lambda/old" in result.output
    assert "https://old" in result.output
    assert "lambda/new" not in result.output
    data = json.loads(called("--json").output)
    assert ([one["id"] for one in data["older"]], data["links"]) == (["lambda/old"], None)


def test_without_a_network_the_list_needs_none() -> None:
    assert called("--older-than", "36000").output.startswith("0 of ")


def test_each_page_is_opened_once_and_its_state_is_named(server: str) -> None:
    paths = ("same", "moved", "changed", "missing", "undated")
    found = check_links([*(fact(f"{server}/{path}", path) for path in paths), fact(f"{server}/same#part", "again")])
    states = {link.url.removeprefix(server): (link.state, link.detail, link.facts) for link in found}
    assert states == {
        "/same": ("open", "", ("lambda/same", "lambda/again")),
        "/moved": ("moved", f"{server}/same", ("lambda/moved",)),
        "/changed": ("changed", "2026-11-25", ("lambda/changed",)),
        "/missing": ("failed", "HTTP status 404", ("lambda/missing",)),
        "/undated": ("open", "", ("lambda/undated",)),
    }


def test_a_failed_page_is_exit_status_1_and_a_changed_one_is_listed(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_facts(monkeypatch, fact(f"{server}/changed"))
    result = called("--check-links")
    assert result.exit_code == 0
    assert "1 page: 1 changed" in result.output
    assert "changed: 2026-11-25" in result.output
    with_facts(monkeypatch, fact(f"{server}/changed"), fact(f"{server}/missing", "isolation"))
    result = called("--check-links", "--json")
    assert result.exit_code == 1
    assert "1 page cannot be opened" in result.output
    assert '"state": "failed"' in result.output


def test_without_a_network_checking_links_is_an_error_with_a_fix(
    closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_facts(monkeypatch, fact(f"{closed_port}/a"), fact(f"{closed_port}/b", "isolation"))
    result = called("--check-links")
    text = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "no page can be opened" in text
    assert f"{closed_port}/b" in text or f"{closed_port}/a" in text
    assert "HTTPS_PROXY" in text
    assert "Traceback" not in text


def test_one_host_that_does_not_respond_is_a_failed_page(server: str, closed_port: str) -> None:
    found = {link.url: link.state for link in check_links([fact(f"{server}/same"), fact(f"{closed_port}/a", "other")])}
    assert found == {f"{server}/same": "open", f"{closed_port}/a": "failed"}


@pytest.mark.parametrize(
    ("final", "modified", "checked_on", "state"),
    [
        ("https://a/b.html", "", "2026-11-24", "open"),
        ("https://a/b.html/", "", "2026-11-24", "open"),
        ("https://a/c.html", "", "2026-11-24", "moved"),
        ("https://a/b.html", "Wed, 25 Nov 2026 10:00:00 GMT", "2026-11-24", "changed"),
        ("https://a/b.html", "Tue, 24 Nov 2026 23:00:00 GMT", "2026-11-24", "open"),
        ("https://a/b.html", "Wed, 25 Nov 2026 10:00:00 GMT", "", "open"),
        ("https://a/b.html", "yesterday", "2026-11-24", "open"),
    ],
)
def test_the_state_of_a_page(final: str, modified: str, checked_on: str, state: str) -> None:
    assert state_of("https://a/b.html#part", final, 200, {"last-modified": modified}, checked_on)[0] == state


def test_the_dataset_is_written_from_the_assembly(
    assembly: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = {dataset.FILE: dataset.FILE.read_text(), dataset.SCHEMA_FILE: dataset.SCHEMA_FILE.read_text()}
    written = {path: tmp_path / path.name for path in current}
    files = dataset.files
    monkeypatch.setattr(dataset, "files", lambda facts: {written[path]: text for path, text in files(facts).items()})
    monkeypatch.setattr(cli.generated, "REPOSITORY", tmp_path)
    result = CliRunner().invoke(cli.main, ["--assembly", str(assembly.path), "facts", "--write"])  # type: ignore[attr-defined]
    assert result.exit_code == 0, result.output
    assert re.findall(r"wrote (\S+)", result.output) == ["facts.json", "facts.schema.json"]
    assert {path: written[path].read_text() for path in current} == current
    assert called("--write", "--json").exit_code == 2
