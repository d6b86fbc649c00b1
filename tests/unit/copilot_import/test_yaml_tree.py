"""YAML with line numbers, and the errors for files that are not a manifest."""

import pytest

from copilot_import.yaml_tree import MAX_NODES, Node, parse, read
from deployment.errors import ActionableError


def tree(text: str) -> Node:
    root = parse(text.encode(), "manifest.yml")
    assert root.is_map
    return root


def test_values_keep_their_text():
    assert tree("a: 1.10\nb: yes\nc: 0123\non: {schedule: x}").plain == {
        "a": "1.10",
        "b": "yes",
        "c": "0123",
        "on": {"schedule": "x"},
    }


def test_the_line_of_a_field_is_the_line_of_its_name():
    assert tree("a: 1\nb:\n  - 2\n").find(("b",)).line == 2


def test_aliases_and_merges_are_resolved_and_explicit_fields_win():
    text = "base: &base {cpu: 1, memory: 2}\nmore: &more {cpu: 9, count: 3}\nall:\n  <<: [*base, *more]\n  memory: 5\n"
    assert tree(text).find(("all",)).plain == {"cpu": "1", "count": "3", "memory": "5"}


def test_only_the_first_document_is_read():
    assert tree("a: 1\n---\nb: 2\n").plain == {"a": "1"}


def test_leaves_are_scalars_and_lists_as_a_whole():
    assert [path for path, _ in tree("a:\nb: {}\nc: [{x: 1}]\nd: {e: 1}").leaves()] == [("a",), ("c",), ("d", "e")]


BROKEN = {
    "not YAML": ("name: a\n\timage: b", "line 2"),
    "an unquoted at sign": ("on:\n  schedule: @daily", "line 2, column 13"),
    "a duplicate field": ("cpu: 1\nname: a\ncpu: 2\n", "line 3: duplicate field 'cpu', first in line 1"),
    "a template": ("name: a\nimage:\n  {{.Image}}: b\n", "line 3: a field name is not text"),
    "a merge of a scalar": ("a: 1\n<<: text", "line 2: '<<' requires a map"),
    "empty": ("# empty\n", "it has no YAML document"),
    "a recursive alias": ("a: &a [*a]", "line 1: aliases repeat without bound"),
    "an unknown alias": ("a: *b", "line 1"),
}


@pytest.mark.parametrize(("text", "cause"), BROKEN.values(), ids=BROKEN)
def test_invalid_files_are_rejected_with_their_line(text, cause):
    with pytest.raises(ActionableError) as rejected:
        parse(text.encode(), "manifest.yml")
    assert "manifest.yml" in rejected.value.message
    assert cause in rejected.value.cause
    assert rejected.value.fix


def test_a_small_file_cannot_expand_without_bound():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
        f"{name}: &{name} [{', '.join([f'*{earlier}'] * 9)}]" for earlier, name in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(ActionableError, match="is too large"):
        parse(bomb.encode(), "manifest.yml")
    assert MAX_NODES < 9**7


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\xd8", b"name: \xff", b"name: \x07", b"a: " + b"[" * 5000],
    ids=["UTF-16", "Latin-1", "a bell", "levels"],
)
def test_binary_content_and_deep_nesting_are_rejected(content):
    with pytest.raises(ActionableError):
        parse(content, "manifest.yml")


def test_a_missing_file_is_rejected(tmp_path):
    with pytest.raises(ActionableError, match="cannot read"):
        read(tmp_path / "manifest.yml")
