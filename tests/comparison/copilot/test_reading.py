"""YAML as it was written, and what is refused before anything is imported."""

import pytest

from copilot_import.reading import MOST_NODES, parse, read
from copilot_import.tree import Fields, find, leaves, plain
from deployment.errors import ActionableError


def tree(text: str) -> Fields:
    made = parse(text.encode(), "manifest.yml")
    assert isinstance(made, Fields)
    return made


def test_values_stay_as_they_were_written():
    assert plain(tree("a: 1.10\nb: yes\nc: 0123\non: {schedule: x}")) == {
        "a": "1.10",
        "b": "yes",
        "c": "0123",
        "on": {"schedule": "x"},
    }


def test_a_field_stands_where_its_name_stands():
    assert find(tree("a: 1\nb:\n  - 2\n"), ("b",)).line == 2


def test_anchors_and_merges_are_written_out_and_what_is_said_wins():
    said = "base: &base {cpu: 1, memory: 2}\nmore: &more {cpu: 9, count: 3}\nall:\n  <<: [*base, *more]\n  memory: 5\n"
    assert plain(find(tree(said), ("all",))) == {"cpu": "1", "count": "3", "memory": "5"}


def test_only_the_first_document_counts():
    assert plain(tree("a: 1\n---\nb: 2\n")) == {"a": "1"}


def test_leaves_are_scalars_and_whole_lists():
    assert [path for path, _ in leaves(tree("a:\nb: {}\nc: [{x: 1}]\nd: {e: 1}"))] == [("a",), ("c",), ("d", "e")]


BROKEN = {
    "not YAML": ("name: a\n\timage: b", "line 2"),
    "an unquoted at sign": ("on:\n  schedule: @daily", "line 2, column 13"),
    "a name twice": ("cpu: 1\nname: a\ncpu: 2\n", "line 3: 'cpu' stands there again, after line 1"),
    "a template": ("name: a\nimage:\n  {{.Image}}: b\n", "line 3: a field's name is not text"),
    "a merge of nothing": ("a: 1\n<<: text", "line 2: '<<' takes a map"),
    "empty": ("# nothing\n", "it holds no YAML document"),
    "an anchor in itself": ("a: &a [*a]", "line 1: anchors repeat themselves"),
    "an unknown anchor": ("a: *b", "line 1"),
}


@pytest.mark.parametrize(("text", "cause"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused_with_their_line(text, cause):
    with pytest.raises(ActionableError) as refused:
        parse(text.encode(), "manifest.yml")
    assert "manifest.yml" in refused.value.message
    assert cause in refused.value.cause
    assert refused.value.fix


def test_a_small_file_cannot_become_endless():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
        f"{name}: &{name} [{', '.join([f'*{earlier}'] * 9)}]" for earlier, name in zip("abcdef", "bcdefg", strict=True)
    )
    with pytest.raises(ActionableError, match="never ends"):
        parse(bomb.encode(), "manifest.yml")
    assert MOST_NODES < 9**7


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\xd8", b"name: \xff", b"name: \x07", b"a: " + b"[" * 5000],
    ids=["UTF-16", "Latin-1", "a bell", "levels"],
)
def test_bytes_that_are_no_text_and_levels_without_end_are_refused(content):
    with pytest.raises(ActionableError):
        parse(content, "manifest.yml")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ActionableError, match="cannot be read"):
        read(tmp_path / "manifest.yml")
