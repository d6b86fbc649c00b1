"""Name, port and health path."""

import re

from copilot_import.fields.taken import Taken
from copilot_import.kinds import REQUEST_DRIVEN
from copilot_import.manifest import Manifest
from copilot_import.tree import Scalar
from deployment.errors import ActionableError

_PATH = re.compile(r"/[\w./~-]*", re.ASCII)
_PORT_OF_ROOT = 1024
_HEALTH = "it must answer 200 and look at nothing that the process depends on"


def name(manifest: Manifest) -> Taken:
    """Return the service's name, with what a name may hold."""
    said = manifest.text("name")
    if not said:
        raise ActionableError(f"{manifest.file} cannot be imported", "it has no field 'name'", "write name: SERVICE")
    allowed = re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-0123456789")[:32].rstrip("-")
    if re.fullmatch(r"[a-z][a-z0-9-]{1,31}", said):
        return Taken("name", said, ("name",))
    fitting = allowed if len(allowed) > 1 else "service"
    return Taken("name", fitting, ("name",), "2 to 32 of a-z, 0-9 and '-', a letter first", is_changed=True)


def port(manifest: Manifest) -> Taken:
    """Return the port that requests come in by, at 1024 or above."""
    source = ("image", "port")
    container = manifest.text("http", "target_container") if _has_http(manifest) else None
    if _has_http(manifest) and manifest.find("http", "target_port") and container in (None, manifest.text("name")):
        source = ("http", "target_port")
    said = manifest.whole(*source)
    if said is None:
        return Taken("port", 8080, advice="no port is said; every target needs one that answers")
    node = manifest.find(*source)
    if not 1 <= said <= 65535 and node:
        raise manifest.refusal(source, node, "1 to 65535", "write the port that the server listens on")
    if said >= _PORT_OF_ROOT:
        return Taken("port", said, source)
    fitting = said + 8000
    advice = f"let the server listen on {fitting}, which the variable PORT says: no container is root here"
    return Taken("port", fitting, source, advice, is_changed=True)


def health_path(manifest: Manifest) -> Taken:
    """Return the path that is asked whether the process is well."""
    source, said = _health(manifest)
    if said is None:
        advice = "nothing says where the service tells that it is well: answer 200 there"
        return Taken("health_path", "/livez", advice=advice)
    if _PATH.fullmatch(said):
        return Taken("health_path", said, source, _HEALTH if said == "/" else "")
    start = _PATH.match(said if said.startswith("/") else f"/{said}")
    fitting = start[0] if start else "/"
    return Taken("health_path", fitting, source, "letters, digits and . / ~ - _ only, no query", is_changed=True)


def _health(manifest: Manifest) -> tuple[tuple[str, ...], str | None]:
    if _has_http(manifest) or manifest.kind is REQUEST_DRIVEN:
        check = manifest.find("http", "healthcheck")
        source = ("http", "healthcheck") if isinstance(check, Scalar) else ("http", "healthcheck", "path")
        said = manifest.text(*source)
        return (source, said) if said else ((), "/")
    asked = re.search(r"https?://[^/\s'\"]+(/[^\s'\"?#]*)", " ".join(manifest.words("image", "healthcheck", "command")))
    return (("image", "healthcheck", "command"), asked[1]) if asked else ((), None)


def _has_http(manifest: Manifest) -> bool:
    """Whether a load balancer sends requests: a map says how, a truth value only whether."""
    http = manifest.find("http")
    return http is not None and not isinstance(http, Scalar)
