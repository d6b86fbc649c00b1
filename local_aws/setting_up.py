"""Up: the emulator started and bootstrapped while the app is synthesised."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local_aws import cdk, lifecycle
from local_aws.assembly import Assembly
from local_aws.conversation import READY_WITHIN_S
from local_aws.engine.find import find
from local_aws.errors import LocalAwsError
from local_aws.results import Engine
from local_aws.running import Running, Settings
from local_aws.screen import Progress
from local_aws.stopwatch import Stopwatch


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person may choose about a run.

    Attributes:
        synthesise: whether to synthesise first; otherwise `settings.assembly` is deployed as it is.
        targets: ids of the targets to call; empty means all of them.
        requests: how many requests p50 and p99 come from.
        patience_s: how long a target may take until it is ready, in seconds.
    """

    settings: Settings
    synthesise: bool = True
    targets: tuple[str, ...] = ()
    requests: int = 200
    patience_s: float = READY_WITHIN_S


def up(options: Options, progress: Progress, watch: Stopwatch) -> Running:
    """Start the emulator, then bootstrap it and synthesise the app at the same time.

    Raises:
        LocalAwsError: something of that did not work, or a target was named that the app does not have.
    """
    found = find(options.settings.engine)
    progress.note("engine", Engine(kind=found.kind, version=found.version).name, found.detail)
    # Starting ends whatever an earlier run left behind, so nothing of this run may be at work yet.
    with watch.step("emulator"), progress.step("emulator", "starting") as step:
        running = lifecycle.start(options.settings)
        step.say("ready", running.endpoint.removeprefix("http://"))
    with ThreadPoolExecutor(max_workers=1) as pool:
        assembly = pool.submit(synthesise, options, progress, watch)
        with watch.step("bootstrap"), progress.step("bootstrap", "CDKToolkit"):
            cdk.bootstrap(running)
        check_targets(options.targets, assembly.result())
    return running


def synthesise(options: Options, progress: Progress, watch: Stopwatch) -> Assembly:
    """Synthesise the app, or read the assembly that was given."""
    if not options.synthesise:
        return Assembly.load(options.settings.assembly)
    with watch.step("synth"), progress.step("synth", "app.py", "→ cdk.out") as step:
        assembly = cdk.synth(options.settings)
        step.say(f"{len(assembly.stacks)} stacks", f"{sum(stack.resources for stack in assembly.stacks)} resources")
    return assembly


def check_targets(names: tuple[str, ...], assembly: Assembly) -> None:
    """Refuse target ids that the app does not declare.

    Raises:
        LocalAwsError: names the value and the allowed ones.
    """
    for name in names:
        if name not in assembly.targets:
            known = ", ".join(assembly.targets)
            raise LocalAwsError(f"there is no target {name!r}", f"the app declares {known}", "name one of these")
