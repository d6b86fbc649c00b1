"""The example of docs/leaving-copilot.md: `python -m tests.comparison.copilot.page` writes what the command prints."""

import tempfile
from pathlib import Path

from click.testing import CliRunner

from comparison.readme import part, with_part
from copilot_import.command import import_copilot
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "leaving-copilot.md"
WRITE = "python -m tests.comparison.copilot.page"


def current(text: str) -> str:
    """The page with what the command prints today."""
    manifest = part(text, "manifest").removeprefix("```yaml\n").removesuffix("```")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.yml"
        path.write_text(manifest)
        words = [str(path), "--environment", "prod", "--application", "fair"]
        printed = CliRunner().invoke(import_copilot, words, catch_exceptions=False)
    assert printed.exit_code == 0, printed.output
    return with_part(text, "report", f"```text\n{printed.stdout.rstrip()}\n```")


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
