"""Who ran a target, and what of AWS nobody showed: the engine, the emulator, and what stood in for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable

from deployment.assembly import Assembly
from deployment.results import Engine
from local_aws.emulator.config import LAUNCHER_LABEL
from local_aws.emulator.services import EXECUTORS, Executor
from local_aws.environment import LocalEnvironment
from local_aws.facts import ContainerState


def executed_by(running: LocalEnvironment, stack: str, own: Iterable[ContainerState]) -> tuple[str, str]:
    """Name who ran resources of `stack`, and what of AWS that does not show.

    The first is the engine, such as "docker 20.10", and after semicolons the tool that started its containers, the
    emulator, or what stood in for it. `own` are the stack's containers: they know which tool started them.
    """
    engine = Engine(kind=running.engine.kind, version=running.engine.version).name
    tools = sorted({fact.labels[LAUNCHER_LABEL] for fact in own if LAUNCHER_LABEL in fact.labels})
    executors = _executors(running, stack)
    words = [engine, *(f"started by {tool}" for tool in tools), *(executor.name for executor in executors)]
    return "; ".join(words), "; ".join(executor.not_shown for executor in executors)


def _executors(running: LocalEnvironment, stack: str) -> list[Executor]:
    templates = [found.template for found in Assembly.load(running.assembly).stacks if found.name == stack]
    types = {made["Type"] for template in templates for made in json.loads(template.read_text())["Resources"].values()}
    return [executor for kind, executor in EXECUTORS.items() if kind in types]
