"""The file of a run: whole or not at all, and refused when it is not what it should be."""

import json

import pytest

from deployment import results
from deployment.errors import ActionableError
from tests.local_aws import invented


def test_what_was_written_is_read_back_the_same(tmp_path):
    results.write(invented.results(), tmp_path)
    assert results.read(tmp_path) == invented.results()


def test_the_file_has_the_fields_that_readers_rely_on(tmp_path):
    data = json.loads(results.write(invented.results(), tmp_path).read_text())
    assert {"schema", "engine", "image_digest", "targets", "workflow", "steps"} <= data.keys()
    assert {"outcome", "orders", "fulfilled", "rejected", "trace"} <= data["workflow"].keys()
    promised = "outcome reason stack url runs_as executed_by deploy_s healthy_s p50_ms p99_ms memory_mib"
    assert set(promised.split()) <= data["targets"]["ecs-fargate"].keys()
    assert data["targets"]["eks-auto"]["outcome"] == "not run"


def test_nothing_but_the_file_is_left(tmp_path):
    results.write(invented.results(), tmp_path)
    results.write(invented.good_results(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [results.FILE_NAME]


def test_a_failed_write_keeps_the_file_before(tmp_path, monkeypatch):
    results.write(invented.results(), tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        results.write(invented.good_results(), tmp_path)
    assert results.read(tmp_path) == invented.results()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schema": 99}, "schema 1"),
        ({"seconds": "long"}, "Expected `float`"),
        ({"targets": {"lambda": {"outcome": "perhaps", "stack": "S", "construct": "C"}}}, "Invalid enum value"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_fault(tmp_path, change, cause):
    path = results.write(invented.results(), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ActionableError) as refused:
        results.read(tmp_path)
    assert cause in refused.value.cause
    assert refused.value.fix == "python -m local_aws run"


def test_no_file_is_an_error_that_says_how_to_get_one(tmp_path):
    with pytest.raises(ActionableError, match="does not exist"):
        results.read(tmp_path)


def test_what_was_not_run_did_not_fail():
    assert invented.results().failed()
    assert not invented.good_results().failed()
