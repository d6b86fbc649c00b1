"""Environment overrides and interpolation with Copilot's rules."""

import pytest

from copilot_import.overrides import environments, interpolate, with_overrides
from copilot_import.yaml_tree import parse


def merged(base: str, override: str) -> object:
    root = parse(f"{base}\nenvironments:\n  prod: {override}\n".encode(), "manifest.yml")
    assert root.is_map
    return with_overrides(root, "prod").plain


CASES = {
    "maps merge": ("a: {b: 1, c: 2}", "{a: {c: 3}}", {"a": {"b": "1", "c": "3"}}),
    "scalars are replaced": ("cpu: 256", "{cpu: 512}", {"cpu": "512"}),
    "lists are replaced": ("a: [1, 2]", "{a: [3]}", {"a": ["3"]}),
    "an empty list replaces": ("a: [1, 2]", "{a: []}", {"a": []}),
    "an empty map changes nothing": ("a: {b: 1}", "{a: {}}", {"a": {"b": "1"}}),
    "an empty value changes nothing": ("a: {b: 1}", "{a: }", {"a": {"b": "1"}}),
    "a number replaces a range": ("count: {range: 1-5, cpu_percentage: 50}", "{count: 3}", {"count": "3"}),
    "a range replaces a number": ("count: 3", "{count: {range: 1-5}}", {"count": {"range": "1-5"}}),
    "a range keeps the fields beside it": (
        "count: {range: 1-5, cpu_percentage: 50}",
        "{count: {range: {min: 2, max: 3}}}",
        {"count": {"range": {"min": "2", "max": "3"}, "cpu_percentage": "50"}},
    ),
    "spot removes scaling": ("count: {range: 1-5, cpu_percentage: 50}", "{count: {spot: 2}}", {"count": {"spot": "2"}}),
    "scaling removes spot": ("count: {spot: 2}", "{count: {range: 1-5}}", {"count": {"range": "1-5"}}),
    "a location removes the build": (
        "image: {build: D, port: 1}",
        "{image: {location: x}}",
        {"image": {"port": "1", "location": "x"}},
    ),
    "a build removes the location": ("image: {location: x}", "{image: {build: D}}", {"image": {"build": "D"}}),
    "a managed volume removes an existing file system": (
        "storage: {volumes: {v: {path: /v, efs: {id: fs-1}}}}",
        "{storage: {volumes: {v: {efs: {uid: 1, gid: 2}}}}}",
        {"storage": {"volumes": {"v": {"path": "/v", "efs": {"uid": "1", "gid": "2"}}}}},
    ),
    "http can be disabled": ("http: {path: /}", "{http: false}", {"http": "false"}),
    "a variable is replaced as a whole": (
        "variables: {A: {from_cfn: x}, B: b}",
        "{variables: {A: a}}",
        {"variables": {"A": "a", "B": "b"}},
    ),
    "a secret is replaced as a whole": (
        "secrets: {A: {secretsmanager: x}}",
        "{secrets: {A: {from_cfn: y}}}",
        {"secrets": {"A": {"from_cfn": "y"}}},
    ),
    "a variable can be set to an empty value": ("variables: {A: a}", "{variables: {A: }}", {"variables": {"A": ""}}),
    "the name and type of a service cannot be overridden": ("name: a", "{name: b, type: c}", {"name": "a"}),
}


@pytest.mark.parametrize(("base", "override", "expected"), CASES.values(), ids=CASES)
def test_overrides(base, override, expected):
    assert merged(base, override) == expected


def test_an_environment_without_overrides_changes_nothing():
    root = parse(b"cpu: 1\nenvironments: {prod: {cpu: 2}, test: }", "manifest.yml")
    assert root.is_map
    assert environments(root) == ("prod", "test")
    assert [with_overrides(root, name).plain for name in ("other", None, "test")] == [{"cpu": "1"}] * 3


def test_variables_are_interpolated_and_undefined_ones_are_listed_with_their_lines():
    root = parse(b"a: ${A}-${B}\nb: ['\\${A}', '$A', '${B}']\n${A}: 1\n", "manifest.yml")
    interpolated = interpolate(root, {"A": "1"})
    assert interpolated.root.plain == {"a": "1-${B}", "b": ["${A}", "$A", "${B}"], "${A}": "1"}
    assert interpolated.missing == {"B": (1, 2)}
