"""The stacks that a deployment creates or updates, and what their templates contain."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from deployment.assembly import Assembly, Stack, Target
from deployment.cdk_arguments import CdkArguments
from deployment.errors import ActionableError
from deployment.template import Resource, TargetTemplates, Template, dependencies

_SUBSTITUTION = re.compile(r"\$\{([^}!]+)\}")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The stacks of one deployment.

    Attributes:
        selected: names or patterns as you wrote them; empty for all stacks.
        selectors: the same as the CDK CLI reads them: it selects stacks by construct path, which the names of the
            stacks of a `cdk.Stage` are not.
        rejected: stack that the app left out -> why its target rejects the service.
        stacks: the selected stacks and their dependencies, in deploy order; without them for `--exclusively`.
        templates: stack name -> template.
        directory: the cloud assembly.
        arguments: arguments of the CDK CLI that you pass.
    """

    selected: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)
    stacks: tuple[Stack, ...]
    templates: Mapping[str, Template]
    directory: Path = Path()
    arguments: CdkArguments = field(default_factory=CdkArguments)

    @classmethod
    def of(cls, assembly: Assembly, names: Sequence[str] = (), arguments: CdkArguments | None = None) -> Plan:
        """Select stacks of an assembly, and the stacks that they depend on.

        Args:
            assembly: The cloud assembly.
            names: Names of stacks, or patterns with `*` as the CDK CLI reads them. Default: all stacks.
            arguments: Arguments of the CDK CLI. Default: none.

        Raises:
            ActionableError: no stack has such a name.
        """
        available = [stack.name for stack in assembly.stacks]
        chosen: set[str] = set()
        selectors: list[str] = []
        for name in names:
            found = [each.name for each in assembly.stacks if _is_selected(each, name)]
            selectors += _selectors(assembly, name, found)
            rejected = [each for each in assembly.rejected if fnmatchcase(each, name)]
            if rejected and not found:
                raise ActionableError(
                    f"the app has left out the stack {rejected[0]}",
                    assembly.rejected[rejected[0]],
                    "change the service as it says, or deploy another target",
                )
            if not found:
                raise ActionableError(
                    f"there is no stack {name!r}", f"the app has {', '.join(available)}", "use one of these names"
                )
            chosen |= set(found)
            if arguments is None or not arguments.is_exclusive:
                chosen |= {other for each in found for other in dependencies(assembly, each)}
        stacks = tuple(stack for stack in assembly.stacks if stack.name in chosen or not names)
        return cls(
            selected=tuple(names),
            selectors=tuple(selectors),
            rejected=assembly.rejected,
            stacks=stacks,
            templates={stack.name: Template.load(stack) for stack in stacks},
            directory=assembly.path,
            arguments=arguments or CdkArguments(),
        )

    @property
    def names(self) -> list[str]:
        """Names of the stacks, in deploy order."""
        return [stack.name for stack in self.stacks]

    def resources(self, *types: str) -> list[Resource]:
        """Return the resources of these types in all stacks."""
        return [found for template in self.templates.values() for found in template.resources_of(*types)]

    def has(self, *types: str) -> bool:
        """Whether a stack has a resource of one of these types."""
        return bool(self.resources(*types))

    @property
    def types(self) -> list[str]:
        """All resource types of AWS, sorted."""
        found = {resource.type for template in self.templates.values() for resource in template.resources}
        return sorted(type_ for type_ in found if type_.startswith("AWS::"))

    def follow(self, resource: Resource, value: object) -> Resource | None:
        """Return the resource that a property value refers to; None if it is none of the plan."""
        return self._linked.follow(resource, value)

    @cached_property
    def _linked(self) -> TargetTemplates:
        return TargetTemplates(Target(id="", construct="", stack="", logical_ids=()), self.templates)

    def command(self, *arguments: str) -> str:
        """Return the command that deploys the same stacks with more arguments of the CDK CLI, after your own."""
        stacks = " ".join(self.selected) or "--all"
        stack = f"'{stacks}'" if " " in stacks or "*" in stacks else stacks
        words = " ".join((*self.arguments.words, *arguments))
        quote = "'" if '"' in words else '"'
        return f"make deploy STACK={stack}" + (f" ARGS={quote}{words}{quote}" if words else "")

    def parameter(self, stack: str, name: str, previous: Mapping[str, str]) -> str | None:
        """Return a parameter's value: the one that you pass, the one of the deployed stack, or the default."""
        default = self.templates[stack].content.get("Parameters", {}).get(name, {}).get("Default")
        passed = self.arguments.parameters
        for value in (passed.get(f"{stack}:{name}"), passed.get(name), previous.get(name), default):
            if value is not None:
                return str(value)
        return None


def evaluate(value: object, known: Mapping[str, str]) -> str | None:
    """Return the text of a value with functions; None if it depends on what AWS generates.

    Args:
        value: A property's value.
        known: Name of a parameter or pseudo parameter -> its value.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    [(function, argument)] = value.items()
    if function == "Ref":
        return known.get(argument)
    if function == "Fn::Join":
        parts = [evaluate(part, known) for part in argument[1]]
        return None if None in parts else str(argument[0]).join(part for part in parts if part is not None)
    if function == "Fn::Sub" and isinstance(argument, str):
        names: Collection[str] = _SUBSTITUTION.findall(argument)
        return _SUBSTITUTION.sub(lambda found: known[found[1]], argument) if set(names) <= known.keys() else None
    return None


def as_number(value: Any) -> float:
    """Return a number that a template has as text or number; 0 for anything else."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _is_selected(stack: Stack, name: str) -> bool:
    return fnmatchcase(stack.name, name) or fnmatchcase(stack.construct_path, name)


def _selectors(assembly: Assembly, name: str, found: Collection[str]) -> list[str]:
    paths = {stack.name: stack.construct_path or stack.name for stack in assembly.stacks}
    if all(fnmatchcase(paths[each], name) for each in found):
        return [name]
    return [paths[each] for each in found]
