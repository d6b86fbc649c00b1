"""The command line: `python -m copilot_import`."""

import os
import re
from pathlib import Path
from typing import Literal

import click

from copilot_import.formats import as_difference, as_json, as_terminal
from copilot_import.manifest import application_of
from copilot_import.overrides import APPLICATION
from copilot_import.report import Report, report, undefined
from copilot_import.secrets import Owner
from copilot_import.service_file import FILE_NAME, PROJECT, difference, replace
from copilot_import.synthesis import not_written, require_synthesis
from copilot_import.yaml_tree import read
from deployment.console import make_console, show

HELP = """Import a service from its AWS Copilot manifest.

Prints what each field becomes, which targets are suitable, and the service.py to deploy. Nothing is written without
--write.

\b
Examples:
  python -m copilot_import copilot/shop/manifest.yml
  python -m copilot_import copilot/shop/manifest.yml --format json
  python -m copilot_import copilot/shop/manifest.yml --environment prod --write

--write shows the difference and replaces service.py, the one file that describes the service. A worker, a job
or a private service also gets its stack, such as stacks/worker.py. The app is synthesised with the new files
first: if no target supports the service, the files stay as they are. Stacks of targets that reject it are left out and
named. Stacks keep their names.

--account and --region turn names of SSM parameters into the ARNs that the spec takes.

\b
${NAME} in the manifest is replaced from the shell's environment, as with
Copilot.

\b
Exit status: 0 success, 1 rejected, 2 invalid command line.
"""


def _account(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{12}", value):
        raise click.BadParameter(f"{value!r} is not an account ID of 12 digits.")
    return value


@click.command(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--environment", metavar="NAME", help="Apply the overrides of this environment. Default: no overrides.")
@click.option("--application", metavar="NAME", help="Copilot application. Default: from copilot/.workspace.")
@click.option("--account", metavar="ID", callback=_account, help="AWS account of the secrets. Default: unknown.")
@click.option("--region", metavar="NAME", help="Region of the secrets. Default: unknown.")
@click.option("--write", "is_written", is_flag=True, help="Write service.py and its stack. Default: print only.")
@click.option(
    "--app",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=PROJECT / "app.py",
    help="The app that --write synthesises; service.py is beside it. Default: this project's app.py.",
)
@click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True, help="Output."
)
def main(
    *,
    file: Path,
    environment: str | None,
    application: str | None,
    account: str | None,
    region: str | None,
    is_written: bool,
    app: Path,
    form: Literal["terminal", "json"],
) -> None:
    """Print the result of an import, or write it."""
    if is_written and form == "json":
        raise click.UsageError("--write prints a diff: omit --format json")
    name = application or application_of(file)
    variables = {**os.environ, **({APPLICATION: name} if name else {})}
    owner = Owner(account or "", region or "")
    result = report(str(file), read(file), environment, variables, app.parent, owner=owner, folder=file.parent)
    if is_written:
        write(app, result)
    elif form == "json":
        click.echo(as_json(result))
    else:
        show(make_console(), as_terminal(result))


def write(app: Path, result: Report) -> None:
    """Show the difference, and replace `service.py` and the service's own stack, if the app synthesises.

    Raises:
        ActionableError: No target is suitable, a variable in a file is undefined, the image is not found, or the app
            does not synthesise.
    """
    if not result.targets or not result.spec:
        raise not_written(f"no target runs {result.name}", result.alternative)
    # The stack first: `service.py` imports it.
    files = {**({result.stack_file: result.stack_source} if result.stack_file else {}), FILE_NAME: result.source}
    undefined_in_file = {
        name: lines for name, lines in result.missing.items() if any(f"${{{name}}}" in text for text in files.values())
    }
    if undefined_in_file:
        names = ", ".join(f"${{{name}}}" for name in undefined_in_file)
        raise not_written(f"the service would contain {names}", undefined(undefined_in_file)[0])
    if result.missing_image:
        raise not_written(*result.missing_image)
    for path, text in files.items():
        show(make_console(), as_difference(difference(app.parent / path, text)))
    stack = result.stacks[next(iter(result.stacks))] if result.stack_file else ""
    left_out = require_synthesis(app, files, stack=stack, original=result.name, name=str(result.spec["name"]))
    for path, text in files.items():
        replace(app.parent / path, text, app)
    for line in left_out:
        click.echo(line, err=True)
    is_one = len(files) == 1
    replaced = f"{FILE_NAME} is" if is_one else f"{FILE_NAME} and {result.stack_file} are"
    click.echo(f"\n{replaced} replaced; the app synthesises with {'it' if is_one else 'them'}.")


if __name__ == "__main__":
    main(prog_name="python -m copilot_import")
