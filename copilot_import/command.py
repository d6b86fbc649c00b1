"""The command: `python -m comparison import-copilot`."""

import os
import sys
from pathlib import Path
from typing import Literal

import click

from copilot_import.app_change import app_change, difference
from copilot_import.app_lines import APP
from copilot_import.app_write import write
from copilot_import.formats import as_difference, as_json, as_terminal
from copilot_import.interpolation import APPLICATION
from copilot_import.reading import read
from copilot_import.report import Report, report
from copilot_import.workspace import application_of
from deployment.console import error_text, make_console, show
from deployment.errors import ActionableError

HELP = """Read a service's manifest of AWS Copilot: what becomes of each field, and what to write into app.py.

\b
Examples:
  python -m comparison import-copilot copilot/shop/manifest.yml
  python -m comparison import-copilot copilot/shop/manifest.yml --format json

Writes nothing unless it is told to. With --write the spec goes into service.py, and app.py imports it in place of
SPEC = ServiceSpec(name="orders"); the change is shown. Every target's line below reads SPEC, so nothing else has to
change; stacks keep their names. The changed app is synthesised first: if a construct refuses the service, if SPEC is
not the sample's any more or service.py is there already, both files stay as they are.

\b
${NAME} is filled in from the shell, as Copilot does.
Exit status: 0 done, 1 refused, 2 not understood.
"""


@click.command("import-copilot", help=HELP)
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--environment", metavar="NAME", help="Take what the manifest overrides for this environment.")
@click.option("--application", metavar="NAME", help="Copilot's application. Default: what copilot/.workspace says.")
@click.option("--write", "writes", is_flag=True, help="Put this service in place of the sample's.")
@click.option(
    "--app",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=APP,
    help="The file that --write changes; service.py lies beside it. Default: this project's app.py.",
)
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def import_copilot(
    *,
    manifest: Path,
    environment: str | None,
    application: str | None,
    writes: bool,
    app: Path,
    form: Literal["terminal", "json"],
) -> None:
    """Print what a manifest becomes, or write it."""
    if writes and form == "json":
        raise click.UsageError("--write shows what it changes as text: leave out --format json")
    try:
        named = application or application_of(manifest)
        variables = {**os.environ, **({APPLICATION: named} if named else {})}
        found = report(str(manifest), read(manifest), environment, variables)
        if writes:
            _write(app, found)
            return
    except ActionableError as error:
        show(make_console(sys.stderr), error_text(error))
        sys.exit(1)
    if form == "json":
        click.echo(as_json(found))
    else:
        show(make_console(), as_terminal(found))


def _write(app: Path, found: Report) -> None:
    change = app_change(app, found)
    show(make_console(), as_difference(difference(change)))
    write(change)
    click.echo("\nwritten, and it synthesises; without --write, what became of each field is printed")
