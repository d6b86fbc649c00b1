"""Synthesis of a changed app in place of the deployed assembly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from deployment import cdk
from deployment.assembly import Assembly
from deployment.changes import Variant
from deployment.environment import Environment

_IMAGE_SOURCE = "changed-image"


def replace_assembly(
    environment: Environment,
    variant: Variant,
    *,
    base_image: str | None = None,
    variables: Mapping[str, str] = {},
) -> tuple[Assembly, set[str]]:
    """Synthesise beside the deployed assembly, replace it, and return it with the targets whose stacks differ.

    Args:
        environment: The environment whose assembly is replaced.
        variant: The app to synthesise.
        base_image: Base image of the service's image. Default: `BASE_IMAGE`, or the Dockerfile's own.
        variables: More environment variables for the app. Default: none.

    Raises:
        ActionableError: the app does not synthesise; the deployed assembly is then unchanged.
    """
    deployed, draft = environment.assembly, environment.assembly.with_name("cdk.out.next")
    source = environment.directory / _IMAGE_SOURCE
    shutil.rmtree(source, ignore_errors=True)
    try:
        after = cdk.synth(
            draft,
            context=variant.context,
            base_image=base_image,
            log=environment.directory / cdk.SYNTH_LOG,
            variables=variables,
            program=variant.program(source.resolve()),
        )
        changed = changed_targets(Assembly.load(deployed), after)
        shutil.rmtree(deployed)
        draft.rename(deployed)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(source, ignore_errors=True)
    return Assembly.load(deployed), changed


def changed_targets(before: Assembly, after: Assembly) -> set[str]:
    """Return the targets whose own stack differs between two assemblies."""
    old = {stack.name: _resources(stack.template) for stack in before.stacks}
    new = {stack.name: _resources(stack.template) for stack in after.stacks}
    return {name for name, target in after.targets.items() if old.get(target.stack) != new.get(target.stack)}


def _resources(template: Path) -> object:
    return json.loads(template.read_text()).get("Resources")
