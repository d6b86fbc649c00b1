"""The example of the page on Copilot: `python -m tests.unit.copilot_import.page` updates the command's output."""

import re
import tempfile
from pathlib import Path

from click.testing import CliRunner

from copilot_import.__main__ import main
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "migrate-from-copilot.md"
WRITE = "python -m tests.unit.copilot_import.page"
_MANIFEST = re.compile(r"<!-- manifest -->\n```yaml\n(.*?)```", re.DOTALL)
_REPORT = re.compile(r"(?<=<!-- report -->\n```text\n).*?(?=\n```\n<!-- /report -->)", re.DOTALL)


def current(text: str) -> str:
    """Return the page with the current output of the command."""
    example = _MANIFEST.search(text)
    assert example, "the page has no example manifest"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.yml"
        path.write_text(example[1])
        arguments = [str(path), "--environment", "prod", "--application", "fair"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert printed.exit_code == 0, printed.output
    assert _REPORT.search(text), "the page has no example report"
    return _REPORT.sub(lambda _: printed.stdout.rstrip(), text)


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text()))
