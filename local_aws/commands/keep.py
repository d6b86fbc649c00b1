"""`up`, `deploy`, `status` and `down`: a local AWS that is left running to play with."""

from dataclasses import replace

from rich.console import Console

from deployment import results
from deployment.console.play import Call, how_to_play
from deployment.contract.conversation import order_body, talk_to
from deployment.deployed import read as read_deployed
from deployment.results import Results
from deployment.stages.deploy import deploy as deploy_everything
from deployment.stages.options import Options
from deployment.stages.stopwatch import Stopwatch
from deployment.stages.up import synthesise
from deployment.stages.up import up as set_up
from local_aws.commands.guard import FAILED, OK, WHILE_UP, guarded, running_now, screen
from local_aws.environment import LocalEnvironment, Settings
from local_aws.run import down as take_down
from local_aws.run import heeded_signals, removed_afterwards


def up(options: Options) -> int:
    """Start, deploy and leave it running."""

    def act(console: Console) -> int:
        watch = Stopwatch()
        with screen(console) as progress, removed_afterwards(options, progress, watch, keep=True):
            running = set_up(options, progress, watch)
            found = deploy_everything(running, progress, watch)
            results.write(found, options.settings.directory)
        return _play(console, running, found)

    return guarded(act, options.settings.directory)


def deploy(options: Options) -> int:
    """Deploy again into what runs."""

    def act(console: Console) -> int:
        running = replace(running_now(options.settings), assembly=options.settings.assembly)
        watch = Stopwatch()
        with screen(console) as progress, heeded_signals():
            running.save()
            synthesise(options, progress, watch)
            found = deploy_everything(running, progress, watch)
            results.write(found, options.settings.directory)
        return _play(console, running, found)

    return guarded(act, options.settings.directory)


def status(settings: Settings) -> int:
    """Say what is up."""

    def act(console: Console) -> int:
        running = running_now(settings)
        return _play(console, running, results.read(settings.directory))

    return guarded(act, settings.directory)


def down(options: Options) -> int:
    """Stop and remove everything."""

    def act(console: Console) -> int:
        with screen(console) as progress:
            take_down(options, progress)
        return OK

    return guarded(act, options.settings.directory)


def _play(console: Console, running: LocalEnvironment, found: Results) -> int:
    there = read_deployed(running)
    token = there.token() if any(target.url for target in found.targets.values()) else ""
    calls = []
    for name, target in found.targets.items():
        if target.url:
            with talk_to(there, name, token).http as client:
                calls.append(
                    Call(name, target.url, str(client.base_url), dict(client.headers).get("host", ""), order_body())
                )
    console.print()
    console.print(how_to_play(found, calls, token, running.endpoint, WHILE_UP), soft_wrap=True)
    return FAILED if found.failed() else OK
