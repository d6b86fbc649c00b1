"""llms.txt (https://llmstxt.org): `python -m tests.unit.docs.llms` writes it from the first sentence of each page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from comparison.facts.dataset import FILE, SCHEMA_FILE
from tests.conftest import ROOT
from tests.unit.docs.pages import AGENTS, DOCS, INDEX, TARGET_PAGES, headings, name

LLMS = ROOT / "llms.txt"
COMMAND = "python -m tests.unit.docs.llms"
README = ROOT / "README.md"
_TEMPLATE = """\
# {title}

> {summary}

The folder `microservice/` holds one CDK construct for each target and is made to be copied. Each construct takes a
`ServiceSpec` and an image, and exposes `url` and `role`. `make demo` deploys all targets to an AWS emulator on your
machine and verifies them. Run `make setup` first; `make help` lists the other commands.

## Targets

{targets}

## Guides

{guides}

## Facts

{facts}

## Development

{development}
"""


def current() -> str:
    """Return llms.txt as the pages are now."""
    guides = [page for page in sorted(DOCS.glob("*.md")) if page != INDEX]
    return _TEMPLATE.format(
        title=headings(README, "h1")[0],
        summary=first_sentence(README),
        targets=_list(TARGET_PAGES),
        guides=_list([INDEX, *guides]),
        facts="\n".join(_facts()),
        development=_list([README, AGENTS, ROOT / "CHANGELOG.md"]),
    )


def _facts() -> Iterator[str]:
    """The dataset, and the platforms that the project does not deploy, as the dataset describes them."""
    data = json.loads(FILE.read_text())
    platforms = {platform["id"]: platform for platform in data["platforms"]}
    title = f"Facts about {len(platforms)} container platforms of AWS"
    text = f"{len(data['facts'])} facts, each with its origin, confidence, sources and day of the last check."
    yield f"- [{title}](docs/{FILE.name}): {text} [The schema](docs/{SCHEMA_FILE.name}) describes the form."
    for fact in data["facts"]:
        if fact["topic"] == "what_it_is":
            yield f"- [{platforms[fact['platform']]['name']}]({fact['sources'][0]}), not deployed here: {fact['text']}"


def first_sentence(page: Path) -> str:
    """Return the first sentence below the title, without links and line breaks."""
    paragraph = page.read_text().split("\n\n")[1]
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(paragraph.split()))
    return re.split(r"(?<=[.:])\s(?=[A-Z`])", text)[0]


def _list(pages: list[Path]) -> str:
    return "\n".join(f"- [{headings(page, 'h1')[0]}]({name(page)}): {first_sentence(page)}" for page in pages)


if __name__ == "__main__":
    LLMS.write_text(current())
