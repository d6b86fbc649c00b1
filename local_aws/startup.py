"""The begin of a command: settings, progress, and an environment with a bootstrapped emulator and an assembly."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from deployment import cdk
from deployment.assembly import Assembly
from deployment.console import Progress, make_console, name_rejected, plural
from deployment.errors import ActionableError
from deployment.target_ids import require_documented
from local_aws import lifecycle
from local_aws.engine.detect import detect
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import ACCOUNT, REGION, EngineChoice, LocalEnvironment, Settings, label_of


def settings_for(
    directory: Path,
    engine: EngineChoice = "auto",
    port: int | None = None,
    base_image: str | None = None,
    assembly: Path | None = None,
    stage: str = "",
    targets: tuple[str, ...] = (),
) -> Settings:
    """Return the settings of an environment whose assembly is in its directory, unless another one is given.

    The environment has the account and the Region that the stacks of the given assembly are made for.

    Raises:
        ActionableError: the assembly has no such stage, or several and none is named; its stacks are made for several
            accounts or Regions; or there is no such target.
    """
    settings = Settings(engine=engine, port=port, directory=directory, base_image=base_image)
    if assembly is None:
        if stage:
            raise ActionableError(
                f"--stage {stage} has no assembly", "app.py has no cdk.Stage", "add --assembly, such as cdk.out"
            )
        require_documented(targets)
        return replace(settings, assembly=directory / "cdk.out")
    found = Assembly.load(assembly.resolve(), stage)
    found.require_targets(targets)
    account, region = _environment_of(found)
    return replace(settings, assembly=found.path, account=account, region=region)


def _environment_of(assembly: Assembly) -> tuple[str, str]:
    """The account and Region that all stacks are made for; the defaults where they leave it to the credentials."""
    made_for = {(account or ACCOUNT, region or REGION) for account, region in assembly.environments}
    if len(made_for) > 1:
        environments = ", ".join(f"aws://{account}/{region}" for account, region in sorted(made_for))
        raise ActionableError(
            f"the stacks of {assembly.path} are made for several environments",
            environments,
            "the local run has one: synthesise the stacks with one env, or each environment as a cdk.Stage",
        )
    return next(iter(made_for), (ACCOUNT, REGION))


def new_progress() -> Progress:
    """Print the title, and return the progress rows under it."""
    console = make_console()
    console.print("  [bold]local AWS[/bold]   this machine only · no AWS account · $0\n")
    return Progress(console)


def running_environment(directory: Path) -> LocalEnvironment:
    """Return the environment that is up in a directory.

    Raises:
        ActionableError: there is none.
    """
    environment = lifecycle.load(directory)
    if environment is None:
        cause = f"{directory} has no state of a running environment"
        raise ActionableError("no local environment is up", cause, "python -m local_aws up")
    return environment


def start(
    settings: Settings,
    progress: Progress,
    *,
    synthesise: bool,
    targets: tuple[str, ...] = (),
    context: Mapping[str, object] = {},
) -> LocalEnvironment:
    """Start the emulator, then bootstrap it and synthesise the app at the same time, with these context values."""
    engine = detect(settings.engine)
    progress.note("engine", f"{engine.kind} {engine.version.split('+')[0]}".strip(), engine.detail)
    # Not at the same time: it stops all processes of an earlier run, and the app's would have the same label.
    with progress.step("emulator", "starting") as step:
        environment = lifecycle.start(settings)
        step.update("ready", environment.endpoint.removeprefix("http://"))
    with ThreadPoolExecutor(max_workers=1) as pool:
        assembly = pool.submit(load_assembly, settings, progress, synthesise=synthesise, context=context)
        with progress.step("bootstrap", "CDKToolkit"):
            cdk.bootstrap(environment, () if synthesise else Assembly.load(settings.assembly).bootstrap_qualifiers)
        assembly.result().require_targets(targets)
    return environment


def load_assembly(
    settings: Settings, progress: Progress, *, synthesise: bool, context: Mapping[str, object] = {}
) -> Assembly:
    """Return the assembly of the settings; with `synthesise`, after writing it anew."""
    if not synthesise:
        return Assembly.load(settings.assembly)
    with progress.step("synth", "app.py", "→ cdk.out") as step:
        assembly = cdk.synth(
            settings.assembly,
            context=context,
            base_image=settings.base_image,
            log=settings.directory / cdk.SYNTH_LOG,
            variables={RUN_VARIABLE: label_of(settings.directory)},
        )
        step.update(plural(len(assembly.stacks), "stack"), f"{assembly.resources} resources")
    name_rejected(assembly.rejected)
    return assembly
