"""The command line: `python -m tests.mutation`, or `make mutation`."""

from pathlib import Path

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from comparison.generated_parts import with_part
from deployment.console import make_console, plural, show
from tests.mutation.run import REPOSITORY, Score, read_sets, run
from tests.mutation.score import as_markdown, read_scores, write_scores

HELP = """Change the code one expression at a time, and count the changes that a test notices.

SETS are names in tests/mutation/sets.toml. Default: all.

\b
Examples:
  python -m tests.mutation
  python -m tests.mutation service
  python -m tests.mutation service --write

A change that no test notices survives; its name is printed. To see one:

\b
  cd build/mutation/service
  python -m mutmut show orders.stock.x_shortage_message__mutmut_3

Exit status: 0 success, 1 a set is below 95 %, 2 invalid option.
"""
PAGE = REPOSITORY / "docs" / "reliability.md"
REQUIRED_PERCENT = 95.0


@click.command(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", metavar="[SETS]...", nargs=-1, type=click.Choice(list(read_sets())))
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="Mutants at once.")
@click.option("--write", "is_written", is_flag=True, help="Record the score, and write it to docs/reliability.md.")
@click.pass_context
def main(context: click.Context, names: tuple[str, ...], processes: int, *, is_written: bool) -> None:
    """Run the sets."""
    sets = read_sets()
    scores = [run(sets[name], processes=processes) for name in names or sets]
    show(make_console(), _report(scores))
    if is_written:
        recorded = read_scores() | {score.name: score for score in scores}
        write_scores(recorded)
        write_page(PAGE, list(recorded.values()))
    context.exit(0 if all(score.percent >= REQUIRED_PERCENT for score in scores) else 1)


def write_page(page: Path, scores: list[Score]) -> None:
    """Write the part of the page."""
    page.write_text(with_part(page.read_text(), "mutation", as_markdown(scores)))


def _report(scores: list[Score]) -> Group:
    table = Table.grid(padding=(0, 2))
    for score in scores:
        table.add_row(score.name, plural(score.mutants, "mutant"), f"{score.percent} % killed")
    survivors = [Text(f"  survived  {name}", overflow="fold") for score in scores for name in score.survivors]
    return Group(table, *survivors)


if __name__ == "__main__":
    main(prog_name="python -m tests.mutation")
