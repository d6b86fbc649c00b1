"""The whole run with Docker; images that crash, tasks that fail, and containers that hang."""

import json
import shutil
import signal
import threading
import time

import docker
import pytest

from deployment.assembly import Assembly
from deployment.deployed_app import DeployedApp
from deployment.orders_client import client_for, wait_until_ready
from deployment.results import Outcome
from deployment.slowdown import slowdown
from local_aws import lifecycle
from local_aws.emulator.config import LABEL
from local_aws.emulator.services import EXECUTORS
from service import SPEC
from tests.integration.altered import altered_assembly, altered_release
from tests.integration.end_to_end import LocalRun, assert_everything_passed, assert_nothing_left

pytestmark = [pytest.mark.local_run, pytest.mark.container]
ENGINE = "docker"


@pytest.fixture(scope="module")
def engine() -> docker.DockerClient:
    client = docker.from_env()
    client.ping()
    return client


@pytest.fixture(scope="module")
def local(tmp_path_factory, engine) -> LocalRun:
    assert engine
    return LocalRun(tmp_path_factory.mktemp("containers"))


@pytest.fixture(scope="module")
def ended(local):
    return local.run("run", "--engine", ENGINE, "--requests", "50")


@pytest.fixture(scope="module")
def found(ended, local):
    assert ended.returncode is not None
    return local.results()


def objects(engine, local: LocalRun) -> list[str]:
    """Names of containers and networks in the engine with the label of this run."""
    everything = [*engine.containers.list(all=True, ignore_removed=True), *engine.networks.list()]
    return [one.name for one in everything if local.label in json.dumps(one.attrs)]


def test_everything_passes(ended, found, local):
    assert_everything_passed(ended, found, set(Assembly.load(local.directory / "cdk.out").targets))


def test_results_name_the_engine_and_the_image(found):
    assert {target.executed_by.split()[0] for target in found.targets.values()} == {ENGINE}
    assert found.image_digest.startswith("sha256:")


def test_results_name_the_emulated_services(found):
    assert found.targets["ecs-fargate"].executed_by.endswith("; the emulator's ECS")
    assert found.targets["ecs-fargate"].not_shown
    assert found.targets["ecs-express"].executed_by.endswith(f"; {executor('AWS::ECS::ExpressGatewayService')}")
    assert found.targets["ecs-managed-instances"].executed_by.endswith(f"; {executor('AWS::ECS::CapacityProvider')}")


def executor(resource_type: str) -> str:
    return EXECUTORS[resource_type][0]


def test_the_bundle_of_beanstalk_is_started_by_compose_where_it_is_installed(found):
    """`.ci/engine` installs it."""
    words = found.targets["beanstalk"].executed_by
    assert words.endswith(f"; {executor('AWS::ElasticBeanstalk::Environment')}")
    if shutil.which("docker-compose"):
        assert "; started by docker" in words


@pytest.mark.parametrize(
    "target",
    [
        "ecs-fargate",
        "ecs-express",
        "ecs-managed-instances",
        "eks-auto",
        "eks-fargate",
        "ec2-podman",
        "beanstalk",
        "app-runner",
    ],
)
def test_containers_run_as_the_template_says(found, target):
    """App Runner has no property for a read-only file system; its user is the image's."""
    assert len(found.targets[target].containers) == 2
    for container in found.targets[target].containers:
        assert container.user == "10001:10001"
        assert container.read_only is (target != "app-runner")
        assert container.cpus == 0.25
        assert container.memory_mib_limit == 512


@pytest.mark.usefixtures("ended")
def test_nothing_is_left(local, engine):
    assert_nothing_left(local)
    assert objects(engine, local) == []


@pytest.fixture(scope="module")
def kept(tmp_path_factory, engine):
    """A local environment that is up, for tests that break it one after the other; always stopped afterwards."""
    assert engine
    local = LocalRun(tmp_path_factory.mktemp("kept"))
    up = local.run("up", "--engine", ENGINE)
    yield local, up
    local.run("down")


def test_up_prints_curl_commands_that_work(kept):
    local, up = kept
    assert up.returncode == 0, up.stdout + up.stderr
    lines = [line.strip() for line in up.stdout.splitlines() if line.strip().startswith("curl ")]
    assert len(lines) == len(local.results().targets)
    for line in lines:
        assert json.loads(_shell(line))["status"] == "PLACED"


def _shell(line: str) -> str:
    import subprocess

    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=30).stdout


def test_logs_show_what_a_target_wrote(kept):
    local, _ = kept
    logs = local.run("logs", "ecs-fargate")
    assert logs.returncode == 0
    assert "/orders" in logs.stdout


def test_logs_of_an_unknown_target_name_the_known_ones(kept):
    local, _ = kept
    logs = local.run("logs", "ecs-fargat")
    assert logs.returncode == 1
    assert "ecs-fargate" in logs.stderr


def test_a_container_that_hangs_fails_its_target(kept, engine):
    local, _ = kept
    environment = lifecycle.load(local.directory)
    settled(environment)
    names = [container.name for container in environment.containers.describe() if container.is_serving]
    for name in names:
        engine.containers.get(name).pause()
    try:
        called = local.run("call", "--requests", "5", "--timeout", "6")
    finally:
        for name in names:
            _unpause(engine, name)
    assert called.returncode == 1
    target = local.results().targets["ecs-fargate"]
    assert target.outcome is Outcome.FAILED
    assert target.reason.startswith("health check: ")
    assert target.fix == "python -m local_aws logs ecs-fargate"
    assert local.results().targets["lambda"].outcome is Outcome.PASSED


def _unpause(engine, name: str) -> None:
    try:
        engine.containers.get(name).unpause()
    except docker.errors.APIError:
        return  # replaced meanwhile


def serving(environment) -> dict[str, list[str]]:
    """Stack -> IDs of the running containers of its service."""
    found: dict[str, list[str]] = {}
    for container in environment.containers.describe():
        if container.is_serving:
            found.setdefault(container.stack, []).append(container.id)
    return found


def settled(environment) -> dict[str, list[str]]:
    """The same, when each service has its number of containers: an earlier test may have replaced some."""
    started = time.monotonic()
    while {len(ids) for ids in serving(environment).values()} != {SPEC.min_instances}:
        assert time.monotonic() - started < 120 * slowdown(), serving(environment)
        time.sleep(1)
    return serving(environment)


def replaced(environment, before: dict[str, list[str]], gone: dict[str, str]) -> bool:
    now = serving(environment)
    return all(len(now.get(stack, [])) == len(ids) and gone[stack] not in now[stack] for stack, ids in before.items())


def targets_with_containers(local) -> set[str]:
    return {target.stack for target in local.results().targets.values() if target.stack != "OrdersOnLambda"}


@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_a_container_of_each_target_that_is_killed_or_hangs_is_replaced(kept, engine, fault):
    """A crash is detected at once; a process that hangs by three failed health checks in a row."""
    local, _ = kept
    environment = lifecycle.load(local.directory)
    before = settled(environment)
    assert before.keys() == targets_with_containers(local)
    killed = {stack: ids[0] for stack, ids in before.items()}
    try:
        for identifier in killed.values():
            getattr(engine.containers.get(identifier), fault)()
        started = time.monotonic()
        while not replaced(environment, before, killed):
            assert time.monotonic() - started < 120 * slowdown(), (serving(environment), killed)
            time.sleep(1)
    finally:
        if fault == "pause":
            for identifier in killed.values():
                _unpause(engine, identifier)


def test_all_other_targets_respond_while_one_is_down(kept, subtests):
    """Each target in turn: all its containers are killed, and the others still respond."""
    local, _ = kept
    environment = lifecycle.load(local.directory)
    app = DeployedApp.read(environment)
    token = app.api_token()
    clients = {name: client_for(app, name, token) for name in app.assembly.targets}
    for name in clients:
        with subtests.test(name):
            for container in environment.containers.describe(app.assembly.targets[name].stack):
                if container.status == "running":
                    environment.containers.kill(container)
            others = {
                other: client.http.get("/readyz").status_code for other, client in clients.items() if other != name
            }
            assert set(others.values()) == {200}, others
            assert wait_until_ready(clients[name], timeout_s=60, stopped=threading.Event().wait)[0] is not None
    for client in clients.values():
        client.http.close()


def test_a_task_that_exits_with_7_makes_the_workflow_fail(kept, tmp_path):
    local, _ = kept
    altered = altered_assembly(
        local.directory / "cdk.out", tmp_path / "cdk.out", "OrdersWorkflow", ["sh", "-c", "echo no luck; exit 7"]
    )
    deployed = local.run("deploy", "--assembly", str(altered))
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    called = local.run("call", "--requests", "5")
    assert called.returncode == 1
    workflow = local.results().workflow
    assert workflow.outcome is Outcome.FAILED
    assert workflow.cause.startswith("task container exited with 7")
    assert "no luck" in workflow.cause
    assert "no luck" in local.run("logs", "workflow").stdout
    assert {target.outcome for target in local.results().targets.values()} == {Outcome.PASSED}


def test_an_image_that_crashes_makes_its_target_fail(kept, tmp_path):
    local, _ = kept
    altered = altered_assembly(
        local.directory / "cdk.out", tmp_path / "cdk.out", "OrdersOnEcsFargate", ["sh", "-c", "echo no table; exit 1"]
    )
    deployed = local.run("deploy", "--assembly", str(altered))
    assert deployed.returncode == 1
    target = local.results().targets["ecs-fargate"]
    assert target.outcome is Outcome.FAILED
    assert "exited with 1" in target.cause
    assert "no table" in target.cause


def test_pods_that_never_get_ready_fail_their_release(kept, tmp_path):
    local, _ = kept
    altered = altered_release(local.directory / "cdk.out", tmp_path / "cdk.out", "OrdersOnEksAuto", waits=True)
    deployed = local.run("deploy", "--assembly", str(altered))
    assert deployed.returncode == 1
    target = local.results().targets["eks-auto"]
    assert target.outcome is Outcome.FAILED
    assert "Task failed startup health checks: GET /nope: 401" in target.cause


def test_down_leaves_nothing(kept, engine):
    local, _ = kept
    assert local.run("down").returncode == 0
    assert_nothing_left(local)
    assert objects(engine, local) == []
    assert local.run("status").returncode == 1


def test_an_image_that_cannot_be_built_fails_the_run_with_the_cause(tmp_path, engine):
    local = LocalRun(tmp_path)
    ended = local.run("run", "--engine", ENGINE, "--base-image", "does-not-exist:1")
    assert ended.returncode == 1
    deployment = local.results().deployment
    assert deployment.outcome is Outcome.FAILED
    command, error = deployment.cause.splitlines()
    assert command.endswith(f"{ENGINE} build … exited with 1")
    assert error in (local.directory / "deploy.log").read_text()
    assert str(local.directory / "deploy.log") in deployment.fix
    assert "cdk deploy failed" in ended.stdout
    assert_nothing_left(local)
    assert objects(engine, local) == []


@pytest.mark.usefixtures("ended")
def test_after_kill_9_the_next_run_works(tmp_path, engine, local):
    killed = LocalRun(tmp_path / "killed")
    assembly = ("--assembly", str(local.directory / "cdk.out"), "--engine", ENGINE)
    process = killed.start("run", *assembly)
    deadline = time.monotonic() + 90
    while not containers(engine, killed):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    first = containers(engine, killed)
    assert first, "containers must outlive the run in this test"
    again = killed.run("run", *assembly, "--requests", "5")
    assert_everything_passed(again, killed.results(), set(Assembly.load(local.directory / "cdk.out").targets))
    assert_nothing_left(killed)
    assert objects(engine, killed) == []


def containers(engine, local: LocalRun) -> list[str]:
    return [
        one.name
        for one in engine.containers.list(all=True, filters={"label": f"{LABEL}={local.label}"}, ignore_removed=True)
    ]
