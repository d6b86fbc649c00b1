"""The fields of `ServiceSpec`, mapped from a manifest."""

import re
from collections.abc import Iterator

from copilot_import.container_fields import container_fields
from copilot_import.manifest import Manifest
from copilot_import.mapped_field import MappedField
from copilot_import.secrets import Owner, secrets
from copilot_import.targets import reason_without_http
from copilot_import.workload_types import REQUEST_DRIVEN, SCHEDULED, WORKER
from copilot_import.yaml_tree import FieldPath
from deployment.errors import ActionableError
from microservice.errors import InvalidServiceSpecError
from microservice.spec import ServiceSpec

# https://docs.aws.amazon.com/apprunner/latest/dg/manage-autoscaling.html: DefaultConfiguration (2026-11-24)
_APP_RUNNER_INSTANCES = (1, 25)
_NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")
_SPOT = (
    "for Spot, set a lower min_instances and fargate_spot=True on FargateMicroservice in stacks/ecs_fargate.py: the "
    "tasks above the minimum run on Spot"
)
_PATH = re.compile(r"/[\w./~-]*", re.ASCII)
_FIRST_UNPRIVILEGED_PORT = 1024
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "arm": "arm64"}


def map_fields(manifest: Manifest, owner: Owner = Owner()) -> Iterator[MappedField]:  # noqa: B008 - immutable
    """Yield each field of the spec that a manifest or Copilot's default decides.

    Args:
        manifest: The manifest.
        owner: Account and Region of secrets without an ARN. Default: unknown, they are not mapped.

    Raises:
        ActionableError: A field has an invalid value.
    """
    if not manifest.type.cpu:
        return
    yield _name(manifest)
    if manifest.type.serves_requests and not reason_without_http(manifest):
        yield _port(manifest)
        yield _health_path(manifest)
    yield _size(manifest, "cpu", "cpu", manifest.type.cpu)
    yield _size(manifest, "memory_mib", "memory", manifest.type.memory_mib)
    if manifest.type is not SCHEDULED:
        yield from _instances(manifest)
    yield _architecture(manifest)
    yield from _environment(manifest)
    yield from _secrets(manifest, owner)
    yield from container_fields(manifest)
    yield _tracing(manifest)


def _name(manifest: Manifest) -> MappedField:
    name = manifest.text("name")
    if not name:
        raise ActionableError(f"cannot import {manifest.file}", "it has no field 'name'", "write name: SERVICE")
    if _NAME.fullmatch(name):
        return MappedField("name", name, ("name",))
    allowed = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:32].rstrip("-")
    advice = "2 to 32 characters of a-z, 0-9 and '-', starting with a letter"
    return MappedField("name", allowed if len(allowed) > 1 else "service", ("name",), advice, is_changed=True)


def _port(manifest: Manifest) -> MappedField:
    source = ("image", "port")
    container = manifest.text("http", "target_container") if _has_http(manifest) else None
    if _has_http(manifest) and manifest.find("http", "target_port") and container in (None, manifest.text("name")):
        source = ("http", "target_port")
    port = manifest.integer(*source)
    if port is None:
        return MappedField("port", 8080, advice="the manifest sets no port, but every target requires one")
    node = manifest.find(*source)
    if node and not 1 <= port <= 65535:
        raise manifest.error(source, node, "1 to 65535", "set the port that the server listens on")
    if port >= _FIRST_UNPRIVILEGED_PORT:
        return MappedField("port", port, source)
    advice = f"make the server listen on {port + 8000} (environment variable PORT): containers do not run as root here"
    return MappedField("port", port + 8000, source, advice, is_changed=True)


def _health_path(manifest: Manifest) -> MappedField:
    source, path = _health_source(manifest)
    if path is None:
        advice = "the manifest has no health check: make the service respond with 200 to 499 on this path"
        return MappedField("health_path", "/livez", advice=advice)
    if _PATH.fullmatch(path):
        advice = "it must respond with 200 and must not check the service's dependencies" if path == "/" else ""
        return MappedField("health_path", path, source, advice)
    allowed = _PATH.match(path if path.startswith("/") else f"/{path}")
    advice = "letters, digits and . / ~ - _ only, without a query"
    return MappedField("health_path", allowed[0] if allowed else "/", source, advice, is_changed=True)


def _health_source(manifest: Manifest) -> tuple[FieldPath, str | None]:
    if _has_http(manifest) or manifest.type is REQUEST_DRIVEN:
        check = manifest.find("http", "healthcheck")
        source = ("http", "healthcheck") if check and check.is_scalar else ("http", "healthcheck", "path")
        path = manifest.text(*source)
        return (source, path) if path else ((), "/")
    command = " ".join(manifest.words("image", "healthcheck", "command"))
    url = re.search(r"https?://[^/\s'\"]+(/[^\s'\"?#]*)", command)
    return (("image", "healthcheck", "command"), url[1]) if url else ((), None)


def _has_http(manifest: Manifest) -> bool:
    """Whether a load balancer is configured; a boolean only switches it on or off."""
    http = manifest.find("http")
    return http is not None and not http.is_scalar


def _size(manifest: Manifest, field: str, source: str, default: int) -> MappedField:
    value = manifest.integer(source)
    return MappedField(field, default) if value is None else MappedField(field, value, (source,))


def _instances(manifest: Manifest) -> Iterator[MappedField]:
    source, low, high = _range(manifest)
    advice, is_changed = "", False
    if source == ("count", "spot"):
        advice = f"on demand; {_SPOT}"
    if manifest.type is REQUEST_DRIVEN:
        advice = "App Runner's default" + ("; copy the values of that configuration" if source else "")
        is_changed = bool(source)
    if low == 0 and manifest.type is WORKER:
        advice = "no task without messages" if high else "Copilot ran no task; here, a message starts one"
        is_changed = not high
        high = max(high, 1)
    elif low == 0:
        low, advice, is_changed = 1, "only Lambda scales to zero; other targets need at least one task", True
    yield MappedField("min_instances", low, source, advice, is_changed)
    yield MappedField("max_instances", max(high, low), source, "", is_changed)
    if manifest.type is WORKER:
        return
    target = manifest.find("count", "cpu_percentage")
    if target is not None:
        path = ("count", "cpu_percentage") if target.is_scalar else ("count", "cpu_percentage", "value")
        percent = manifest.integer(*path)
        if percent is not None:
            allowed = min(max(percent, 10), 90)
            advice = "allowed: 10 to 90, to leave capacity while scaling out" if allowed != percent else ""
            yield MappedField("target_cpu_percent", allowed, path, advice, is_changed=allowed != percent)


def _range(manifest: Manifest) -> tuple[FieldPath, int, int]:
    """The source of the number of instances, its minimum and its maximum."""
    count, span = manifest.find("count"), manifest.find("count", "range")
    if manifest.type is REQUEST_DRIVEN:
        return (("count",) if count else (), *_APP_RUNNER_INSTANCES)
    if count is None:
        return (), 1, 1
    if not count.is_map or manifest.find("count", "spot"):
        path = ("count", "spot") if count.is_map else ("count",)
        number = manifest.integer(*path)
        return path, *_valid_range(manifest, path, number, number)
    if span is None:
        return (), 1, 1
    path = ("count", "range")
    if span.is_map:
        low, high = manifest.integer(*path, "min"), manifest.integer(*path, "max")
        return (*path, "min"), *_valid_range(manifest, path, low, high)
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", manifest.text(*path) or "")
    if not match:
        raise manifest.error(path, span, "MIN-MAX, such as 1-10", "write both numbers")
    return path, *_valid_range(manifest, path, int(match[1]), int(match[2]))


def _valid_range(manifest: Manifest, path: FieldPath, low: int | None, high: int | None) -> tuple[int, int]:
    if low is not None and high is not None and 0 <= low <= high <= 1000:
        return low, high
    node = manifest.find(*path)
    if node is None:
        return 1, 1
    raise manifest.error(path, node, "0 to 1000, minimum first", "set the number of tasks")


def _architecture(manifest: Manifest) -> MappedField:
    node = manifest.find("platform")
    if node is None:
        return MappedField("architecture", "x86_64")
    if node.is_map:
        source: FieldPath = ("platform", "architecture")
        system = manifest.text("platform", "osfamily") or "linux"
        processor = manifest.text(*source) or "x86_64"
    else:
        source = ("platform",)
        system, processor = [*(manifest.text("platform") or "").lower().split("/"), "", ""][:2]
    if system.startswith("windows"):
        fix = "keep this service on ECS: no target here runs Windows containers"
        raise manifest.error(("platform",), node, "linux", fix)
    architecture = _ARCHITECTURES.get(processor.lower())
    if system != "linux" or architecture is None:
        raise manifest.error(("platform",), node, "linux/x86_64 or linux/arm64", "use one of these")
    return MappedField("architecture", architecture, source)


def _environment(manifest: Manifest) -> Iterator[MappedField]:
    for name, node in manifest.section("variables").items():
        source = ("variables", name)
        if "from_cfn" in node.fields:
            continue
        if not node.is_scalar:
            raise manifest.error(source, node, "a single value, or from_cfn", "write the value, quoted if necessary")
        text = str(node.value or "")
        reason = _rejection(name, text)
        value = None if reason else {name: text}
        yield MappedField("environment", value, source, reason, is_changed=bool(reason))


def _secrets(manifest: Manifest, owner: Owner) -> Iterator[MappedField]:
    for secret in secrets(manifest, owner):
        if secret.arn and secret.name not in manifest.section("variables"):
            node = manifest.find(*secret.source)
            path = (*secret.source, "secretsmanager") if node and node.is_map else secret.source
            yield MappedField("secrets", {secret.name: secret.arn}, path)


def _rejection(name: str, value: str) -> str:
    """The advice for an environment variable that the spec rejects; empty if the spec accepts it."""
    try:
        ServiceSpec(name="any", environment={name: value})
    except InvalidServiceSpecError:
        if name in ("PORT", "HOST"):
            return "remove it: every target sets it; set `port` to change the port"
        if name.startswith("OTEL_"):
            return "remove or correct it: `name` and `trace_sampling_rate` set the service name and the sampler"
        return "rename it: a platform reserves the name, or it is invalid"
    return ""


def _tracing(manifest: Manifest) -> MappedField:
    source = ("observability", "tracing")
    if manifest.text(*source):
        advice = "X-Ray's default sampling rate; the code exports its spans itself, without Copilot's collector sidecar"
        return MappedField("trace_sampling_rate", 0.05, source, advice)
    return MappedField("trace_sampling_rate", 0, advice="tracing was off; raise it once the code exports spans")
