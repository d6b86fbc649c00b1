"""The merge of three folders."""

import pytest

from vendoring.merge import merge

LINES = [f"line_{number} = 0" for number in range(30)]


def text(**changes: str) -> bytes:
    """Thirty lines, some of them changed: `line_3="…"`."""
    found = [changes.get(f"line_{number}", line) for number, line in enumerate(LINES)]
    return "\n".join([*found, ""]).encode()


BASE = {"__init__.py": b"", "spec.py": text(), "logs.py": b"one\ntwo\nthree\n"}


def test_changes_of_different_lines_are_merged() -> None:
    merged = merge(
        base=BASE,
        theirs={**BASE, "spec.py": text(line_3="release")},
        mine={**BASE, "spec.py": text(line_20="mine"), "own.py": b"own\n"},
    )
    assert not merged.conflicts
    assert merged.files == {**BASE, "spec.py": text(line_3="release", line_20="mine"), "own.py": b"own\n"}


def test_changes_of_the_same_line_are_a_conflict_with_markers() -> None:
    merged = merge(
        base=BASE, theirs={**BASE, "spec.py": text(line_3="release")}, mine={**BASE, "spec.py": text(line_3="mine")}
    )
    assert merged.conflicts == {"spec.py": "both changed the same lines"}
    lines = merged.files["spec.py"].decode().splitlines()
    start, middle, end = (next(n for n, line in enumerate(lines) if line.startswith(mark * 7)) for mark in "<=>")
    assert "mine" in lines[start:middle]
    assert "release" in lines[middle:end]
    assert merged.files["logs.py"] == BASE["logs.py"]


def test_an_edited_file_that_the_release_moved_keeps_its_edit() -> None:
    theirs = {name: content for name, content in BASE.items() if name != "spec.py"}
    merged = merge(
        base=BASE,
        theirs={**theirs, "ecs/spec.py": text(line_3="release")},
        mine={**BASE, "spec.py": text(line_20="mine")},
    )
    assert not merged.conflicts
    assert merged.files == {**theirs, "ecs/spec.py": text(line_3="release", line_20="mine")}


def test_an_edited_file_that_the_release_deleted_is_a_conflict() -> None:
    theirs = {name: content for name, content in BASE.items() if name != "spec.py"}
    merged = merge(base=BASE, theirs=theirs, mine={**BASE, "spec.py": text(line_20="mine")})
    assert merged.conflicts == {"spec.py": "you changed it, the release deleted or moved it"}


def test_a_file_that_was_not_copied_stays_left_out() -> None:
    mine = {name: content for name, content in BASE.items() if name != "logs.py"}
    merged = merge(base=BASE, theirs={**BASE, "logs.py": b"changed\n", "roles.py": b"new\n"}, mine=mine)
    assert not merged.conflicts
    assert merged.files == {**mine, "roles.py": b"new\n"}


def test_a_file_that_was_not_copied_is_added_when_a_file_that_was_copied_imports_it() -> None:
    """`ecs/fargate.py` was copied without `logs.py`, and imports it in the new release."""
    base = {**BASE, "ecs/__init__.py": b"", "ecs/fargate.py": b"from ..spec import port\n", "tracing.py": b"old\n"}
    mine = {name: base[name] for name in ("spec.py", "ecs/__init__.py", "ecs/fargate.py")}
    theirs = {**base, "ecs/fargate.py": b"from .. import logs\nfrom ..spec import port\n", "tracing.py": b"new\n"}
    merged = merge(base=base, theirs=theirs, mine=mine)
    assert not merged.conflicts
    assert merged.files == {name: theirs[name] for name in (*mine, "logs.py")}


def test_line_endings_of_windows_are_no_edit() -> None:
    mine = {name: content.replace(b"\n", b"\r\n") for name, content in BASE.items()}
    merged = merge(base=BASE, theirs={**BASE, "spec.py": text(line_3="release")}, mine=mine)
    assert not merged.conflicts
    assert merged.files["spec.py"] == text(line_3="release")


def test_settings_of_the_caller_do_not_reach_the_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a git hook, which runs with these variables."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert merge(base=BASE, theirs=BASE, mine=BASE).files == BASE
