"""Addresses outside: what pages link to and what code and facts name as their source."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urldefrag

from tests.conftest import ROOT

FOLDERS = ("comparison", "docs", "local_aws", "microservice", "sample_service", "stacks")
ENDINGS = {".guard", ".jinja", ".js", ".json", ".md", ".py", ".toml"}
# Whose pages may be named; a page of somebody else wants a reason for this list.
HOSTS = {
    "aws.amazon.com",
    "docs.aws.amazon.com",
    "aws.github.io",
    "cloudinit.readthedocs.io",
    "docs.podman.io",
    "github.com",
    "keepachangelog.com",
    "kubernetes.io",
    "pypi.org",
}
# Names that look like addresses; nobody opens them.
NAMES = {"http://www.w3.org/2000/svg", "https://vega.github.io/schema/vega-lite/v5.json"}
_ADDRESS = re.compile(r"https?://[^\s\"'<>`\\|()\[\]]+")
# Addresses of machines, which code puts together or pages invent.
_MACHINE = re.compile(r"https?://(\{|localhost|127\.|[\w.-]*\bexample\.)")


@cache
def addresses() -> dict[str, list[str]]:
    """Address -> the files that name it."""
    found: dict[str, list[str]] = {}
    for file in _files():
        for address in sorted(set(_in(file.read_text()))):
            found.setdefault(address, []).append(file.relative_to(ROOT).as_posix())
    return found


def page_of(address: str) -> str:
    """An address without its place in the page."""
    return urldefrag(address).url


def alike(address: str) -> str:
    """What two spellings of the address of one page have in common."""
    bare = re.sub(r"^https?://(www\.)?", "", page_of(address).split("?")[0].lower())
    return re.sub(r"(/index\.html?)?/?$", "", bare)


def _in(text: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text):
        address = found.rstrip(".,;:*")
        if not _MACHINE.match(address) and "{" not in address and address not in NAMES:
            yield address


def _files() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    for folder in FOLDERS:
        yield from (
            file
            for file in sorted((ROOT / folder).rglob("*"))
            if file.suffix in ENDINGS and file.is_file() and not {".venv", "__pycache__"} & set(file.parts)
        )
