"""The command line: `python -m comparison`."""

import sys
from pathlib import Path

import click

from comparison import formats, page, pages
from comparison.costs.cli import cost, prices
from comparison.differences import as_terminal, compare
from comparison.facts import gather
from comparison.reading import Read
from comparison.readme import README, WRITE, part, with_part
from comparison.readme import parts as generated
from comparison.screen import make_wide_console
from deployment.console import error_text, make_console, show
from deployment.errors import ActionableError
from local_aws.machine import lifecycle

HELP = """Compare the targets: their templates, their constructs, their cost, and what the last local run measured.

\b
Examples:
  python -m comparison                          write the page
  python -m comparison --format terminal        the same facts here
  python -m comparison --format markdown        without what a run measured
  python -m comparison --format json            for other programs
  python -m comparison diff ecs-fargate lambda  two templates, compared
  python -m comparison cost                     what a month costs
  python -m comparison prices                   unit prices, with pages
  python -m comparison readme --write           README's generated parts
  python -m comparison docs --write             those of docs/

\b
Reads the cloud assembly and results.json of the last run of
`python -m local_aws`.

Exit status: 0 done, 1 refused: nothing to compare, a value out of
range, a page out of date; 2 a command or an option not understood.
"""


@click.group(help=HELP, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--format",
    "form",
    type=click.Choice(["page", "terminal", "markdown", "json"]),
    default="page",
    show_default=True,
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
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the page goes. Default: build/comparison/index.html.",
)
@click.pass_context
def main(context: click.Context, *, form: str, directory: Path, assembly: Path | None, output: Path | None) -> None:
    """Write the page, or print the same facts, unless a command asks for something else."""
    context.obj = Read(directory, assembly or directory / "cdk.out", output or page.beside(directory))
    if context.invoked_subcommand is None:
        try:
            _show(form, context.obj)
        except ActionableError as error:
            _fail(error)


@main.command()
@click.argument("one")
@click.argument("other")
@click.pass_obj
def diff(read: Read, one: str, other: str) -> None:
    """Show what the template of ONE target has that OTHER's has not.

    Exit status: 0 done, alike or not, 1 no such target, 2 not understood.
    """
    try:
        found = compare(read.of_templates.target(one), read.of_templates.target(other))
    except ActionableError as error:
        _fail(error)
    show(make_wide_console(), as_terminal(found))


@main.command()
@click.option("--write/--check", default=False, help="Write the parts, or only say whether they are current. [--check]")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=README)
@click.pass_obj
def readme(read: Read, *, write: bool, path: Path) -> None:
    """Keep the README's generated parts current.

    Exit status: 0 current or written, 1 out of date, 2 not understood.
    """
    try:
        parts, text = generated(gather(read.assembly)), path.read_text()
        if write:
            for name, content in parts.items():
                text = with_part(text, name, content)
            path.write_text(text)
        elif any(part(text, name) != content for name, content in parts.items()):
            raise ActionableError(f"a part of {path.name} is out of date", "a construct or stack changed", WRITE)
    except ActionableError as error:
        _fail(error)


@main.command()
@click.option("--write/--check", default=False, help="Write the parts, or only say whether they are current. [--check]")
@click.pass_obj
def docs(read: Read, *, write: bool) -> None:
    """Keep the generated parts of the pages below docs/ current.

    Exit status: 0 current or written, 1 out of date, 2 not understood.
    """
    try:
        wanted = pages.parts(read.assembly)
        pages.write(wanted) if write else pages.check(wanted)
    except ActionableError as error:
        _fail(error)


for command in (cost, prices):
    main.add_command(command)


def _show(form: str, read: Read) -> None:
    if form == "page":
        path = page.write(read.facts, read.page)
        show(make_console(), formats.as_short_terminal([target.row for target in read.facts.targets]))
        click.echo(f"\nopen {page.shown(path)}")
    elif form == "terminal":
        show(make_wide_console(), formats.as_terminal(read.facts))
    else:
        click.echo(formats.as_markdown(read.facts) if form == "markdown" else formats.as_json(read.facts))


def _fail(error: ActionableError) -> None:
    show(make_console(sys.stderr), error_text(error))
    sys.exit(1)
