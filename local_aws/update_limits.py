"""Limits of updates in the local environment: changes that it cannot show, and timeouts while the CPUs are busy."""

_ONE_ARCHITECTURE = "this machine has one architecture, and no image of the other one runs on it"


_CREATE_ONLY_TAGS = "AWS replaces the service, which gets a new URL; the emulated service has no tags"
_NO_HEALTH_CHECK = "AWS Lambda has no health check: without canary_interval, nothing rolls a version back"
_FALSE_SUCCESS = "AWS CloudFormation reports success after App Runner has rolled back"
_NO_SECRETS = "AWS Lambda supports no secrets as variables, and the change concerns every target of the app"
_NOT_SHOWN = {
    ("tags", "ecs-express"): _CREATE_ONLY_TAGS,
    ("tags", "app-runner"): _CREATE_ONLY_TAGS,
    ("exits-at-once", "lambda"): _NO_HEALTH_CHECK,
    ("never-healthy", "lambda"): _NO_HEALTH_CHECK,
    ("exits-at-once", "app-runner"): _FALSE_SUCCESS,
    ("never-healthy", "app-runner"): _FALSE_SUCCESS,
    ("never-healthy", "ecs-express"): "the emulated service checks both versions in one target group; AWS has two",
}
_OF_ALL_TARGETS = {"architecture": _ONE_ARCHITECTURE, "secrets": _NO_SECRETS}


def not_shown(change: str, target: str) -> str:
    """Return why a change is not executed on a target here; "" if it is."""
    return _OF_ALL_TARGETS.get(change) or _NOT_SHOWN.get((change, target), "")


def busy_hint(load: float, cpus: int) -> str:
    """Return what to do about timeouts, if programs wait for a CPU; otherwise "".

    Args:
        load: Load average of the last minute: the number of programs that run or wait for a CPU.
        cpus: Number of CPUs.
    """
    if load <= 2 * cpus:
        return ""
    return f"this machine was busy (load {load:.1f} on {cpus} CPUs): execute the change again when it is idle"
