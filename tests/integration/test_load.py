"""Orders while faults happen: none is lost, doubled or undone, and the stock is right."""

import pytest

from deployment.load import load_results as results
from deployment.load.load_results import LoadResults
from deployment.results import Outcome
from local_aws.load_faults import FAULTS
from tests.integration.end_to_end import LEFT, LocalRun

pytestmark = pytest.mark.local_run

ORDERS = 100
TARGETS = ("ecs-fargate", "eks-fargate", "lambda", "beanstalk")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalRun:
    return LocalRun(tmp_path_factory.mktemp("load"))


def load(local: LocalRun, engine: str, orders: int, *options: str) -> LoadResults:
    chosen = [word for target in TARGETS for word in ("--target", target)]
    ended = local.run("load", "--engine", engine, "--orders", str(orders), *chosen, *options)
    found = results.read(local.directory / results.FILE_NAME)
    assert (ended.returncode, found.problems()) == (0, []), ended.stdout + ended.stderr
    return found


@pytest.fixture(scope="module")
def found(local: LocalRun) -> LoadResults:
    return load(local, "processes", ORDERS)


def test_every_order_is_accepted_and_final(found: LoadResults):
    assert found.account.accepted == ORDERS
    assert sum(found.account.statuses.values()) == ORDERS
    assert found.account.statuses.keys() <= {"FULFILLED", "REJECTED", "CANCELLED"}
    # Two orders of each hundred get the scarce stock.
    assert found.account.statuses["REJECTED"] >= 18
    assert found.account.repeated >= ORDERS / 10


def test_no_order_is_lost_doubled_or_undone(found: LoadResults):
    assert found.account.findings == []


def test_every_fault_has_hit_something(found: LoadResults):
    assert {fault.name for fault in found.faults} == FAULTS.keys()
    assert min(fault.hits for fault in found.faults) > 0


def test_sigterm_loses_no_request(found: LoadResults):
    outcomes = {target.target: target.outcome for target in found.drained}
    assert outcomes.pop("lambda") is Outcome.NOT_RUN
    assert set(outcomes.values()) == {Outcome.PASSED}
    assert all(target.stopped == 2 and target.requests > 0 for target in found.drained if target.stopped)


def test_nothing_is_left(local: LocalRun, found: LoadResults):
    assert found.account.accepted
    assert local.processes() == []
    assert {name for name in local.files() if not name.endswith(".log")} <= (LEFT | {results.FILE_NAME}) - {
        "results.json"
    }


@pytest.mark.container
def test_containers_are_killed_and_restarted(tmp_path):
    """The emulator's restart removes real containers, and pulls the image again."""
    faults = ("kill-containers", "restart-emulator")
    options = [word for name in faults for word in ("--fault", name)]
    found = load(LocalRun(tmp_path), "docker", 60, "--no-drain", *options)
    assert [fault.name for fault in found.faults] == list(faults)
