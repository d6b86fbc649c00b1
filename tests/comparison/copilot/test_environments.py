"""Overrides by Copilot's rules: maps merge, the rest is replaced, what excludes each other drops each other."""

import pytest

from copilot_import.environments import names, overridden
from copilot_import.interpolation import fill_in
from copilot_import.reading import parse
from copilot_import.tree import Fields, plain


def merged(base: str, override: str) -> object:
    tree = parse(f"{base}\nenvironments:\n  prod: {override}\n".encode(), "manifest.yml")
    assert isinstance(tree, Fields)
    return plain(overridden(tree, "prod"))


CASES = {
    "maps merge": ("a: {b: 1, c: 2}", "{a: {c: 3}}", {"a": {"b": "1", "c": "3"}}),
    "scalars are replaced": ("cpu: 256", "{cpu: 512}", {"cpu": "512"}),
    "lists are replaced": ("a: [1, 2]", "{a: [3]}", {"a": ["3"]}),
    "an empty list replaces": ("a: [1, 2]", "{a: []}", {"a": []}),
    "an empty map changes nothing": ("a: {b: 1}", "{a: {}}", {"a": {"b": "1"}}),
    "an empty value changes nothing": ("a: {b: 1}", "{a: }", {"a": {"b": "1"}}),
    "a number replaces a range": ("count: {range: 1-5, cpu_percentage: 50}", "{count: 3}", {"count": "3"}),
    "a range replaces a number": ("count: 3", "{count: {range: 1-5}}", {"count": {"range": "1-5"}}),
    "a range keeps what is beside it": (
        "count: {range: 1-5, cpu_percentage: 50}",
        "{count: {range: {min: 2, max: 3}}}",
        {"count": {"range": {"min": "2", "max": "3"}, "cpu_percentage": "50"}},
    ),
    "spot drops scaling": ("count: {range: 1-5, cpu_percentage: 50}", "{count: {spot: 2}}", {"count": {"spot": "2"}}),
    "scaling drops spot": ("count: {spot: 2}", "{count: {range: 1-5}}", {"count": {"range": "1-5"}}),
    "a location drops the build": (
        "image: {build: D, port: 1}",
        "{image: {location: x}}",
        {"image": {"port": "1", "location": "x"}},
    ),
    "a build drops the location": ("image: {location: x}", "{image: {build: D}}", {"image": {"build": "D"}}),
    "a managed volume drops one of your own": (
        "storage: {volumes: {v: {path: /v, efs: {id: fs-1}}}}",
        "{storage: {volumes: {v: {efs: {uid: 1, gid: 2}}}}}",
        {"storage": {"volumes": {"v": {"path": "/v", "efs": {"uid": "1", "gid": "2"}}}}},
    ),
    "http can be switched off": ("http: {path: /}", "{http: false}", {"http": "false"}),
    "a variable is replaced whole": (
        "variables: {A: {from_cfn: x}, B: b}",
        "{variables: {A: a}}",
        {"variables": {"A": "a", "B": "b"}},
    ),
    "a secret is replaced whole": (
        "secrets: {A: {secretsmanager: x}}",
        "{secrets: {A: {from_cfn: y}}}",
        {"secrets": {"A": {"from_cfn": "y"}}},
    ),
    "a variable can be emptied": ("variables: {A: a}", "{variables: {A: }}", {"variables": {"A": ""}}),
    "a service keeps its name": ("name: a", "{name: b, type: c}", {"name": "a"}),
}


@pytest.mark.parametrize(("base", "override", "expected"), CASES.values(), ids=CASES)
def test_overrides(base, override, expected):
    assert merged(base, override) == expected


def test_an_environment_that_is_not_named_changes_nothing():
    tree = parse(b"cpu: 1\nenvironments: {prod: {cpu: 2}, test: }", "manifest.yml")
    assert isinstance(tree, Fields)
    assert names(tree) == ("prod", "test")
    assert (
        plain(overridden(tree, "other"))
        == plain(overridden(tree, None))
        == plain(overridden(tree, "test"))
        == {"cpu": "1"}
    )


def test_variables_are_filled_in_and_the_missing_ones_named_with_their_lines():
    tree = parse(b"a: ${A}-${B}\nb: ['\\${A}', '$A', '${B}']\n${A}: 1\n", "manifest.yml")
    filled = fill_in(tree, {"A": "1"})
    assert plain(filled.tree) == {"a": "1-${B}", "b": ["${A}", "$A", "${B}"], "${A}": "1"}
    assert filled.missing == {"B": (1, 2)}
