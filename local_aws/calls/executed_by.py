"""Who ran a target: the engine, and what stood in for parts of AWS that cannot be had here."""

from __future__ import annotations

import json
from collections.abc import Iterable

from local_aws.deploying.assembly import Assembly
from local_aws.emulator.config import LAUNCHER_LABEL
from local_aws.emulator.stand_ins import STAND_INS
from local_aws.facts import ContainerFact
from local_aws.results import Engine
from local_aws.running import Running


def executed_by(running: Running, stack: str, own: Iterable[ContainerFact]) -> str:
    """Name the engine, such as "docker 20.10", and after semicolons what stood in for resources of `stack`.

    `own` are the stack's containers: they know which tool started them, if it was not the engine itself.
    """
    engine = Engine(kind=running.engine.kind, version=running.engine.version).name
    tools = sorted({fact.labels[LAUNCHER_LABEL] for fact in own if LAUNCHER_LABEL in fact.labels})
    templates = [found.template for found in Assembly.load(running.assembly).stacks if found.name == stack]
    types = {made["Type"] for template in templates for made in json.loads(template.read_text())["Resources"].values()}
    stood_in = [words for kind, words in STAND_INS.items() if kind in types]
    return "; ".join([engine, *(f"started by {tool}" for tool in tools), *stood_in])
