"""The app with a change: another spec, context, tags, or arguments of constructs; each variant is one synthesis.

All variants are synthesised in one process, because loading the CDK takes longer than a synthesis.
"""

import dataclasses
import functools
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk

import app as app_module
import microservice
from deployment.assembly import Assembly
from microservice import ServiceSpec, UnsupportedSpecError
from stacks.target_stack import TargetStack

Argument = Callable[[Any, Mapping[str, Any]], Any]
"""Makes an argument of a target's construct, from its parent and its other arguments."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to synthesise the app.

    Attributes:
        name: unique name.
        spec: the service.
        context: context values.
        arguments: target -> name of an argument of its construct -> how to make it.
        construct_id: ID of the targets' constructs. Default: that of their stacks.
        prepare: called with the app before it is synthesised.
        without: stacks of targets to leave empty. Default: none.
    """

    name: str
    spec: ServiceSpec
    context: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    arguments: Mapping[str, Mapping[str, Argument]] = dataclasses.field(default_factory=dict)
    construct_id: str | None = None
    prepare: Callable[[cdk.App], None] = lambda _: None
    without: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Synthesis:
    """A synthesised variant.

    Attributes:
        templates: stack -> template.
        targets: target -> its stack.
        rejected: stack of a target -> why the target rejects the variant.
        unsupported_fields: target -> field of the spec -> why it has no effect.
    """

    templates: Mapping[str, Mapping[str, Any]]
    targets: Mapping[str, str]
    rejected: Mapping[str, str]
    unsupported_fields: Mapping[str, Mapping[str, str]]


def constructs() -> Mapping[str, type[Any]]:
    """Return target -> class of its construct."""
    found = (getattr(microservice, name) for name in microservice.__all__)
    return {
        one.TARGET_ID: one for one in found if hasattr(one, "TARGET_ID") and not getattr(one, "_is_protocol", False)
    }


def base_context() -> dict[str, Any]:
    """Return the context in which the app has every target."""
    return {"app_runner": "true"}


def synthesise(variant: Variant) -> Synthesis:
    """Synthesise the app with a variant; a target that rejects it has an empty stack."""
    rejected: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="updates-") as directory, _patched(variant, rejected):
        app = app_module.new_app(directory)
        for key, value in {**base_context(), **variant.context}.items():
            app.node.set_context(key, value)
        app_module.add_stacks(app, variant.spec)
        variant.prepare(app)
        app.synth()
        assembly = Assembly.load(Path(directory))
        return Synthesis(
            templates={stack.name: json.loads(stack.template.read_text()) for stack in assembly.stacks},
            targets={target.id: target.stack for target in assembly.targets.values()},
            rejected=rejected,
            unsupported_fields={target.id: target.unsupported_fields for target in assembly.targets.values()},
        )


@contextmanager
def _patched(variant: Variant, rejected: dict[str, str]) -> Iterator[None]:
    """Let the constructs take the variant's arguments, and the stacks of targets survive a rejection."""
    originals: list[tuple[Any, str, Any]] = []

    def patch(holder: type[Any] | ModuleType, name: str, value: Any) -> None:
        originals.append((holder, name, getattr(holder, name)))
        setattr(holder, name, value)

    try:
        for name, found in vars(app_module).copy().items():
            if isinstance(found, type) and issubclass(found, TargetStack):
                patch(app_module, name, _empty_if_rejected(found, variant, rejected))
        for target, construct in constructs().items():
            patch(construct, "__init__", _with_arguments(construct.__init__, variant, target))
        yield
    finally:
        for holder, name, value in reversed(originals):
            setattr(holder, name, value)


def _empty_if_rejected(stack: type[Any], variant: Variant, rejected: dict[str, str]) -> Callable[..., Any]:
    def make(scope: Any, name: str, *args: Any, **options: Any) -> Any:
        if name in variant.without:
            return cdk.Stack(scope, name)
        try:
            return stack(scope, name, *args, **options)
        except (UnsupportedSpecError, ValueError) as error:
            # A fix may end with lines of code.
            rejected[name] = str(error).splitlines()[0]
            scope.node.try_remove_child(name)
            return cdk.Stack(scope, name)

    return make


def _with_arguments(original: Any, variant: Variant, target: str) -> Callable[..., None]:
    @functools.wraps(original)
    def make(self: Any, scope: Any, construct_id: str, **arguments: Any) -> None:
        made = {name: make(scope, arguments) for name, make in variant.arguments.get(target, {}).items()}
        original(self, scope, variant.construct_id or construct_id, **{**arguments, **made})

    return make
