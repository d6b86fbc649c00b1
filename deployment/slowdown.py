"""The slowdown of this computer while it is busy: limits of time that wait for its own work grow by it."""

import os

_PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slowdown() -> float:
    """Return the processes that want to run for each CPU, averaged over the last minute; at least 1.

    Example:
        >>> slowdown() >= 1
        True
    """
    try:
        return max(1.0, os.getloadavg()[0] / _PROCESSORS)
    except (AttributeError, OSError):  # a system without load averages
        return 1.0
