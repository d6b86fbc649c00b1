"""Up: the emulator started and bootstrapped while the app is synthesised."""

from concurrent.futures import ThreadPoolExecutor

from deployment import cdk
from deployment.assembly import Assembly
from deployment.console import Progress
from deployment.results import Engine
from deployment.stages.options import Options, check_targets
from deployment.stages.stopwatch import Stopwatch
from local_aws.engine.detect import detect
from local_aws.environment import LocalEnvironment
from local_aws.machine import lifecycle


def up(options: Options, progress: Progress, watch: Stopwatch) -> LocalEnvironment:
    """Start the emulator, then bootstrap it and synthesise the app at the same time.

    Raises:
        ActionableError: something of that did not work, or a target was named that the app does not have.
    """
    found = detect(options.settings.engine)
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
