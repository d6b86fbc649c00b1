"""Container checks and diagnosis: pure functions over container states."""

import json
from pathlib import Path
from typing import Any

import pytest

from deployment.assembly import Assembly, Target
from deployment.container_checks import container_checks, inspect_containers
from deployment.diagnosis import MAX_LINE, diagnose, excerpt
from deployment.image import PushedImage
from deployment.results import Outcome
from tests import example_results
from tests.unit.deployment.fake_environment import FakeEnvironment, container

NEW, OLD = "sha256:new", "sha256:old"
PUSHED = PushedImage("sha256:manifest", frozenset({NEW, "sha256:manifest"}), frozenset({NEW, "sha256:manifest", OLD}))


def failed(*containers: Any, image: PushedImage | None = PUSHED) -> list[str]:
    checks = container_checks(containers, containers, image)
    return [check.name for check in checks if check.outcome is Outcome.FAILED]


ENDED = {"status": "exited", "exit_code": 0}


@pytest.mark.parametrize(
    "containers",
    [
        [container()],
        [container(), container(image_digest="new")],  # as Podman writes it
        [container(image_digest="sha256:manifest")],  # as Docker's containerd store names it
        [container(), container(**ENDED, image_digest=OLD)],
        [container(), container(status="exited", exit_code=137)],
        [container(), container(role="task", status="exited", exit_code=7)],  # verified with the workflow
    ],
)
def test_containers_as_the_template_says_pass(containers):
    assert failed(*containers) == []


@pytest.mark.parametrize(
    ("containers", "check"),
    [
        ([], "a container runs"),
        ([container(), container(status="exited", exit_code=1)], "no container exited unexpectedly"),
        ([container(user="")], "containers do not run as root"),
        ([container(), container(image_digest=OLD)], "containers run the pushed image"),
        ([container(), container(**ENDED, image_digest="sha256:never-pushed")], "containers run the pushed image"),
    ],
)
def test_each_fault_fails_its_own_check(containers, check):
    assert failed(*containers) == [check]


def test_an_image_that_is_not_in_the_registry_fails():
    assert failed(container(), image=PushedImage("")) == ["containers run the pushed image"]


def test_user_and_image_of_processes_are_not_checked():
    checks = container_checks([container(user="root")], [container()], None)
    assert [check.outcome for check in checks[2:]] == [Outcome.NOT_RUN] * 2
    assert all(check.reason for check in checks[2:])


def test_an_unresponsive_target_is_explained_by_its_exit_code_and_its_log():
    crashed = container(status="exited", exit_code=1)
    line = json.dumps({"level": "ERROR", "message": "no table", "error": "Traceback\n  …\nKeyError: 'x'"})
    assert diagnose([crashed, crashed], [f"orders-1 | {line}"]) == (
        "its container exited with 1, twice\nno table: KeyError: 'x'"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('orders-1 | {"level": "ERROR", "message": "boom"}', "boom"),
        ("orders-1 | plain words", "plain words"),
        ('orders-1 | {"other": 1}', '{"other": 1}'),
        ("orders-1 | 7", "7"),
        ("x" * 200, "x" * (MAX_LINE - 1) + "…"),
    ],
)
def test_an_excerpt_is_one_line_with_the_message(line, message):
    assert excerpt(line) == message


def test_a_container_at_its_memory_limit_is_named():
    killed = container(status="exited", exit_code=137, oom_killed=True)
    assert diagnose([killed], []) == "its container was killed at its memory limit (512 MiB)"


def test_without_containers_to_inspect_the_checks_are_not_run_and_say_why():
    environment = FakeEnvironment(containers=None)
    target = Target(id="lambda", construct="LambdaMicroservice", stack="OrdersOnLambda", logical_ids=())
    assembly = Assembly(path=Path(), stacks=(), targets={"lambda": target})
    found = inspect_containers(environment, assembly, {"lambda": example_results.passed()})["lambda"]
    added = found.checks[len(example_results.passed().checks) :]
    assert [check.outcome for check in added] == [Outcome.NOT_RUN] * 4
    assert {check.reason for check in added} == {"containers cannot be inspected in the environment 'fake'"}
    assert (found.outcome, found.executed_by, found.containers) == (
        Outcome.PASSED,
        "AWS",
        example_results.passed().containers,
    )
