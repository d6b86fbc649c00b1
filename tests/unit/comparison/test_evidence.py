"""Evidence of a run: its form, what must not be in it, and what it may claim."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from comparison.facts import evidence
from comparison.facts.evidence import as_text, parse
from comparison.facts.identifying_text import FORBIDDEN, find, redacted
from comparison.facts.unverified import read_retired, read_unverified
from comparison.generated_parts import DOCS
from deployment.errors import ActionableError
from deployment.target_ids import documented_targets

FILES = sorted((DOCS / "evidence").glob("*.json"))
EXAMPLE: dict[str, Any] = json.loads((DOCS / "evidence/example.json").read_text())


def changed(**changes: Any) -> str:
    return json.dumps(EXAMPLE | changes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_published_evidence_is_valid_and_names_statements_that_exist(path: Path) -> None:
    found = evidence.read(path)
    assert set(found.statements) <= {one.id for one in read_unverified(documented_targets())} | read_retired()
    assert not re.search(r"\d{12}", path.read_text())
    assert parse(as_text(found)) == found


def test_the_name_of_a_record_is_its_day_region_and_run() -> None:
    assert FILES
    assert {path.name for path in FILES} == {
        "example.json" if found.made_against == "nothing: an invented example" else found.file_name
        for found in map(evidence.read, FILES)
    }


def test_measurements_are_optional_and_only_those_that_exist_are_written() -> None:
    assert parse(json.dumps({key: value for key, value in EXAMPLE.items() if key != "measurements"})).measurements == {}
    found = parse(changed(measurements={"lambda": {"p50_ms": 31}}))
    assert json.loads(as_text(found))["measurements"] == {"lambda": {"p50_ms": 31.0}}


def test_the_example_is_labelled_as_invented() -> None:
    assert parse(changed()).made_against == "nothing: an invented example"


SECRETS = {
    "an account ID": "failed in 123456789012",
    "an ARN": "arn:aws:iam::aws:role",
    "a URL": "https://x",
    "an e-mail address": "alice@example.co.uk",
    "a host name": "abc.execute-api.us-east-1.amazonaws.com",
    "an IP address": "10.0.1.17",
    "an IPv6 address": "2600:1f18:abc::1",
    "a UUID": "1b2c3d4e-1111-2222-3333-444455556666",
    "a resource ID": "vpc-0123456789abcdef0",
    "an access key": "ASIAEXAMPLEEXAMPLE00",
    "a token": "IQoJb3JpZ2luX2VjEXAMPLEEXAMPLEEXAMPLE",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_identifies_an_account_is_rejected(what: str) -> None:
    result = EXAMPLE["drills"][0] | {"reason": f"see {SECRETS[what]} "}
    with pytest.raises(ActionableError) as caught:
        parse(changed(drills=[result]))
    assert what in caught.value.message
    # The message is shown, and may be copied.
    assert SECRETS[what] not in str(caught.value)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_identifies_an_account_is_replaced(what: str) -> None:
    text = redacted(f"failed\n({SECRETS[what]}) after 93 s", 400)
    assert text.startswith("failed (")
    assert text.endswith(") after 93 s")
    assert "[a" in text
    assert SECRETS[what] not in text
    assert find(text) is None


@pytest.mark.parametrize(
    "text", ["AWS::ECS::Service failed at 12:30:45", "aws-cdk@2.1148.1", "UPDATE_ROLLBACK_COMPLETE after 93.5 s", ""]
)
def test_other_text_is_kept(text: str) -> None:
    assert redacted(text, 400) == text


def test_a_long_text_is_cut_between_two_words() -> None:
    # The first twelve digits of thirteen would be an account ID.
    assert redacted(f"word {'word ' * 3}{'x' * 30}", 24) == "word word word word…"
    assert redacted("x" * 31, 20) == "[a long text]"


def test_an_escape_sequence_hides_nothing() -> None:
    text = changed(versions={"aws-cdk": "see-arn:aws"}).replace("see-arn", "see\\narn").replace("arn:", "\\u0061rn:")
    assert "arn:" not in text
    with pytest.raises(ActionableError, match="contains an ARN"):
        parse(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"run": "R 1"},
        {"made_against": "AWS, probably"},
        {"date": "yesterday"},
        {"region": "nowhere"},
        {"level": "all"},
        {"more": 1},
        {"statements": {"spans-arrive": "true"}},
        {"drills": [EXAMPLE["drills"][0] | {"outcome": "fine"}]},
        {"measurements": {"lambda": {"speed": 1.0}}},
        {"measurements": {"lambda": {"p50_ms": -1.0}}},
        {"measurements": {"lambda": {"p50_ms": "31 ms"}}},
        {"measurements": {"ecs-fargate": {"p50_ms": 31.0}}},
        {"drills": [EXAMPLE["drills"][0] | {"seconds": -1}]},
        {"drills": [EXAMPLE["drills"][0] | {"drill": "D11"}]},
    ],
)
def test_another_form_is_rejected(changes: dict[str, Any]) -> None:
    with pytest.raises(ActionableError):
        parse(changed(**changes))


@pytest.mark.parametrize("source", ["the emulator", "nothing: an invented example"])
@pytest.mark.parametrize("verdict", ["proven", "refuted"])
def test_only_a_run_on_aws_settles_a_statement(source: str, verdict: str) -> None:
    with pytest.raises(ActionableError) as caught:
        parse(changed(made_against=source, statements={"spans-arrive": verdict}))
    assert caught.value.fix == "only a run on AWS settles it"
    assert parse(changed(made_against="AWS", statements={"spans-arrive": verdict})).statements


def test_a_file_that_cannot_be_read_has_a_message(tmp_path: Path) -> None:
    with pytest.raises(ActionableError):
        evidence.read(tmp_path / "none.json")
