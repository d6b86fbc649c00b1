"""The command line: `python -m comparison`."""

import sys
from pathlib import Path
from typing import Literal

import click

from comparison import formats, pages
from comparison.copilot.command import import_copilot
from comparison.cost.cli import cost, prices
from comparison.readme import README, WRITE, part, screen, with_part
from comparison.rows import Row, rows
from local_aws import results
from local_aws.deploying.assembly import Assembly
from local_aws.errors import LocalAwsError
from local_aws.machine import lifecycle
from local_aws.results import Results
from local_aws.screen import error_text, make_console, show

HELP = """Compare the targets: their templates, their constructs, and what the last local run measured.

\b
Examples:
  python -m comparison                       a table
  python -m comparison --format markdown     without measured figures: the same on every machine
  python -m comparison --format json         everything, for other programs
  python -m comparison cost                  what each target costs a month, and for which load
  python -m comparison prices                the unit prices, with their pages and dates
  python -m comparison readme --write        bring the README's tables up to date
  python -m comparison docs --write          bring the generated parts of docs/ up to date
  python -m comparison import-copilot FILE   read a manifest of AWS Copilot

\b
Reads the cloud assembly and results.json of the last `python -m local_aws run`.
Exit status: 0 done, 1 nothing to compare or README out of date, 2 not understood.
"""


@click.group(help=HELP, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--format", "form", type=click.Choice(["terminal", "markdown", "json"]), default="terminal", show_default=True
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=lifecycle.DEFAULT_DIRECTORY,
    help="Where the local run keeps its files. Default: build/local.",
)
@click.option(
    "--assembly",
    type=click.Path(file_okay=False, path_type=Path),
    help="The cloud assembly to compare. Default: the last local run's.",
)
@click.pass_context
def main(
    context: click.Context, *, form: Literal["terminal", "markdown", "json"], directory: Path, assembly: Path | None
) -> None:
    """Print the comparison, unless a command asks for something else."""
    if context.invoked_subcommand in {command.name for command in (cost, import_copilot, prices)}:
        return  # They read what they need themselves.
    try:
        last = _last_results(directory)
        context.obj = (rows(Assembly.load(assembly or directory / "cdk.out"), last), last)
    except LocalAwsError as error:
        _fail(error)
    if context.invoked_subcommand is None:
        _print(form, context.obj[0])


@main.command()
@click.option("--write/--check", default=False, help="Write the parts, or only say whether they are current. [--check]")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=README)
@click.pass_obj
def readme(found: tuple[list[Row], Results | None], *, write: bool, path: Path) -> None:
    """Keep the README's tables of targets current, and with --write its screen of the last run that went well."""
    parts = {"targets": formats.as_markdown(found[0]), "fixed": formats.fixed_as_markdown(found[0])}
    text, last = path.read_text(), found[1]
    try:
        if write:
            for name, content in parts.items():
                text = with_part(text, name, content)
            if last and last.workflow and not last.failed():
                text = with_part(text, "screen", screen(last))
            path.write_text(text)
        elif any(part(text, name) != content for name, content in parts.items()):
            raise LocalAwsError(f"a table in {path.name} is out of date", "a construct or stack changed", WRITE)
    except LocalAwsError as error:
        _fail(error)


@main.command()
@click.option("--write/--check", default=False, help="Write the parts, or only say whether they are current. [--check]")
@click.pass_context
def docs(context: click.Context, *, write: bool) -> None:
    """Keep the generated parts of the pages below docs/ current."""
    options = context.find_root().params
    try:
        wanted = pages.parts(Assembly.load(options["assembly"] or options["directory"] / "cdk.out"))
        pages.write(wanted) if write else pages.check(wanted)
    except LocalAwsError as error:
        _fail(error)


main.add_command(cost)
main.add_command(import_copilot)
main.add_command(prices)


def _print(form: str, found: list[Row]) -> None:
    if form == "terminal":
        show(make_console(), formats.as_terminal(found))
    else:
        click.echo(formats.as_markdown(found) if form == "markdown" else formats.as_json(found))


def _last_results(directory: Path) -> Results | None:
    return results.read(directory) if (directory / results.FILE_NAME).exists() else None


def _fail(error: LocalAwsError) -> None:
    show(make_console(sys.stderr), error_text(error))
    sys.exit(1)
