"""The example of the page on Copilot: `python -m tests.unit.copilot_import.page` updates the command's output."""

import tempfile
from pathlib import Path

from click.testing import CliRunner

from comparison.readme import part, with_part
from copilot_import.__main__ import main
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "leaving-copilot.md"
WRITE = "python -m tests.unit.copilot_import.page"


def current(text: str) -> str:
    """Return the page with the current output of the command."""
    manifest = part(text, "manifest").removeprefix("```yaml\n").removesuffix("```")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.yml"
        path.write_text(manifest)
        arguments = [str(path), "--environment", "prod", "--application", "fair"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert printed.exit_code == 0, printed.output
    return with_part(text, "report", f"```text\n{printed.stdout.rstrip()}\n```")


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
