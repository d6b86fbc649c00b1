"""External URLs: link targets of the pages, and sources that code and facts cite."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urldefrag

from tests.conftest import ROOT

FOLDERS = (
    "comparison",
    "copilot_import",
    "deployment",
    "docs",
    "local_aws",
    "microservice",
    "pricing",
    "sample_service",
    "sandbox",
    "stacks",
)
SUFFIXES = {".guard", ".jinja", ".js", ".json", ".md", ".py", ".toml"}
# Hosts whose pages may be cited. Add a host only with a reason.
HOSTS = {
    "aws.amazon.com",
    "docs.aws.amazon.com",
    "aws.github.io",
    "cloudinit.readthedocs.io",
    "copier.readthedocs.io",
    "docs.docker.com",
    "docs.github.com",
    "docs.podman.io",
    "github.blog",
    "github.com",
    "karpenter.sh",
    "keda.sh",
    "keepachangelog.com",
    "kubernetes.io",
    "man7.org",
    "opentelemetry.io",
    "pypi.org",
    "secrets-store-csi-driver.sigs.k8s.io",
    "www.freedesktop.org",
}
# Identifiers that look like URLs and are never opened.
IDENTIFIERS = {
    "http://www.w3.org/2000/svg",
    "https://json-schema.org/draft/2020-12/schema",
    "https://vega.github.io/schema/vega-lite/v5.json",
}
_URL = re.compile(r"https?://[^\s\"'<>`\\|()\[\]]+")
# URLs of local hosts, templates and example domains.
_LOCAL = re.compile(r"https?://(\{|localhost|127\.|microservice\b|[\w.-]*\bexample\.)")


@cache
def urls() -> dict[str, list[str]]:
    """URL -> files that contain it."""
    found: dict[str, list[str]] = {}
    for file in _files():
        for url in sorted(set(_urls_in(file.read_text()))):
            found.setdefault(url, []).append(file.relative_to(ROOT).as_posix())
    return found


def page_of(url: str) -> str:
    """URL without its fragment."""
    return urldefrag(url).url


def normalized(url: str) -> str:
    """Common form of all spellings of one page's URL."""
    bare = re.sub(r"^https?://(www\.)?", "", page_of(url).split("?")[0].lower())
    return re.sub(r"(/index\.html?)?/?$", "", bare)


def _urls_in(text: str) -> Iterator[str]:
    for found in _URL.findall(text):
        url = found.rstrip(".,;:*")
        if not _LOCAL.match(url) and "{" not in url and url not in IDENTIFIERS:
            yield url


def _files() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    for folder in FOLDERS:
        yield from (
            file
            for file in sorted((ROOT / folder).rglob("*"))
            if file.suffix in SUFFIXES and file.is_file() and not {".venv", "__pycache__"} & set(file.parts)
        )
