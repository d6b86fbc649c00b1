"""Listener rules on a shared load balancer: conditions, and priorities that do not depend on other services."""

import hashlib
import re
from collections.abc import Sequence

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
MAX_PRIORITY = 50000
# Priorities up to this one are yours; derived ones follow.
MAX_EXPLICIT_PRIORITY = 1000
# Paths are more specific, and come first, the more segments they have before the first wildcard.
_MAX_SEGMENTS = 9
_SLOTS = (MAX_PRIORITY - MAX_EXPLICIT_PRIORITY) // (_MAX_SEGMENTS + 1)
# Elastic Load Balancing accepts five values in the conditions of one rule: the host is one.
MAX_PATHS = 4
_HOST = re.compile(r"(?=.{1,128}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.ASCII)
_PATH = re.compile(r"/[\w.$/~\"'@:+*?&-]{0,127}", re.ASCII)


def derived_priority(host: str, paths: Sequence[str]) -> int:
    """Return a priority that follows from host and paths alone, so that another service never changes it.

    More specific paths get lower numbers, which the load balancer evaluates first. Among equally specific rules, a hash
    decides; two rules with the same hash need an explicit priority.

    Args:
        host: The host name.
        paths: Path patterns; none for all paths.
    """
    segments = min((_literal_segments(path) for path in paths), default=0)
    digest = hashlib.sha256("\n".join([host, *sorted(paths)]).encode()).digest()
    first = MAX_EXPLICIT_PRIORITY + 1 + (_MAX_SEGMENTS - segments) * _SLOTS
    return first + int.from_bytes(digest[:8]) % _SLOTS


def _literal_segments(path: str) -> int:
    literal = re.split(r"[*?]", path)[0]
    segments = [segment for segment in literal.split("/") if segment]
    return min(_MAX_SEGMENTS, len(segments))


def condition_faults(host: str, paths: Sequence[str], priority: int | None) -> list[str]:
    """Return what the load balancer would reject, each as a sentence with the fix."""
    faults = []
    if not _HOST.fullmatch(host):
        faults.append(
            f"host={host!r} is not valid (allowed: a lower-case domain name without wildcards, up to 128 characters). "
            "Set a name such as 'shop.example.com'."
        )
    if isinstance(paths, str) or not all(_PATH.fullmatch(path) for path in paths) or len(set(paths)) != len(paths):
        faults.append(
            f"paths={paths!r} is not valid (allowed: a list of different patterns that start with '/', of up to 128 "
            "characters). Set patterns such as ['/orders', '/orders/*']."
        )
    elif len(paths) > MAX_PATHS:
        faults.append(
            f"paths={paths!r} are {len(paths)} patterns (allowed: up to {MAX_PATHS}, the host is the fifth value of "
            "the rule). Use wildcards."
        )
    if priority is not None and not 1 <= priority <= MAX_EXPLICIT_PRIORITY:
        faults.append(
            f"priority={priority!r} is not valid (allowed: 1 to {MAX_EXPLICIT_PRIORITY}; higher numbers are derived). "
            "Set a lower number, or none."
        )
    return faults
