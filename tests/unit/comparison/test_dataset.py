"""The published dataset: current, valid, and honest about how certain a fact is."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from comparison.facts import dataset, docs
from comparison.facts.contributed import read_records
from comparison.facts.dataset import FILE, SCHEMA_FILE, WRITE, Dataset, evidence_confidence
from comparison.facts.docs import read_abilities, read_not_covered
from comparison.facts.unverified import read_unverified
from comparison.facts_document import dataset_table
from deployment.errors import ActionableError
from deployment.target_ids import documented_targets
from tests.unit.comparison import example_records

FACT = """[[fact]]
topic = "gpu"
targets = ["lambda"]
text = "no"
source = "https://docs.aws.amazon.com/lambda/"
checked_on = 2026-11-24
"""
DISPUTE = 'dispute = "a user reports one"\ndispute_source = "https://github.com/aws/aws-cdk/issues/1"\n'
OTHERS = (
    '[[not_covered]]\nid = "batch"\nname = "B"\nsummary = "s"\nreason = "r"\nsource = "https://docs.aws.amazon.com/"\n'
)


@pytest.fixture(scope="module")
def found(facts: Any) -> Dataset:
    return dataset.dataset(facts)


def test_the_files_are_current(facts: Any) -> None:
    for path, text in dataset.files(facts).items():
        assert path.read_text() == text, f"run `{WRITE}`"


def test_it_is_deterministic(facts: Any, found: Dataset) -> None:
    assert dataset.as_text(dataset.dataset(facts)) == dataset.as_text(found)


def test_it_has_the_form_that_its_schema_describes() -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(FILE.read_text()), schema)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confidence", "sure"),
        ("origin", "hearsay"),
        ("sources", ["a page"]),
        ("checked_on", "lately"),
        ("text", ""),
        ("id", "GPU"),
        ("rumour", "yes"),
    ],
)
def test_the_schema_rejects_other_forms(name: str, value: Any) -> None:
    data = json.loads(FILE.read_text())
    data["facts"][0][name] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json.loads(SCHEMA_FILE.read_text()))


def test_every_property_of_the_schema_is_described() -> None:
    for name, definition in json.loads(SCHEMA_FILE.read_text())["$defs"].items():
        undescribed = {key for key, of in definition["properties"].items() if "description" not in of} - {"$schema"}
        assert undescribed == set(), name


def test_all_targets_and_all_other_platforms_have_facts(found: Dataset) -> None:
    ids = [platform.id for platform in found.platforms]
    assert ids[: len(documented_targets())] == documented_targets()
    assert set(ids) - set(documented_targets()) >= {
        *("ecs-ec2", "eks-managed-node-groups", "lambda-managed-instances", "lambda-microvms"),
        *("batch", "lightsail", "ecs-anywhere", "agentcore-runtime"),
    }
    assert {fact.platform for fact in found.facts} == set(ids)
    assert len({fact.id for fact in found.facts}) == len(found.facts)
    assert {fact.topic for fact in found.facts} == found.topics.keys()


def test_a_fact_of_the_documentation_has_a_source_and_a_day(found: Dataset) -> None:
    documented = [fact for fact in found.facts if fact.origin == "documentation"]
    assert len(documented) > 100
    assert all(fact.sources and fact.checked_on for fact in documented)
    assert all((fact.confidence == "disputed") == bool(fact.dispute) for fact in found.facts)


def test_it_has_every_fact_of_the_files(found: Dataset) -> None:
    ids = {fact.id for fact in found.facts}
    assert {f"{target}/{topic}" for target, topic in docs.read()} <= ids
    assert {f"{one.id}/what_it_is" for one in read_not_covered()} <= ids
    assert sum(fact.topic == "new_feature" for fact in found.facts) == sum(len(one.targets) for one in read_abilities())
    targets = documented_targets()
    statements = {f"{one.target}/unverified.{one.id}" for one in read_unverified(targets) if one.target in targets}
    assert statements <= ids


def test_what_the_templates_contain_is_computed_and_measurements_are_left_out(found: Dataset) -> None:
    facts = {fact.id: fact for fact in found.facts}
    assert facts["ecs-fargate/scaling.minimum"].text == "2"
    assert facts["ecs-fargate/scaling.minimum"].origin == "templates"
    assert facts["lambda/contract.health_path"].origin == "constructs"
    assert not [id_ for id_ in facts if "local-run" in id_]


@pytest.mark.parametrize(
    ("change", "confidence"),
    [
        (("", ""), "certain"),
        (('text = "no"', 'text = "AWS does not say: the page has no entry"'), "not stated"),
        (('text = "no"', 'text = "nothing documented"'), "not stated"),
        (("https://docs.aws.amazon.com/lambda/", "https://github.com/aws/roadmap/issues/1"), "likely"),
        (('text = "no"', 'text = "no"\nconfidence = "doubtful"'), "doubtful"),
        (('text = "no"', f'text = "no"\nconfidence = "disputed"\n{DISPUTE}'), "disputed"),
    ],
)
def test_confidence_is_stated_or_that_of_the_source(tmp_path: Path, change: tuple[str, str], confidence: str) -> None:
    assert docs.read(platforms(tmp_path, FACT.replace(*change)))["lambda", "gpu"].confidence == confidence


@pytest.mark.parametrize("text", ['confidence = "sure"\n', 'confidence = "disputed"\n', DISPUTE])
def test_an_unknown_confidence_and_a_dispute_without_a_source_are_rejected(tmp_path: Path, text: str) -> None:
    with pytest.raises(ActionableError, match=r"fact 1 of platforms\.toml is invalid"):
        docs.read(platforms(tmp_path, FACT + text))


def test_a_disputed_fact_is_shown_as_such(tmp_path: Path) -> None:
    from comparison.facts.matrix import from_docs

    path = platforms(tmp_path, f'{FACT}confidence = "disputed"\n{DISPUTE}')
    assert from_docs(docs.read(path)["lambda", "gpu"]).text == "no (disputed: a user reports one)"
    path.write_text(path.read_text() + f"{OTHERS}checked_on = 2026-11-24\n[[ability]]\n" + ABILITY)
    [fact] = [fact for fact in dataset.dated_facts(path) if fact.topic == "gpu"]
    assert (fact.confidence, fact.dispute) == ("disputed", "a user reports one")
    assert fact.sources == ["https://docs.aws.amazon.com/lambda/", "https://github.com/aws/aws-cdk/issues/1"]


ABILITY = (
    'name = "A"\ntargets = ["lambda"]\nsince = "2026"\nuse = "yes"\nsource = "https://docs.aws.amazon.com/"\n'
    "checked_on = 2026-11-24\n"
)


def platforms(directory: Path, text: str) -> Path:
    path = directory / "platforms.toml"
    path.write_text(text)
    return path


def test_the_confidence_of_a_statement_is_that_of_its_evidence(found: Dataset) -> None:
    statements = {one.id: one for one in read_unverified(documented_targets())}
    confidence = {id_: evidence_confidence(one) for id_, one in statements.items()}
    for id_, one in statements.items():
        first = re.match(r"(likely false|likely|doubtful|disputed)\b", one.evidence.lower())
        expected = {"likely false": "doubtful"}.get(first[1], first[1]) if first else "not stated"
        assert confidence[id_] == expected
    assert {"likely", "doubtful", "disputed", "not stated"} <= set(confidence.values())
    assert "certain" not in confidence.values()
    assert [fact for fact in found.facts if fact.topic == "unverified" and fact.confidence == "disputed"]


@pytest.mark.parametrize(
    ("verdicts", "confidence", "dispute"),
    [
        (["proven"], "certain", None),
        (["refuted"], "disputed", "refuted by a run: eu-west-1, 2026-12-01"),
        (["refuted", "proven"], "disputed", "refuted by a run: eu-west-1, 2026-12-01"),
        (["not settled"], None, None),
    ],
)
def test_a_run_on_aws_settles_a_statement(
    facts: Any, found: Dataset, tmp_path: Path, verdicts: list[str], confidence: str | None, dispute: str | None
) -> None:
    before = next(one for one in found.facts if one.topic == "unverified" and one.confidence == "likely")
    statement = before.id.partition("/unverified.")[2]
    for number, verdict in enumerate(verdicts, start=1):
        region, date = ("eu-west-1", "us-east-1")[number - 1], f"2026-12-0{number}"
        example_records.record(tmp_path, date=date, region=region, statements={statement: verdict})
    with_runs = dataset.dataset(replace(facts, records=read_records(tmp_path)))
    [after] = [one for one in with_runs.facts if one.id == before.id]
    assert (after.confidence, after.dispute) == (confidence or before.confidence, dispute)
    assert after.checked_on == (None if confidence is None else f"2026-12-0{len(verdicts)}")


def test_the_table_counts_each_fact_once(found: Dataset) -> None:
    rows = dataset_table(found).rows
    assert [row[0].text for row in rows] == [one.id if one.is_target else one.name for one in found.platforms]
    assert sum(int(row[1].text) for row in rows) == len(found.facts)
    for row in rows:
        assert sum(int(cell.text) for cell in row[2:-1] if cell.text.isdigit()) == int(row[1].text)
