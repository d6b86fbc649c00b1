"""The command: `python -m comparison import-copilot`."""

import os
import sys
from pathlib import Path
from typing import Literal

import click

from comparison.copilot.formats import as_json, as_terminal
from comparison.copilot.interpolation import APPLICATION
from comparison.copilot.reading import read
from comparison.copilot.report import report
from comparison.copilot.workspace import application_of
from local_aws.errors import LocalAwsError
from local_aws.screen import error_text, make_console, show

HELP = """Read a service's manifest of AWS Copilot: what becomes of each field, and what to write into app.py.

\b
Examples:
  python -m comparison import-copilot copilot/frontend/manifest.yml
  python -m comparison import-copilot copilot/frontend/manifest.yml --environment prod
  python -m comparison import-copilot copilot/frontend/manifest.yml --format json

\b
Writes nothing. ${NAME} is filled in from the shell, as Copilot does.
Exit status: 0 read, 1 refused, 2 not understood.
"""


@click.command("import-copilot", help=HELP)
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--environment", metavar="NAME", help="Take what the manifest overrides for this environment.")
@click.option("--application", metavar="NAME", help="Copilot's application. Default: what copilot/.workspace says.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def import_copilot(
    *, manifest: Path, environment: str | None, application: str | None, form: Literal["terminal", "json"]
) -> None:
    """Print what a manifest becomes."""
    try:
        named = application or application_of(manifest)
        variables = {**os.environ, **({APPLICATION: named} if named else {})}
        found = report(str(manifest), read(manifest), environment, variables)
    except LocalAwsError as error:
        show(make_console(sys.stderr), error_text(error))
        sys.exit(1)
    if form == "json":
        click.echo(as_json(found))
    else:
        show(make_console(), as_terminal(found))
