"""Every change of the running app, executed under load by `python -m local_aws updates`."""

import dataclasses
from collections.abc import Sequence

import pytest

from comparison.facts.failures import read_failures
from deployment import update_results
from deployment.changes import CHANGES
from deployment.results import Outcome
from deployment.update_results import Update, UpdateResults
from tests.integration.end_to_end import LocalRun, assert_nothing_left

pytestmark = pytest.mark.local_run

# Changes that start new replicas, and targets where they start none: AWS Lambda has no port, and derives its CPU from
# its memory; App Runner's health check belongs to the service.
IN_CONTAINERS = (
    *("ecs-fargate", "ecs-express", "ecs-managed-instances", "eks-auto", "eks-fargate"),
    *("app-runner", "beanstalk", "ec2-podman"),
)
NOT_RUN = ["architecture", "secrets"]
NEW_REPLICAS = {
    "port": {"lambda"},
    "health_path": {"lambda", "app-runner"},
    "environment": set(),
    "memory_mib": set(),
    "cpu": {"lambda"},
    "image": set(),
    "command": {"lambda"},
    "start_seconds": {"lambda", "app-runner"},
    "writable_paths": {"lambda", "app-runner"},
}


def execute(local: LocalRun, engine: str, *changes: str, targets: Sequence[str] = ()) -> UpdateResults:
    """Run the command; changes that failed by timeouts alone get a second attempt: other programs may use all CPUs."""
    of_targets = [option for target in targets for option in ("--target", target)]
    options = [*of_targets, *(option for name in changes for option in ("--change", name))]
    ended = local.run("updates", "--engine", engine, *options)
    found = update_results.read(local.directory)
    assert ended.returncode == found.failed(), ended.stdout + ended.stderr
    waited = [update.change for update in found.updates if update.failed() and only_timeouts(update)]
    if not waited:
        return found
    again = [*of_targets, *(option for name in waited for option in ("--change", name))]
    assert local.run("updates", "--engine", engine, *again).returncode in (0, 1)
    repeated = {update.change: update for update in update_results.read(local.directory).updates}
    return dataclasses.replace(found, updates=[repeated.get(one.change, one) for one in found.updates])


def only_timeouts(update: Update) -> bool:
    failed = [update.targets[name] for name in update.failed()]
    return all(target.losses and all(loss.is_timeout for loss in target.losses) for target in failed)


def assert_nothing_lost(update: Update) -> None:
    lost = {name: target.cause for name, target in update.targets.items() if target.outcome is Outcome.FAILED}
    assert not lost, f"{update.change}: {lost}"
    executed = [target for target in update.targets.values() if target.outcome is Outcome.PASSED]
    assert executed
    assert all(target.requests >= 20 for target in executed)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> LocalRun:
    return LocalRun(tmp_path_factory.mktemp("updates"))


@pytest.fixture(scope="module")
def found(local) -> dict[str, Update]:
    return {update.change: update for update in execute(local, "processes").updates}


@pytest.mark.parametrize("change", [change.name for change in CHANGES if change.name not in NOT_RUN])
def test_no_request_is_lost(found, change):
    assert_nothing_lost(found[change])


@pytest.mark.parametrize(("change", "without"), NEW_REPLICAS.items())
def test_a_changed_replica_is_a_new_one(found, change, without):
    """Otherwise nothing lost would mean nothing done."""
    replaced = {name for name, target in found[change].targets.items() if target.new_replicas}
    assert found[change].targets.keys() - replaced <= without


@pytest.mark.parametrize("change", [change.name for change in CHANGES if change.must_fail])
def test_a_bad_version_is_rolled_back_wherever_the_local_run_shows_it(found, change):
    failure = next(each for each in read_failures() if each.id == change)
    rolled_back = {name for name, target in found[change].targets.items() if target.rolled_back}
    assert rolled_back == failure.executed


def test_more_replicas_keep_the_running_one(found):
    """But on `eks-auto`: the only pod of a service has an annotation against its replacement."""
    new = {name: target.new_replicas for name, target in found["min_instances"].targets.items() if name != "lambda"}
    assert new.pop("eks-auto") == 2
    assert set(new.values()) == {1}


@pytest.mark.parametrize("change", NOT_RUN)
def test_what_one_machine_cannot_show_says_so(found, change):
    assert {target.outcome for target in found[change].targets.values()} == {Outcome.NOT_RUN}
    assert {target.reason for target in found[change].targets.values()} != {""}


@pytest.mark.usefixtures("found")
def test_nothing_is_left(local):
    (local.directory / update_results.FILE_NAME).unlink()
    assert_nothing_left(local)


@pytest.mark.container
def test_no_request_is_lost_with_containers(tmp_path):
    """But on `lambda`: a new version starts several containers at once, which take the CPUs from each other."""
    local = LocalRun(tmp_path)
    for update in execute(local, "docker", "port", "image", targets=IN_CONTAINERS).updates:
        assert_nothing_lost(update)
        assert all(target.new_replicas for name, target in update.targets.items() if name != "lambda")
