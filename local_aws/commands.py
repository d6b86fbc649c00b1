"""What each command does, and its exit status."""

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console, RenderableType

from comparison.formats import as_closing
from comparison.rows import rows
from local_aws import facts, lifecycle, results
from local_aws.assembly import Assembly
from local_aws.calling import call as call_everything
from local_aws.deployed import read as read_deployed
from local_aws.deployment import deploy as deploy_everything
from local_aws.errors import LocalAwsError
from local_aws.results import Results
from local_aws.run import Interrupted, heeded_signals, removed_afterwards
from local_aws.run import down as take_down
from local_aws.run import run as run_everything
from local_aws.running import Running, Settings
from local_aws.screen import Progress, error_text, make_console, report, show
from local_aws.screen.play import Call, how_to_play
from local_aws.setting_up import Options, synthesise
from local_aws.setting_up import up as set_up
from local_aws.stopwatch import Stopwatch

OK, FAILED = 0, 1
AFTER_RUN = (
    ("python -m comparison", "the targets side by side"),
    ("python -m local_aws up", "keep it running and play"),
)
WHILE_UP = (
    ("python -m local_aws logs TARGET", "what its containers write"),
    ("python -m local_aws call", "call everything and report"),
    ("python -m local_aws down", "leave nothing behind"),
)


def run(options: Options, *, keep: bool) -> int:
    """Run everything once."""

    def act(console: Console) -> int:
        with _screen(console) as progress:
            found = run_everything(options, progress, keep=keep)
        console.print()
        next_commands = WHILE_UP if keep else AFTER_RUN
        show(console, report(found, closing=_compared(options, found), next_commands=next_commands))
        return FAILED if found.failed() else OK

    return guarded(act, options.settings.directory)


def up(options: Options) -> int:
    """Start, deploy and leave it running."""

    def act(console: Console) -> int:
        watch = Stopwatch()
        with _screen(console) as progress, removed_afterwards(options, progress, watch, keep=True):
            running = set_up(options, progress, watch)
            found = deploy_everything(running, progress, watch)
            results.write(found, options.settings.directory)
        return _play(console, running, found)

    return guarded(act, options.settings.directory)


def deploy(options: Options) -> int:
    """Deploy again into what runs."""

    def act(console: Console) -> int:
        running = replace(_up(options.settings), assembly=options.settings.assembly)
        watch = Stopwatch()
        with _screen(console) as progress, heeded_signals():
            running.save()
            synthesise(options, progress, watch)
            found = deploy_everything(running, progress, watch)
            results.write(found, options.settings.directory)
        return _play(console, running, found)

    return guarded(act, options.settings.directory)


def call(options: Options) -> int:
    """Call what runs, and report."""

    def act(console: Console) -> int:
        directory = options.settings.directory
        running = _up(options.settings)
        with _screen(console) as progress, heeded_signals():
            found = call_everything(running, results.read(directory), options, progress, Stopwatch())
            results.write(found, directory)
        console.print()
        show(console, report(found, closing=_compared(options, found), next_commands=WHILE_UP))
        return FAILED if found.failed() else OK

    return guarded(act, options.settings.directory)


def logs(settings: Settings, name: str, *, follow: bool) -> int:
    """Print the lines of one target's containers."""

    def act(console: Console) -> int:
        running = _up(settings)
        for line in facts.logs(running, _stack_named(running, name), follow=follow):
            console.out(line, highlight=False)
        return OK

    return guarded(act, settings.directory)


def status(settings: Settings) -> int:
    """Say what is up."""

    def act(console: Console) -> int:
        running = _up(settings)
        return _play(console, running, results.read(settings.directory))

    return guarded(act, settings.directory)


def down(options: Options) -> int:
    """Stop and remove everything."""

    def act(console: Console) -> int:
        with _screen(console) as progress:
            take_down(options, progress)
        return OK

    return guarded(act, options.settings.directory)


def guarded(act: Callable[[Console], int], directory: Path) -> int:
    """Run a command; whatever ends it early becomes a fact, a why and a cure on stderr, and an exit status."""
    try:
        return act(make_console())
    except LocalAwsError as error:
        show(make_console(sys.stderr), error_text(error))
        return FAILED
    except Interrupted as interruption:
        make_console(sys.stderr).print(f"✘ interrupted by {interruption}: nothing was left behind")
        return interruption.exit_status
    except Exception as error:  # the emulator may die at any moment, and clients then raise what they like
        show(make_console(sys.stderr), error_text(_unexpected(error, directory)))
        return FAILED


def _unexpected(error: Exception, directory: Path) -> LocalAwsError:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "traceback.log"
    path.write_text(traceback.format_exc())
    why = "the emulator ended early, or the local run has a defect"
    return LocalAwsError(f"{type(error).__name__}: {error}", why, f"see {path} and {directory / 'emulator.log'}")


def _compared(options: Options, found: Results) -> RenderableType:
    return as_closing(rows(Assembly.load(options.settings.assembly), found))


def _screen(console: Console) -> Progress:
    console.print("  [bold]local AWS[/bold]   this machine only · no AWS account · $0\n")
    return Progress(console)


def _up(settings: Settings) -> Running:
    running = lifecycle.load(settings.directory)
    if running is None:
        raise LocalAwsError(
            "no local AWS is up", f"{settings.directory} names none that runs", "python -m local_aws up"
        )
    return running


def _stack_named(running: Running, name: str) -> str:
    if name == "emulator":
        return name
    there = read_deployed(running)
    targets = {target.id: target.stack for target in Assembly.load(running.assembly).targets.values()}
    targets["workflow"] = there.stack_with_output("StateMachineArn")
    if name not in targets:
        known = ", ".join((*targets, "emulator"))
        raise LocalAwsError(f"there are no logs of {name!r}", f"logs are kept of {known}", "name one of these")
    return targets[name]


def _play(console: Console, running: Running, found: Results) -> int:
    there = read_deployed(running)
    token = there.token() if any(target.url for target in found.targets.values()) else ""
    calls = []
    for name, target in found.targets.items():
        if target.url:
            with there.talk_to(name, token).http as client:
                calls.append(Call(name, target.url, str(client.base_url), dict(client.headers).get("host", "")))
    console.print()
    console.print(how_to_play(found, calls, token, running.endpoint, WHILE_UP), soft_wrap=True)
    return FAILED if found.failed() else OK
