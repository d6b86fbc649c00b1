"""The changes of a running service that are executed under load: each field of the spec, image, tags, parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployment.errors import ActionableError

# Runs the app with an image whose source differs, in any language: a label changes its ID.
_WITH_CHANGED_IMAGE = """
import dataclasses, pathlib, runpy, shutil, sys
sys.path.insert(0, "")
import service
source = pathlib.Path(sys.argv[1])
shutil.copytree(service.IMAGE.directory, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
with (source / "Dockerfile").open("a") as file:
    file.write("LABEL changed=true\\n")
service.IMAGE = dataclasses.replace(service.IMAGE, directory=source)
runpy.run_path("app.py", run_name="__main__")
"""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a running service.

    Attributes:
        name: the field of `ServiceSpec`, "image", "tags", or the name of a stack parameter.
        fields: fields of the spec with their new values. Default: none.
        new_image: whether the image's source changes. Default: False.
        tags: tags of every stack. Default: none.
        parameters: stack -> its parameters with their new values. Default: none.
        must_fail: whether it is a bad version, which has to be rolled back. Later changes do not build on it. Default:
            False.
    """

    name: str
    fields: Mapping[str, object] = field(default_factory=dict)
    new_image: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    must_fail: bool = False

    @property
    def value(self) -> str:
        """The new values in a few words."""
        if self.new_image:
            return "another source"
        pairs = {**self.fields, **self.tags, **{n: v for each in self.parameters.values() for n, v in each.items()}}
        return ", ".join(str(value) if name == self.name else f"{name}={value}" for name, value in pairs.items())


# A parameter that every account has after `cdk bootstrap`.
_BOOTSTRAP_VERSION = "arn:aws:ssm:us-east-1:000000000000:parameter/cdk-bootstrap/hnb659fds/version"

CHANGES: tuple[Change, ...] = (
    Change(name="port", fields={"port": 9090}),
    Change(name="health_path", fields={"health_path": "/readyz"}),
    Change(name="environment", fields={"environment": {"GREETING": "hello"}}),
    Change(name="trace_sampling_rate", fields={"trace_sampling_rate": 0.5}),
    Change(name="secrets", fields={"secrets": {"SETTING": _BOOTSTRAP_VERSION}}),
    Change(name="command", fields={"command": ["serve"]}),
    Change(name="health_command", fields={"health_command": ["python", "-m", "orders", "healthcheck"]}),
    Change(name="health_codes", fields={"health_codes": "200-404"}),
    Change(name="start_seconds", fields={"start_seconds": 30}),
    Change(name="writable_paths", fields={"writable_paths": []}),
    Change(name="memory_mib", fields={"memory_mib": 1024}),
    Change(name="cpu", fields={"cpu": 512}),
    Change(name="image", new_image=True),
    Change(name="target_cpu_percent", fields={"target_cpu_percent": 50}),
    Change(name="max_instances", fields={"max_instances": 20}),
    Change(name="min_instances", fields={"min_instances": 2}),
    Change(name="tags", tags={"team": "orders"}),
    Change(name="architecture", fields={"architecture": "arm64"}),
    Change(name="name", fields={"name": "orders-renamed"}),
    Change(name="exits-at-once", fields={"environment": {"LOG_LEVEL": "LOUD"}}, must_fail=True),
    Change(
        name="never-healthy",
        fields={"health_path": "/orders", "health_command": ["python", "-m", "orders", "healthcheck", "/orders"]},
        must_fail=True,
    ),
)
"""In the order of execution; each one builds on those before it. `memory_mib` comes before `cpu`: 512 MiB is too small
for half a vCPU on Fargate. The last ones are bad versions: the sample exits with an unknown log level, and `/orders`
responds with 401 without a token."""


def choose(names: Collection[str]) -> tuple[Change, ...]:
    """Return the changes with these names, in the order of execution. No names: all changes.

    Raises:
        ActionableError: there is no change of a given name.
    """
    allowed = [change.name for change in CHANGES]
    for name in names:
        if name not in allowed:
            cause = f"changes are {', '.join(allowed)}"
            raise ActionableError(f"there is no change {name!r}", cause, "use one of these names")
    return tuple(change for change in CHANGES if not names or change.name in names)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The app after some changes.

    Attributes:
        fields: changed fields of the spec. Default: none.
        new_image: whether the image's source has changed. Default: False.
        tags: tags of every stack. Default: none.
        parameters: stack -> changed parameters. Default: none.
    """

    fields: Mapping[str, object] = field(default_factory=dict)
    new_image: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def after(self, change: Change) -> Variant:
        """Return the app after one more change."""
        return Variant(
            fields={**self.fields, **change.fields},
            new_image=self.new_image or change.new_image,
            tags={**self.tags, **change.tags},
            parameters={**self.parameters, **change.parameters},
        )

    @property
    def context(self) -> dict[str, object]:
        """The CDK context of `app.py`."""
        return {"service": dict(self.fields)} if self.fields else {}

    def program(self, source: Path) -> tuple[str, ...]:
        """Return Python's arguments that run the app; `source` is the directory for a changed copy of the image."""
        return ("-c", _WITH_CHANGED_IMAGE, str(source)) if self.new_image else ("app.py",)

    @property
    def options(self) -> Sequence[str]:
        """Options of `cdk deploy`."""
        tags = [option for name, value in self.tags.items() for option in ("--tags", f"{name}={value}")]
        parameters = [
            option
            for stack, values in self.parameters.items()
            for name, value in values.items()
            for option in ("--parameters", f"{stack}:{name}={value}")
        ]
        return [*tags, *parameters]


BASELINE = Variant(fields={"min_instances": 1})
"""The app before the first change: with one replica, no other one hides a mistake."""
