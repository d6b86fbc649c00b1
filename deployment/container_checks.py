"""Container checks: what the engine reports about the containers of each target."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from deployment.assembly import Assembly
from deployment.console import plural
from deployment.containers import ContainerState
from deployment.diagnosis import diagnose, with_log_tail
from deployment.environment import Environment
from deployment.image import PushedImage, pushed_image
from deployment.results import HEALTH_CHECK, Check, Outcome, TargetResult, rounded

# Exit codes of a task that a rolling deployment stops; any other one of a service's container is unexpected.
STOPPED = (0, 137, 143)
USER = "the template's user"
IMAGE = "the newest image in the registry"
PROCESS_REASON = "a process runs as the user who started it"


def wait_for_tasks(environment: Environment) -> list[ContainerState]:
    """Wait until no one-shot task runs, or until the timeout, and return the state of all containers."""
    if environment.containers is None:
        return []
    deadline = time.monotonic() + environment.timeouts.tasks_s
    while True:
        found = environment.containers.describe()
        if time.monotonic() > deadline or not any(one.role == "task" and one.status == "running" for one in found):
            return found
        time.sleep(0.3)


def inspect_containers(
    environment: Environment, assembly: Assembly, targets: dict[str, TargetResult]
) -> dict[str, TargetResult]:
    """Add containers, container checks, and the cause and fix of a failure to each target.

    Args:
        environment: Where the app is deployed.
        assembly: The app.
        targets: Target ID -> its result so far.
    """
    everything = wait_for_tasks(environment)
    image = pushed_image(environment) if environment.runs_containers and environment.containers else None
    return {
        name: _inspected(environment, assembly, name, target, everything, image) for name, target in targets.items()
    }


def _inspected(
    environment: Environment,
    assembly: Assembly,
    name: str,
    target: TargetResult,
    everything: Sequence[ContainerState],
    image: PushedImage | None,
) -> TargetResult:
    own = assembly.containers_of(name, everything)
    executed_by, not_shown = environment.executed_by(target.stack, own)
    seen = replace(target, executed_by=executed_by, not_shown=not_shown)
    if environment.containers is None:
        unknown = f"containers cannot be inspected in the environment {environment.name!r}"
        seen = seen.with_checks([*seen.checks, *not_run_checks(unknown)])
    else:
        used = [container.memory_mib_used for container in own if container.memory_mib_used is not None]
        seen = replace(
            seen,
            runs_as=runs_as(own, "container" if environment.runs_containers else "process"),
            memory_mib=rounded(max(used)) if used else None,
            containers=own,
        ).with_checks([*seen.checks, *container_checks(own, everything, image)])
    if seen.outcome is not Outcome.FAILED:
        return seen
    cause = _cause(seen, own, environment.containers.logs(target.stack)) if environment.containers else ""
    return replace(seen, cause=cause, fix=environment.command("logs", name))


def runs_as(containers: Sequence[ContainerState], noun: str) -> str:
    """Return what runs: "2 containers", "1 process", "nothing"."""
    running = sum(container.status == "running" for container in containers)
    return plural(running, noun).replace("processs", "processes") if running else "nothing"


def container_checks(
    own: Sequence[ContainerState], everything: Iterable[ContainerState], image: PushedImage | None
) -> list[Check]:
    """Check that containers run, from the pushed image, not as root, and that none exited unexpectedly.

    Args:
        own: The target's containers.
        everything: All containers of the run, workflow tasks included.
        image: The pushed image; None for processes, which have no image and no user of their own.
    """
    exited = [f"{one.name} exited with {one.exit_code}" for one in own if _exited_unexpectedly(one)]
    running = any(container.status == "running" for container in own)
    checks = [
        _check("a container runs", running, "a container or process", "none"),
        _check("no container exited unexpectedly", not exited, "no unexpected exit", ", ".join(exited)),
    ]
    if image is None:
        return checks + not_run_checks(PROCESS_REASON)[2:]
    root = [f"{one.name} runs as root" for one in own if one.user.split(":")[0] in ("", "0", "root")]
    return [
        *checks,
        _check("containers do not run as root", not root, USER, ", ".join(root)),
        _image_check(everything, image),
    ]


def not_run_checks(reason: str) -> list[Check]:
    """Return all container checks as not run, for one reason."""
    expected = {
        "a container runs": "a container or process",
        "no container exited unexpectedly": "no unexpected exit",
        "containers do not run as root": USER,
        "containers run the pushed image": IMAGE,
    }
    return [
        Check(name=name, outcome=Outcome.NOT_RUN, expected=words, reason=reason) for name, words in expected.items()
    ]


def _image_check(everything: Iterable[ContainerState], image: PushedImage) -> Check:
    """Check that every running container is the newest image; an exited one may be an earlier image of the run."""
    newest, known = ({_hex(one) for one in ids} for ids in (image.ids, image.known_ids))
    others = [one for one in everything if _hex(one.image_digest) not in (newest if one.status == "running" else known)]
    wrong = ", ".join(f"{one.name} runs {_hex(one.image_digest)[:12]}" for one in others)
    is_right = bool(newest) and not others
    return _check("containers run the pushed image", is_right, IMAGE, wrong or "the registry is empty")


def _hex(digest: str) -> str:
    """Remove the algorithm, which Podman does not report."""
    return digest.removeprefix("sha256:")


def _exited_unexpectedly(container: ContainerState) -> bool:
    is_service = container.role == "service"
    return is_service and (container.oom_killed or container.exit_code not in (None, *STOPPED))


def _cause(target: TargetResult, own: Sequence[ContainerState], log: Iterable[str]) -> str:
    failed = [check for check in target.checks if check.outcome is Outcome.FAILED]
    if any(check.name == HEALTH_CHECK or check.got.startswith("no response") for check in failed):
        return diagnose(own, log)
    return with_log_tail(f"{len(failed)} of {len(target.checks)} checks failed; the last lines of its log:", log)


def _check(name: str, passed: bool, expected: str, wrong: str) -> Check:
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return Check(name=name, outcome=outcome, expected=expected, got=expected if passed else wrong)
