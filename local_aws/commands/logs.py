"""`logs`: what containers wrote."""

from rich.console import Console

from deployment.assembly import Assembly
from deployment.deployed import read as read_deployed
from deployment.errors import ActionableError
from local_aws import facts
from local_aws.commands.guard import OK, guarded, running_now
from local_aws.environment import LocalEnvironment, Settings


def logs(settings: Settings, name: str, *, follow: bool) -> int:
    """Print the lines of one target's containers."""

    def act(console: Console) -> int:
        running = running_now(settings)
        for line in facts.logs(running, _stack_named(running, name), follow=follow):
            console.out(line, highlight=False)
        return OK

    return guarded(act, settings.directory)


def _stack_named(running: LocalEnvironment, name: str) -> str:
    if name == "emulator":
        return name
    there = read_deployed(running)
    targets = {target.id: target.stack for target in Assembly.load(running.assembly).targets.values()}
    targets["workflow"] = there.stack_with_output("StateMachineArn")
    if name not in targets:
        known = ", ".join((*targets, "emulator"))
        raise ActionableError(f"there are no logs of {name!r}", f"logs are kept of {known}", "name one of these")
    return targets[name]
