"""The demo: `python -m demo` deploys and verifies the app on this machine, and writes the comparison page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from comparison import closing_table, gather, page
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from deployment.results import Results
from local_aws import cli
from pricing.sizes import larger_sizes

HELP = """Deploy and verify the app on this machine, and compare its targets.

The same as `python -m local_aws run`, with the same options, and then
the comparison page. Exit status: that of the run.
"""


def demo(directory: Path, **options: Any) -> None:
    """Run the demo."""
    with cli.errors_as_messages(directory):
        found = cli.run_everything(directory, **options)
        assembly = Assembly.load(options["assembly"] or directory / "cdk.out", options["stage"])
        after = cli.WHILE_UP if options["keep"] else cli.AFTER_RUN
        next_commands = (*write_page(directory, assembly, found), *after)
        cli.print_report(found, closing=closing_table(gather(assembly, found)), next_commands=next_commands)


def write_page(directory: Path, assembly: Assembly, found: Results) -> Iterator[tuple[str, str]]:
    """Write the comparison page, and yield the command that opens it; an error does not fail the run."""
    try:
        path = page.default_path(directory)
        page.write(gather(assembly, found, larger=larger_sizes()), path)
        yield f"open {page.relative(path)}", "the targets side by side"
    except ActionableError as error:
        yield "python -m comparison", f"the page was not written: {error.message}"


main = click.Command(
    "demo",
    callback=demo,
    params=[*cli.main.params, *cli.run_command.params],
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)

if __name__ == "__main__":
    main(prog_name="python -m demo")
