"""The evidence of a run: verdicts, and reasons that can be published."""

import datetime
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparison.facts.evidence import Evidence, Measurements, Source, as_text, parse
from comparison.facts.identifying_text import FORBIDDEN
from comparison.facts.unverified import Statement
from deployment.drills import BY_ID, Level
from deployment.results import Outcome
from sandbox.drill import DrillOutcome
from sandbox.run_evidence import FinishedDrill, evidence_of, made_against

TEXT = {"statement": "A.", "check": "B.", "risk": "C."}
STATEMENTS = (
    Statement(id="one-drill", target="all", drill="D1", **TEXT),
    Statement(id="two-drills", target="lambda", drill="D4, D6", **TEXT),
    Statement(id="a-variant", target="lambda", drill="D4", variant="a canary", **TEXT),
    Statement(id="for-a-person", target="all", drill="a person", reason="R.", **TEXT),
    Statement(id="other-target", target="eks-auto", drill="D1", **TEXT),
)


def finished(
    drill: str = "D1",
    *,
    target: str = "lambda",
    outcome: Outcome = Outcome.PASSED,
    reason: str = "",
    proven: tuple[str, ...] = (),
    refuted: tuple[str, ...] = (),
    seconds: float = 12.34,
    measured: dict[str, float] | None = None,
) -> FinishedDrill:
    seen = DrillOutcome(outcome=outcome, reason=reason, proven=proven, refuted=refuted, measured=measured or {})
    return FinishedDrill(drill=drill, target=target, outcome=seen, seconds=seconds)


def evidence(
    *drills: FinishedDrill, source: Source = "AWS", level: Level = "full", versions: dict[str, str] | None = None
) -> Evidence:
    return evidence_of(
        drills,
        STATEMENTS,
        run="x7k2",
        source=source,
        started=datetime.date(2026, 11, 29),
        region="us-east-1",
        level=level,
        versions=versions or {},
    )


def test_the_evidence_names_the_run_and_its_file() -> None:
    found = evidence(finished(), versions={"aws-cdk": "2.1148.1"})
    assert found.file_name == "2026-11-29-us-east-1-x7k2.json"
    assert (found.made_against, found.date, found.level) == ("AWS", "2026-11-29", "full")
    assert found.versions == {"aws-cdk": "2.1148.1"}
    [drill] = found.drills
    assert (drill.drill, drill.target, drill.outcome, drill.seconds) == ("D1", "lambda", "passed", 12.3)


@pytest.mark.parametrize(
    ("drills", "level", "id_", "verdict"),
    [
        ([finished(proven=("one-drill",))], "full", "one-drill", "proven"),
        ([finished()], "full", "one-drill", "not settled"),
        # One target refutes what another has proven.
        (
            [finished(proven=("one-drill",)), finished(target="ecs-fargate", refuted=("one-drill",))],
            "full",
            "one-drill",
            "refuted",
        ),
        ([finished(proven=("one-drill",), refuted=("one-drill",))], "full", "one-drill", "refuted"),
        ([finished("D4", proven=("two-drills",))], "full", "two-drills", "not settled"),
        (
            [finished("D4", proven=("two-drills",)), finished("D6", proven=("two-drills",))],
            "full",
            "two-drills",
            "proven",
        ),
        ([finished("D4", refuted=("two-drills",))], "full", "two-drills", "refuted"),
        # A drill that is not one of the statement's.
        ([finished("D3", proven=("one-drill",))], "full", "one-drill", "not settled"),
        ([finished(outcome=Outcome.NOT_RUN, proven=("one-drill",))], "full", "one-drill", "not settled"),
        ([finished(outcome=Outcome.FAILED, proven=("one-drill",))], "full", "one-drill", "proven"),
        ([finished("D4", proven=("a-variant",))], "slow", "a-variant", "proven"),
        ([finished(refuted=("for-a-person",))], "full", "for-a-person", "refuted"),
    ],
)
def test_a_verdict_follows_from_all_drills(drills: Any, level: Level, id_: str, verdict: str) -> None:
    assert evidence(*drills, level=level).statements[id_] == verdict


def test_statements_that_the_run_cannot_settle_are_left_out() -> None:
    assert set(evidence(finished(), level="smoke").statements) == {"one-drill"}
    assert set(evidence(finished(), level="slow").statements) == {"one-drill", "two-drills", "a-variant"}
    # Without its variant, the drill says nothing about the statement.
    assert "a-variant" not in evidence(finished("D4", refuted=("a-variant",))).statements
    assert "for-a-person" not in evidence(finished(proven=("for-a-person",))).statements


@pytest.mark.parametrize("source", ["the emulator", "nothing: an invented example"])
def test_only_a_run_on_aws_settles_something(source: Source) -> None:
    found = evidence(finished(proven=("one-drill",)), finished("D4", refuted=("two-drills",)), source=source)
    assert set(found.statements.values()) == {"not settled"}
    assert parse(as_text(found)) == found


def test_each_figure_of_a_target_is_from_the_first_drill_that_measured_it() -> None:
    found = evidence(
        finished(measured={"deploy_s": 151.23, "p50_ms": 31.04, "p99_ms": float("nan"), "unknown": 1.0}),
        finished("D3"),
        finished("D4", measured={"rollback_s": 80.0, "p99_ms": 84.0}),
        finished("D6", measured={"rollback_s": 95.0}),
        finished("D1", target="ecs-fargate", measured={"deploy_s": -1.0}),
        finished("D1", target="eks-auto"),
    )
    assert found.measurements == {
        "lambda": Measurements(deploy_s=151.2, p50_ms=31.0, p99_ms=84.0, rollback_s=80.0),
        "ecs-fargate": Measurements(deploy_s=0.0),
    }
    assert parse(as_text(found)) == found


def test_an_endpoint_makes_it_a_run_against_the_emulator() -> None:
    assert made_against("") == "AWS"
    assert made_against("http://127.0.0.1:4566") == "the emulator"


ACCOUNT = st.text("0123456789", min_size=12, max_size=12)
SECRETS = st.one_of(
    ACCOUNT,
    ACCOUNT.map(lambda account: f"arn:aws:iam::{account}:role/deploy"),
    st.text("abcdefghij", min_size=10, max_size=10).map(lambda id_: f"{id_}.execute-api.us-east-1.amazonaws.com"),
    st.text("abcdefghij", min_size=10, max_size=10).map(lambda id_: f"https://{id_}.lambda-url.us-east-1.on.aws/"),
    st.ip_addresses(v=4).map(str),
    st.text("0123456789abcdef", min_size=17, max_size=17).map(lambda id_: f"vpc-{id_}"),
    st.text("0123456789abcdefABCDEF", min_size=40, max_size=40),
    st.uuids().map(str),
)
# Characters that become escape sequences, digits of other scripts, and pieces of what is forbidden.
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("0123456789.:/-@aA\n\t\x00é")))


@settings(max_examples=400, deadline=None)
@given(before=TEXTS, secret=SECRETS, after=TEXTS, seconds=st.floats())
@example(before="é", secret="12345678", after="", seconds=0.123456789012)
@example(before="x" * 395, secret=" 1234567890123", after="", seconds=float("nan"))
@example(before="\n", secret="arn:aws:s3:::bucket", after="", seconds=float("inf"))
def test_no_reason_identifies_an_account(before: str, secret: str, after: str, seconds: float) -> None:
    reason = f"{before} {secret} {after}"
    found = evidence(finished(outcome=Outcome.FAILED, reason=reason, seconds=seconds), versions={reason: reason})
    text = as_text(found)
    assert parse(text) == found
    assert secret not in text or len(secret) < 12
    assert not re.search(r"\d{12}", text)


@settings(max_examples=200, deadline=None)
@given(reason=st.lists(st.one_of(TEXTS, SECRETS, st.sampled_from(["arn", ":", "://", "AKIA", "x."]))).map("".join))
# The code of a character and eight digits would be twelve.
@example(reason="\x0012345678")
@example(reason="\u201412345678")
def test_any_reason_can_be_published(reason: str) -> None:
    [result] = parse(as_text(evidence(finished(outcome=Outcome.FAILED, reason=reason)))).drills
    assert len(result.reason) <= 400
    assert not any(form.search(result.reason) for form in FORBIDDEN.values())


def test_every_drill_may_be_in_the_evidence() -> None:
    found = evidence(*(finished(drill) for drill in BY_ID))
    assert [result.drill for result in parse(as_text(found)).drills] == list(BY_ID)
