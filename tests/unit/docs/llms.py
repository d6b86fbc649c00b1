"""llms.txt (https://llmstxt.org): `python -m tests.unit.docs.llms` writes it from the first sentence of each page."""

import re
from pathlib import Path

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
        development=_list([README, AGENTS, ROOT / "CHANGELOG.md"]),
    )


def first_sentence(page: Path) -> str:
    """Return the first sentence below the title, without links and line breaks."""
    paragraph = page.read_text().split("\n\n")[1]
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(paragraph.split()))
    return re.split(r"(?<=[.:])\s(?=[A-Z`])", text)[0]


def _list(pages: list[Path]) -> str:
    return "\n".join(f"- [{headings(page, 'h1')[0]}]({name(page)}): {first_sentence(page)}" for page in pages)


if __name__ == "__main__":
    LLMS.write_text(current())
