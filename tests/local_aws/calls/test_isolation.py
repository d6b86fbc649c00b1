"""The verdict on targets that were asked while another one was dead."""

from deployment.contract.isolation import judge
from deployment.results import Outcome


def test_all_others_answered_and_it_came_back() -> None:
    seen = judge("ecs-fargate", 2, 4, [], 2.345)
    assert seen.outcome is Outcome.PASSED
    assert (seen.target, seen.killed, seen.others, seen.answered, seen.back_s) == ("ecs-fargate", 2, 4, 4, 2.35)
    assert (seen.reason, seen.cause, seen.fix) == ("", "", "")


def test_another_target_that_fails_meanwhile_depends_on_it() -> None:
    seen = judge("ecs-fargate", 2, 4, ["lambda", "beanstalk"], 2.0)
    assert seen.outcome is Outcome.FAILED
    assert seen.reason == "lambda, beanstalk failed while ecs-fargate was dead"
    assert seen.answered == 2
    assert seen.fix == "python -m local_aws logs lambda"


def test_a_target_that_stays_dead_was_not_replaced() -> None:
    seen = judge("ecs-fargate", 2, 4, [], None)
    assert seen.outcome is Outcome.FAILED
    assert seen.reason == "ecs-fargate did not come back within 60 s"
    assert seen.fix == "python -m local_aws logs ecs-fargate"
