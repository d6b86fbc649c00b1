"""The results file: written atomically, and rejected in another format."""

import json

import pytest

from deployment import results
from deployment.errors import ActionableError
from tests import example_results


def test_written_results_are_read_back_the_same(tmp_path):
    results.write(example_results.results(), tmp_path)
    assert results.read(tmp_path) == example_results.results()


def test_the_file_has_the_fields_that_readers_rely_on(tmp_path):
    data = json.loads(results.write(example_results.results(), tmp_path).read_text())
    assert {"schema", "environment", "engine", "image_digest", "targets", "workflow", "steps"} <= data.keys()
    assert {"outcome", "orders", "fulfilled", "rejected", "trace"} <= data["workflow"].keys()
    promised = "outcome reason stack url runs_as executed_by deploy_s healthy_s p50_ms p99_ms memory_mib"
    assert set(promised.split()) <= data["targets"]["ecs-fargate"].keys()
    assert data["targets"]["eks-auto"]["outcome"] == "not run"


def test_writing_leaves_only_the_file(tmp_path):
    results.write(example_results.results(), tmp_path)
    results.write(example_results.passed_results(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [results.FILE_NAME]


def test_a_failed_write_keeps_the_previous_file(tmp_path, monkeypatch):
    results.write(example_results.results(), tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        results.write(example_results.passed_results(), tmp_path)
    assert results.read(tmp_path) == example_results.results()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"schema": 99}, "schema 2"),
        ({"schema": 1, "deployment": {"outcome": "done"}}, "schema 2"),
        ({"seconds": "long"}, "Expected `float`"),
        ({"targets": {"lambda": {"outcome": "perhaps", "stack": "S", "construct": "C"}}}, "Invalid enum value"),
    ],
)
def test_a_file_in_another_format_is_rejected_with_the_cause(tmp_path, change, cause):
    path = results.write(example_results.results(), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ActionableError) as raised:
        results.read(tmp_path)
    assert cause in raised.value.cause
    assert raised.value.fix == "make demo"


def test_a_missing_file_is_an_error_with_a_fix(tmp_path):
    with pytest.raises(ActionableError, match="does not exist"):
        results.read(tmp_path)


def test_a_part_that_was_not_run_did_not_fail():
    assert example_results.results().failed()
    assert not example_results.passed_results().failed()
