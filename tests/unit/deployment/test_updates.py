"""Changes, verdicts and results of updates under load."""

import dataclasses
import json
from pathlib import Path

import pytest

from deployment import resynthesis, update_results
from deployment.assembly import Assembly, Stack, Target
from deployment.changes import BASELINE, CHANGES, Variant, choose
from deployment.console import make_console, show
from deployment.errors import ActionableError
from deployment.prober import Loss, Tally
from deployment.results import Engine, Outcome
from deployment.update_report import report
from deployment.update_results import TargetUpdate, Update, UpdateResults
from deployment.updates import judge, not_run
from microservice import ServiceSpec

SERVED = Tally(requests=100, slowest_ms=12.5)
LOSS = Loss(reason="GET /livez on a new connection: 503", requests=3, first_s=1.5, last_s=4.0)
LOST = Tally(requests=100, lost=3, slowest_ms=12.5, losses=(LOSS,))


def verdict(counted: Tally, **other) -> TargetUpdate:
    known = {"template_changed": True, "failure": "", "new_replicas": 2, "deploy_s": 3.0}
    return judge(counted, **(known | other))


def test_every_field_of_the_spec_is_changed_once_to_another_valid_value():
    good = [change for change in CHANGES if not change.must_fail]
    changed = [name for change in good for name in change.fields]
    assert sorted(changed) == sorted(field.name for field in dataclasses.fields(ServiceSpec))
    spec = ServiceSpec(name="orders", **BASELINE.fields)
    for change in good:
        changed_spec = dataclasses.replace(spec, **change.fields)
        assert changed_spec == spec if not change.fields else changed_spec != spec
        spec = changed_spec


def test_changes_are_chosen_by_name_and_keep_their_order():
    assert [change.name for change in choose(("cpu", "port"))] == ["port", "cpu"]
    assert choose(()) == CHANGES
    with pytest.raises(ActionableError, match="there is no change 'colour'") as raised:
        choose(("colour",))
    assert "port, health_path" in raised.value.cause


def test_a_variant_accumulates_changes():
    variant = Variant()
    for change in choose(("port", "environment", "tags", "image")):
        variant = variant.after(change)
    assert variant.context == {"service": {"port": 9090, "environment": {"GREETING": "hello"}}}
    assert variant.options == ["--tags", "team=orders"]
    assert variant.program(Path("copy"))[0] == "-c"
    assert Variant().program(Path("copy")) == ("app.py",)
    assert Variant().context == {}
    assert Variant(parameters={"Stack": {"Version": "2"}}).options == ["--parameters", "Stack:Version=2"]


def test_no_lost_request_passes():
    found = verdict(SERVED)
    assert (found.outcome, found.requests, found.lost, found.deploy_s) == (Outcome.PASSED, 100, 0, 3.0)


def test_one_lost_request_fails_with_its_time_and_reason():
    found = verdict(LOST)
    assert found.outcome is Outcome.FAILED
    assert found.reason == "3 of 100 requests were lost, expected 0"
    assert found.cause == "3×, 1.5 to 4.0 s after the start: GET /livez on a new connection: 503"


def test_only_timeouts_get_the_hint_about_other_programs():
    waited = dataclasses.replace(LOSS, is_timeout=True)
    assert verdict(dataclasses.replace(LOST, losses=(waited,)), hint="wait").fix == "wait"
    assert verdict(dataclasses.replace(LOST, losses=(waited, LOSS)), hint="wait").fix == ""


def test_a_change_that_was_not_deployed_fails_though_nothing_was_lost():
    found = verdict(SERVED, failure="Group: no such image")
    assert (found.outcome, found.cause) == (Outcome.FAILED, "Group: no such image")


def test_a_bad_version_passes_if_it_is_rolled_back_and_fails_if_it_is_deployed():
    bad = {"failure": "tasks exit", "must_fail": True}
    rolled_back = verdict(SERVED, **bad, status="UPDATE_ROLLBACK_COMPLETE")
    assert (rolled_back.outcome, rolled_back.rolled_back) == (Outcome.PASSED, True)
    deployed = verdict(SERVED, must_fail=True)
    assert (deployed.outcome, deployed.rolled_back) == (Outcome.FAILED, False)
    assert deployed.reason == "the bad version was deployed"
    broken = verdict(SERVED, **bad, status="UPDATE_COMPLETE")
    assert (broken.outcome, broken.reason) == (Outcome.FAILED, "not rolled back: the stack is UPDATE_COMPLETE")
    lost = verdict(LOST, **bad, status="UPDATE_ROLLBACK_COMPLETE")
    assert lost.outcome is Outcome.FAILED
    assert "3 of 100 requests were lost" in lost.reason


def test_a_prober_that_sent_nothing_proves_nothing():
    assert verdict(Tally()).outcome is Outcome.FAILED


def test_an_unchanged_stack_has_no_duration():
    assert verdict(SERVED, template_changed=False).deploy_s is None


def assembly(directory: Path, **templates: object) -> Assembly:
    directory.mkdir()
    stacks = []
    for name, resources in templates.items():
        path = directory / f"{name}.json"
        path.write_text(json.dumps({"Resources": resources, "Metadata": str(directory)}))
        stacks.append(Stack(name=name, template=path, resources=1, depends_on=()))
    targets = {name.lower(): Target(id=name.lower(), construct=name, stack=name, logical_ids=()) for name in templates}
    return Assembly(path=directory, stacks=tuple(stacks), targets=targets)


def test_only_targets_with_other_resources_are_updated(tmp_path):
    before = assembly(tmp_path / "before", Ecs={"Port": 1}, Lambda={"Port": 1})
    after = assembly(tmp_path / "after", Ecs={"Port": 2}, Lambda={"Port": 1})
    assert resynthesis.changed_targets(before, after) == {"ecs"}


@pytest.fixture
def results() -> UpdateResults:
    port = Update(change="port", value="9090", seconds=20.5, targets={"ecs": verdict(SERVED), "ec2": verdict(LOST)})
    other = Update(change="architecture", value="arm64", targets=dict.fromkeys(["ecs", "ec2"], not_run("one CPU")))
    cpu = Update(change="cpu", value="512", seconds=9.0, targets={"ecs": verdict(SERVED), "ec2": not_run("no CPU")})
    engine = Engine(kind="docker", version="20.10", detail="")
    return UpdateResults(
        environment="local", started_at="2026-11-28T12:00:00", engine=engine, updates=[port, other, cpu], seconds=33.0
    )


def test_results_survive_the_file(results, tmp_path):
    path = update_results.write(results, tmp_path)
    assert path.name == "updates.json"
    read = update_results.read(tmp_path)
    assert read == dataclasses.replace(results, updates=list(results.updates))
    assert read.failed()


def test_a_missing_or_broken_file_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(ActionableError, match="does not exist") as raised:
        update_results.read(tmp_path)
    assert raised.value.fix == "execute the changes again"
    (tmp_path / "updates.json").write_text("{}")
    with pytest.raises(ActionableError, match="cannot be read"):
        update_results.read(tmp_path)


def test_only_failed_updates_fail(results):
    assert not dataclasses.replace(results, updates=results.updates[1:]).failed()
    assert results.updates[0].failed() == ["ec2"]
    assert (results.updates[0].requests, results.updates[0].lost) == (200, 3)


def test_the_report_shows_changes_totals_reasons_and_failures(results, capsys):
    show(make_console(), report(results))
    text = capsys.readouterr().out
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "✘ port 9090 2 of 2 200 3 12 ms 20.5s" in rows
    assert "– architecture arm64 – – – – –" in rows
    assert "✔ cpu 512 1 of 1 100 0 12 ms 9.0s" in rows
    assert "2 changes, 300 requests, 3 lost, 33.0s" in rows
    assert "not run: architecture on all targets: one CPU" in rows
    assert "not run: cpu on ec2: no CPU" in rows
    assert "✘ port on ec2: 3 of 100 requests were lost, expected 0" in rows
