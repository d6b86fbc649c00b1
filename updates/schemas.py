"""AWS's resource schemas, as far as they decide about updates; cfn-lint ships them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from updates.limits import CREATE_ONLY, UNIQUE, UPDATED_IN_PLACE

REGION = "us-east-1"
_PREFIX = "/properties/"


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The rules of one resource type.

    Property paths are relative to `Properties`, with "/" between names and "*" for every item of a list.

    Attributes:
        type: the resource type.
        create_only: property path -> why a change of it replaces the resource.
        read_only: property paths that AWS sets.
        unique: sets of property paths whose values identify one resource; AWS accepts no second one with the same.
        is_deleted_first: whether CloudFormation deletes a replaced resource before it creates the new one.
    """

    type: str
    create_only: Mapping[str, str]
    read_only: frozenset[str]
    unique: tuple[tuple[str, ...], ...]
    is_deleted_first: bool

    def replaces(self, path: str) -> bool:
        """Return whether a change at a property path, without the numbers of list items, replaces the resource."""
        return any(_covers(one, path) or _covers(path, one) for one in self.create_only)


@cache
def schema(type_: str) -> Schema:
    """Return the rules of a resource type; custom resources and unknown types have none."""
    found = _read(type_)
    conditional = set(_paths(found, "conditionalCreateOnlyProperties")) - UPDATED_IN_PLACE.get(type_, set())
    reasons = {
        **dict.fromkeys(conditional, "conditionalCreateOnlyProperties of the schema"),
        **dict.fromkeys(_paths(found, "createOnlyProperties"), "createOnlyProperties of the schema"),
        **CREATE_ONLY.get(type_, {}),
    }
    if found.get("tagging", {}).get("tagUpdatable") is False:
        tags = found["tagging"].get("tagProperty", "/properties/Tags").removeprefix(_PREFIX)
        if tags in reasons:
            reasons[tags] = "tagUpdatable of the schema is false"
    read_only = frozenset(_paths(found, "readOnlyProperties"))
    return Schema(
        type=type_,
        create_only=reasons,
        read_only=read_only,
        unique=tuple(_unique(type_, found, read_only)),
        is_deleted_first=found.get("replacementStrategy") == "delete_then_create",
    )


def is_known(type_: str) -> bool:
    """Return whether AWS has a schema of a type."""
    return bool(_read(type_))


def _unique(type_: str, found: Mapping[str, Any], read_only: frozenset[str]) -> Iterator[tuple[str, ...]]:
    candidates: list[Sequence[str]] = [found.get("primaryIdentifier", []), *found.get("additionalIdentifiers", [])]
    for candidate in candidates:
        paths = tuple(path.removeprefix(_PREFIX) for path in candidate)
        if paths and not set(paths) & read_only:
            yield paths
    yield from UNIQUE.get(type_, ())


def _paths(found: Mapping[str, Any], key: str) -> list[str]:
    return [path.removeprefix(_PREFIX) for path in found.get(key, [])]


def _covers(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}/")


@cache
def _read(type_: str) -> Mapping[str, Any]:
    if type_.startswith("Custom::"):
        return {}
    # Imported on first use: it takes half a second.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    try:
        found: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    except ResourceNotFoundError:
        return {}
    return found
