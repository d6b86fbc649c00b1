"""Templates with their intrinsic functions resolved to plain data, so that two of them can be compared.

A reference to a resource becomes text such as `${OrdersNetwork.Vpc8378EB38.Ref}`, also across stacks. If the update
changes the referenced value, the text ends with `!`: it then differs from the text before.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]
Attribute = tuple[str, str, str]
"""Stack, logical ID, and attribute; `Ref` for the value of `Ref`."""

_NO_VALUE = "AWS::NoValue"
_SUB = re.compile(r"\$\{([^}!]+)\}")
_TOKEN = re.compile(r"\$\{([\w-]+)\.(\w+)\.([\w.]+)(!?)\}")
_MISSING = object()


@dataclass(frozen=True)
class App:
    """The templates of an app.

    Attributes:
        templates: stack -> template.
        parameters: stack -> parameter -> value. Default: the templates' defaults.
    """

    templates: Mapping[str, Template]
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def resources(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield stack, logical ID and resource."""
        for stack, template in self.templates.items():
            for logical_id, resource in template.get("Resources", {}).items():
                yield stack, logical_id, resource

    def exports(self) -> Mapping[str, tuple[str, Any]]:
        """Return name of an export -> its stack, and its unresolved value."""
        return {
            str(output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }


class Resolver:
    """Resolves the intrinsic functions of an app's templates.

    Args:
        app: the app.
        is_changed: whether the update changes an attribute. Default: none changes.
    """

    def __init__(self, app: App, is_changed: Callable[[Attribute], bool] = lambda _: False) -> None:
        self._app = app
        self._exports = app.exports()
        self._is_changed = is_changed

    def properties(self, stack: str, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a resource."""
        found: dict[str, Any] = self.resolve(stack, resource.get("Properties", {}))
        return found

    def export(self, name: str) -> Any:
        """Return the value of an export; None if there is none of that name."""
        stack, value = self._exports.get(name, ("", None))
        return self.resolve(stack, value) if stack else None

    def exists(self, stack: str, resource: Mapping[str, Any]) -> bool:
        """Return whether the resource's condition holds, as far as it can be known."""
        return "Condition" not in resource or self._condition(stack, {"Condition": resource["Condition"]}) is not False

    def resolve(self, stack: str, value: Any) -> Any:
        """Return a value of a template as plain data."""
        found = self._resolve(stack, value)
        return None if found is _MISSING else found

    def _resolve(self, stack: str, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in (self._resolve(stack, item) for item in value) if one is not _MISSING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._ref(stack, argument)
            if name.startswith("Fn::"):
                return self._function(stack, name.removeprefix("Fn::"), argument)
        pairs = ((key, self._resolve(stack, item)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not _MISSING}

    def _ref(self, stack: str, name: str) -> Any:
        if name == _NO_VALUE:
            return _MISSING
        parameters = self._app.templates[stack].get("Parameters", {})
        if name in parameters:
            given = self._app.parameters.get(stack, {}).get(name, parameters[name].get("Default", f"${{{name}}}"))
            return f"${{ssm:{given}}}" if parameters[name]["Type"].startswith("AWS::SSM::Parameter") else given
        return f"${{{name}}}" if name.startswith("AWS::") else self._attribute(stack, name, "Ref")

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        mark = "!" if self._is_changed((stack, logical_id, attribute)) else ""
        return f"${{{stack}.{logical_id}.{attribute}{mark}}}"

    def _function(self, stack: str, name: str, argument: Any) -> Any:
        if name == "If":
            return self._if(stack, argument)
        if name == "Sub":
            return self._sub(stack, argument)
        if name == "GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self._attribute(stack, logical_id, str(self._resolve(stack, attribute)))
        resolved = self._resolve(stack, argument)
        if name == "ImportValue":
            return self.export(resolved) if resolved in self._exports else f"${{import:{resolved}}}"
        if name == "Join" and isinstance(resolved[1], list):
            return str(resolved[0]).join(map(_text, resolved[1]))
        if name == "FindInMap":
            return self._find_in_map(stack, resolved)
        return {f"Fn::{name}": resolved}

    def _if(self, stack: str, argument: list[Any]) -> Any:
        condition, one, other = argument
        holds = self._condition(stack, {"Condition": condition})
        if holds is None:
            return {"Fn::If": [condition, self.resolve(stack, one), self.resolve(stack, other)]}
        return self._resolve(stack, one if holds else other)

    def _sub(self, stack: str, argument: str | list[Any]) -> str:
        text, values = (argument, {}) if isinstance(argument, str) else argument

        def substitute(found: re.Match[str]) -> str:
            name = found[1]
            if name in values:
                return _text(self._resolve(stack, values[name]))
            logical_id, _, attribute = name.partition(".")
            return self._attribute(stack, logical_id, attribute) if attribute else _text(self._ref(stack, name))

        return _SUB.sub(substitute, text)

    def _find_in_map(self, stack: str, keys: list[Any]) -> Any:
        found: Any = self._app.templates[stack].get("Mappings", {})
        for key in keys[:3]:
            if not isinstance(key, str) or key not in found:
                return {"Fn::FindInMap": keys}
            found = found[key]
        return found

    def _condition(self, stack: str, value: Mapping[str, Any]) -> bool | None:
        """Return whether a condition holds; None if only AWS knows."""
        [(name, argument)] = value.items()
        if name == "Condition":
            return self._condition(stack, self._app.templates[stack]["Conditions"][argument])
        if name == "Fn::Equals":
            one, other = (self.resolve(stack, item) for item in argument)
            return (
                True
                if one == other
                else None
                if _TOKEN.search(_text([one, other])) or "${" in _text([one, other])
                else False
            )
        found = [self._condition(stack, item) for item in argument]
        if name == "Fn::Not":
            return None if found[0] is None else not found[0]
        decisive = name == "Fn::Or"
        return decisive if decisive in found else None if None in found else not decisive


def references(value: Any) -> list[Attribute]:
    """Return the attributes of resources that a resolved value refers to."""
    return [(found[1], found[2], found[3]) for found in _TOKEN.finditer(_text(value))]


def changed_references(value: Any) -> list[Attribute]:
    """Return those attributes in a resolved value that the update changes."""
    return [(found[1], found[2], found[3]) for found in _TOKEN.finditer(_text(value)) if found[4]]


def imports(value: Any) -> Iterator[str]:
    """Yield the names of the exports that a template imports."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Fn::ImportValue" and isinstance(item, str):
                yield item
            else:
                yield from imports(item)
    elif isinstance(value, list):
        for item in value:
            yield from imports(item)


def unmarked(value: str) -> str:
    """Return a resolved text without the marks of changed attributes."""
    return _TOKEN.sub(lambda found: found.group().replace("!}", "}"), value)


def _text(value: Any) -> str:
    """A resolved value as text; without double quotes, because it may be a part of JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True).replace('"', "'")
