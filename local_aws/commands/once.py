"""`run` and `call`: everything is called, and a report closes it."""

from collections.abc import Iterator

from rich.console import Console, RenderableType

from comparison import page
from comparison.facts import gather
from comparison.formats import as_closing
from comparison.rows import rows
from deployment import results
from deployment.assembly import Assembly
from deployment.console import report, show
from deployment.errors import ActionableError
from deployment.results import Results
from deployment.stages.call import call as call_everything
from deployment.stages.options import Options
from deployment.stages.stopwatch import Stopwatch
from local_aws.commands.guard import FAILED, OK, WHILE_UP, guarded, running_now, screen
from local_aws.run import heeded_signals
from local_aws.run import run as run_everything
from pricing.sizes import larger_sizes

AFTER_RUN = (("python -m local_aws up", "keep it running and play"),)


def run(options: Options, *, keep: bool) -> int:
    """Run everything once."""

    def act(console: Console) -> int:
        with screen(console) as progress:
            found = run_everything(options, progress, keep=keep)
        console.print()
        next_commands = (*next_page(options, found), *(WHILE_UP if keep else AFTER_RUN))
        show(console, report(found, closing=_compared(options, found), next_commands=next_commands))
        return FAILED if found.failed() else OK

    return guarded(act, options.settings.directory)


def call(options: Options) -> int:
    """Call what runs, and report."""

    def act(console: Console) -> int:
        directory = options.settings.directory
        running = running_now(options.settings)
        with screen(console) as progress, heeded_signals():
            found = call_everything(running, results.read(directory), options, progress, Stopwatch())
            results.write(found, directory)
        console.print()
        show(console, report(found, closing=_compared(options, found), next_commands=WHILE_UP))
        return FAILED if found.failed() else OK

    return guarded(act, options.settings.directory)


def _compared(options: Options, found: Results) -> RenderableType:
    return as_closing(rows(Assembly.load(options.settings.assembly), found))


def next_page(options: Options, found: Results) -> Iterator[tuple[str, str]]:
    """Write the page, and say how to open it; one that cannot be drawn does not undo a run."""
    settings = options.settings
    try:
        path = page.beside(settings.directory)
        page.write(gather(Assembly.load(settings.assembly), found, larger=larger_sizes()), path)
        yield f"open {page.shown(path)}", "the targets side by side"
    except ActionableError as error:
        yield "python -m comparison", f"the page was not written: {error.message}"
