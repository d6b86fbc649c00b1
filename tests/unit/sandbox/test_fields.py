"""D9: the changes that a target deploys without a replacement, and only 200s meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deployment.errors import ActionableError
from deployment.prober import Response, Tally
from deployment.results import Outcome
from deployment.target_ids import documented_targets
from sandbox.drill import DeployResult
from sandbox.drills import fields, probing
from sandbox.drills.fields import Changed, Facts
from tests.unit.sandbox.drill_contexts import Drilled, drilled

DEPLOYED = DeployResult(status="UPDATE_COMPLETE", seconds=60)
FAILED = DeployResult(status="UPDATE_ROLLBACK_COMPLETE", seconds=60)


def response(status: int | None = 200, **changes: Any) -> Response:
    values = {"sent_s": 0.0, "path": "/livez", "new_connection": False, "error": "", "duration_s": 0.1, **changes}
    return Response(status=status, **values)


def changed(name: str = "port", result: DeployResult | None = DEPLOYED, **changes: Any) -> Changed:
    return Changed(name=name, result=result, **{"requests": 50, **changes})


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> list[Response]:
    found = [response()]

    class FakeProber:
        seconds, lost = 0.0, 0

        def tally(self, _target: str, _since_s: float) -> Tally:
            return Tally()

        def responses(self, _target: str, _since_s: float) -> list[Response]:
            return found

    @contextmanager
    def probed(_context: Any) -> Iterator[FakeProber]:
        yield FakeProber()

    monkeypatch.setattr(fields, "probed", probed)
    return found


def run(target: str, *results: DeployResult) -> tuple[Any, Drilled]:
    found = drilled(target=target, results=results)
    return fields.run(found.context), found


class TestChanges:
    @pytest.mark.parametrize("target", documented_targets())
    def test_each_target_has_its_own(self, target: str) -> None:
        names = [change.name for change in fields.changes_of(target, "111122223333", "us-east-1")]
        assert {"port", "environment", "name"} <= set(names)
        assert not {"exits-at-once", "image", "tags"} & set(names)
        assert len(names) == len(set(names))

    def test_what_a_target_rejects_or_replaces_is_left_out(self) -> None:
        def names(target: str) -> set[str]:
            return {change.name for change in fields.changes_of(target, "111122223333", "us-east-1")}

        assert "architecture" not in names("eks-fargate") | names("beanstalk")
        assert "architecture" in names("ec2-podman")
        assert "secrets" not in names("lambda") | names("eks-auto")
        assert "max_instances" not in names("lambda")
        assert {"the smallest task size", "the largest task size"} <= names("ecs-managed-instances")

    def test_the_parameter_is_that_of_the_account(self) -> None:
        found = {change.name: change for change in fields.changes_of("ecs-fargate", "111122223333", "eu-west-1")}
        arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/cdk-bootstrap/hnb659fds/version"
        assert found["secrets"].fields == {"secrets": {"SETTING": arn}}


class TestResponses:
    def test_only_200_in_time_counts(self) -> None:
        found = fields.judge_responses(
            [
                response(),
                response(404),
                response(503, error="503 https://internal"),
                response(503, new_connection=True),
                response(None, error="no response: x"),
                response(duration_s=6.0),
            ]
        )
        assert found == {
            "404 on an open connection": 1,
            "503 on an open connection": 1,
            "503 on a new connection": 1,
            "no response on an open connection": 1,
            "200, too late": 1,
        }


class TestOutcome:
    @pytest.mark.parametrize(
        ("changes", "outcome", "reason"),
        [
            ([changed()], Outcome.PASSED, ""),
            ([changed(), changed("architecture", None, reason="not built")], Outcome.PASSED, "architecture: not built"),
            ([changed("architecture", None, reason="not built")], Outcome.NOT_RUN, "architecture: not built"),
            ([], Outcome.NOT_RUN, "no such field"),
            ([changed(result=FAILED)], Outcome.FAILED, "port: not deployed (UPDATE_ROLLBACK_COMPLETE)"),
            ([changed(is_rolled_back=True)], Outcome.FAILED, "port: not deployed (rolled back)"),
            ([changed(requests=0)], Outcome.FAILED, "no request was sent"),
            ([changed(others={"503 on a new connection": 2})], Outcome.FAILED, "port: 2 of 50 not 200"),
            ([changed(str(number), FAILED) for number in range(9)], Outcome.FAILED, "; …"),
        ],
    )
    def test_each_change_is_deployed_with_200s_only(self, changes: Any, outcome: Outcome, reason: str) -> None:
        found, text = fields.judge(Facts(changes=changes))
        assert found is outcome
        assert reason in text
        assert len(text) <= 400

    @pytest.mark.parametrize(
        ("id_", "changes", "verdict"),
        [
            ("managed-instances-requirements", [changed(fields._SMALLEST), changed(fields._LARGEST)], True),
            ("managed-instances-requirements", [changed(fields._SMALLEST), changed(fields._LARGEST, FAILED)], False),
            ("managed-instances-requirements", [changed(fields._SMALLEST)], None),
            ("eks-arm64-pool-starts", [changed("architecture")], True),
            ("eks-arm64-pool-starts", [changed("architecture", None)], None),
            ("podman-on-arm64", [changed("architecture", FAILED)], False),
            ("app-runner-start-command", [changed("command", is_rolled_back=True)], False),
            ("beanstalk-ecr-login", [changed("environment")], True),
            ("beanstalk-ecr-login", [changed("port")], None),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(self, id_: str, changes: Any, verdict: bool | None) -> None:
        assert fields.OBSERVERS[id_](Facts(changes=changes)) is verdict


class TestDrill:
    @pytest.mark.usefixtures("responses")
    def test_each_change_builds_on_those_before_it(self) -> None:
        outcome, found = run("lambda")
        assert outcome.outcome is Outcome.PASSED, outcome
        versions = [json.loads(context[0].removeprefix("service=")) for context in found.deployed[:-1]]
        assert found.deployed[-1] == ()
        assert versions[0].items() < versions[1].items()
        assert list(versions[-1]) == list(dict.fromkeys(name for version in versions for name in version))

    @pytest.mark.usefixtures("responses")
    def test_a_change_that_was_rolled_back_is_not_built_on(self) -> None:
        outcome, found = run("lambda", FAILED)
        assert outcome.outcome is Outcome.FAILED
        first, second, *_ = (json.loads(context[0].removeprefix("service=")) for context in found.deployed[:-1])
        assert not first.keys() & second.keys()

    def test_a_404_is_no_200(self, responses: list[Response]) -> None:
        responses.append(response(404))
        outcome, _ = run("lambda")
        assert outcome.outcome is Outcome.FAILED

    @pytest.mark.usefixtures("responses")
    def test_an_image_for_another_cpu_may_not_be_built(self) -> None:
        found = drilled(target="ec2-podman")
        deploy = found.context.redeploy

        def redeploy(*context: str) -> DeployResult:
            if any('"architecture"' in value for value in context):
                raise ActionableError("cdk deploy failed", "", "")
            return deploy(*context)

        object.__setattr__(found.context, "redeploy", redeploy)
        outcome = fields.run(found.context)
        assert outcome.outcome is Outcome.PASSED
        assert "architecture: the image was not built for it" in outcome.reason
        # The next change builds on the others.
        assert any('"name"' in context[0] for context in found.deployed if context)

    def test_the_prober_sends_five_requests_a_second(self) -> None:
        assert probing.REQUESTS_PER_S == 5
