"""The file of declared replacements."""

from pathlib import Path

import pytest

from deployment.errors import ActionableError
from updates.declared import read
from updates.findings import Kind

ENTRY = """
[[declared]]
targets = ["lambda"]
changes = ["tags"]
type = "AWS::Lambda::Url"
consequence = "Another URL."
way_around = "None."
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "declared.toml"
    file.write_text(text)
    return file


def test_an_entry_declares_a_replacement_by_any_property(tmp_path: Path) -> None:
    [found] = read(written(tmp_path, ENTRY))
    assert (found.targets, found.changes, found.kinds, found.property) == (
        ("lambda",),
        ("tags",),
        (Kind.REPLACEMENT,),
        "*",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace('type = "AWS::Lambda::Url"\n', ""), "it lacks type"),
        (ENTRY.replace('way_around = "None."', 'why_not = ""'), "it lacks way_around"),
        (f'{ENTRY}reason = ""', "it has reason"),
        (ENTRY.replace('["tags"]', '"tags"'), "changes is 'tags'"),
        (ENTRY.replace('["tags"]', "[]"), r"changes is \[\]"),
        (f'{ENTRY}kinds = ["outage"]', "kinds has outage"),
    ],
)
def test_an_invalid_entry_says_what_to_write(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ActionableError, match=f"(?s)entry 1 of declared.toml is invalid.*{message}.*fix"):
        read(written(tmp_path, text))


def test_an_unreadable_file_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match=r"git checkout declared\.toml"):
        read(written(tmp_path, "[[declared]"))


def test_every_entry_of_the_app_is_two_sentences() -> None:
    assert read()
    for entry in read():
        assert entry.consequence.endswith(".")
        assert entry.way_around.endswith(".")
