"""What containers say about a target: pure functions over invented facts."""

import json
from dataclasses import replace

import pytest

from deployment.containers import ContainerState
from deployment.contract.behind import container_checks
from deployment.contract.diagnosis import LINE, excerpt, why_silent
from deployment.image import PushedImage
from deployment.results import Outcome

NEW, OLD = "sha256:new", "sha256:old"
PUSHED = PushedImage("sha256:manifest", frozenset({NEW, "sha256:manifest"}), frozenset({NEW, "sha256:manifest", OLD}))


def fact(**changes) -> ContainerState:
    known = {
        "id": "1",
        "name": "orders",
        "stack": "OrdersOnEcsFargate",
        "role": "service",
        "image": "orders:1",
        "image_digest": NEW,
        "user": "10001:10001",
        "read_only": True,
        "memory_mib_limit": 512,
        "cpus": 0.25,
        "status": "running",
        "exit_code": None,
        "oom_killed": False,
        "memory_mib_used": 58.0,
        "command": ("serve",),
    }
    return ContainerState(**known | changes)


def failed(*facts: ContainerState, image: PushedImage | None = PUSHED) -> list[str]:
    checks = container_checks(facts, facts, image)
    return [check.name for check in checks if check.outcome is Outcome.FAILED]


ENDED = {"status": "exited", "exit_code": 0}


@pytest.mark.parametrize(
    "facts",
    [
        [fact()],
        [fact(), fact(image_digest="new")],  # as Podman writes it
        [fact(image_digest="sha256:manifest")],  # as Docker's containerd store names it
        [fact(), fact(**ENDED, image_digest=OLD)],
        [fact(), fact(status="exited", exit_code=137)],
        [fact(), fact(role="task", status="exited", exit_code=7)],  # the workflow's business
    ],
)
def test_containers_that_are_as_they_should_be(facts):
    assert failed(*facts) == []


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        ([], "something runs"),
        ([fact(), fact(status="exited", exit_code=1)], "nothing died"),
        ([fact(user="")], "not as root"),
        ([fact(), fact(image_digest=OLD)], "one image"),
        ([fact(), fact(**ENDED, image_digest="sha256:never-pushed")], "one image"),
    ],
)
def test_each_fault_fails_its_own_check(facts, check):
    assert failed(*facts) == [check]


def test_an_image_that_the_registry_does_not_have_is_not_the_one_image():
    assert failed(fact(), image=PushedImage("")) == ["one image"]


def test_processes_have_neither_user_nor_image_of_their_own():
    checks = container_checks([fact(user="root")], [fact()], None)
    assert [check.outcome for check in checks[2:]] == [Outcome.NOT_RUN] * 2
    assert all(check.reason for check in checks[2:])


def test_a_silent_target_is_explained_by_its_exit_code_and_its_last_words():
    crashed = fact(status="exited", exit_code=1)
    line = json.dumps({"level": "ERROR", "message": "no table", "error": "Traceback\n  …\nKeyError: 'x'"})
    assert why_silent([crashed, crashed], [f"orders-1 | {line}"]) == (
        "its container exited with 1, twice\nno table: KeyError: 'x'"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('orders-1 | {"level": "ERROR", "message": "boom"}', "boom"),
        ("orders-1 | plain words", "plain words"),
        ('orders-1 | {"other": 1}', '{"other": 1}'),
        ("orders-1 | 7", "7"),
        ("x" * 200, "x" * (LINE - 1) + "…"),
    ],
)
def test_an_excerpt_is_one_line_with_the_message(line, said):
    assert excerpt(line) == said


def test_memory_that_ran_out_is_named():
    killed = replace(fact(), status="exited", exit_code=137, oom_killed=True)
    assert why_silent([killed], []) == "its container was killed at its memory limit (512 MiB)"
