"""The state file: always whole, on the disk, and readable by another process."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from deployment.errors import ActionableError
from deployment.results import Outcome
from sandbox import state
from sandbox.state import DrillRecord, StackRecord
from tests.unit.sandbox.fake_account import LIMIT, RUN, STARTED, new_file, new_state


def test_another_process_reads_what_was_saved(tmp_path: Path) -> None:
    file = new_file(tmp_path)
    file.add_stack("OrdersData", "id-1")
    result = DrillRecord(drill="D1", target="lambda", outcome=Outcome.PASSED, seconds=1.5, proven=("spans-arrive",))
    file.add_result(result)
    found = state.read(RUN, tmp_path).state
    assert found == file.state
    assert found.result_of("D1", "lambda") == result
    assert found.result_of("D3", "lambda") is None


def test_a_crash_while_it_is_written_leaves_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = new_file(tmp_path)

    def crash(_descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="full"):
        file.add_stack("OrdersData", "id-1")
    assert state.read(RUN, tmp_path).state.stacks == ()


def test_it_is_synced_before_it_replaces_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = new_file(tmp_path)
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def sync(descriptor: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{descriptor}")).name
        synced.append((name, bool(state.read(RUN, tmp_path).state.stacks)))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    file.add_stack("OrdersData", "id-1")
    assert synced == [("state.draft", False), (RUN, True)]


def test_existing_stacks_are_in_the_order_of_deployment(tmp_path: Path) -> None:
    file = new_file(tmp_path)
    for name in ("OrdersOnLambda", "OrdersRegistry", "OrdersData"):
        file.add_stack(name, f"id-{name}")
    file.mark_deleted("id-OrdersData")
    assert [stack.name for stack in file.state.existing] == ["OrdersRegistry", "OrdersOnLambda"]
    file.add_stack("OrdersRegistry", "id-OrdersRegistry")
    assert len(file.state.stacks) == 3


def test_a_stack_that_is_created_again_has_a_record_of_its_own(tmp_path: Path) -> None:
    file = new_file(tmp_path)
    file.add_stack("OrdersData", "id-1")
    file.mark_deleted("id-1")
    file.add_stack("OrdersData", "id-2")
    assert file.state.existing == [StackRecord(name="OrdersData", id="id-2")]


def test_the_id_of_a_run_is_new(tmp_path: Path) -> None:
    found = {state.new_directory(tmp_path) for _ in range(50)}
    assert len(found) == 50
    for path in found:
        assert path.is_dir()
        new_state(run=path.name)


def test_an_unknown_run_is_an_error_with_those_that_exist(tmp_path: Path) -> None:
    new_file(tmp_path)
    with pytest.raises(ActionableError) as caught:
        state.read("zzzz", tmp_path)
    assert RUN in caught.value.cause


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 2}'])
def test_a_file_of_another_form_is_an_error_with_its_path(tmp_path: Path, text: str) -> None:
    file = new_file(tmp_path)
    file.path.write_text(text)
    with pytest.raises(ActionableError) as caught:
        state.read(RUN, tmp_path)
    assert str(file.path) in caught.value.fix
    assert state.read_all(tmp_path) == []


def test_a_run_expires_at_its_limit() -> None:
    assert not new_state().has_expired(STARTED)
    assert new_state().has_expired(LIMIT)
    assert new_state().tags == {
        "containers-on-aws:sandbox-run": RUN,
        "containers-on-aws:sandbox-expires": "2026-11-29T16:00Z",
    }
    assert new_state(limit=LIMIT + timedelta(hours=1)).tags != new_state().tags
