"""Every trust policy names one service, with the conditions that AWS documents; roles are passed to one service."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deployment.template import Template as ParsedTemplate
from tests.conftest import ROOT, Template
from tests.snapshot.options import add_options
from tests.unit.permissions.collected import Permission, permissions, values
from tests.unit.permissions.trusts import TRUSTS, WORKLOADS

_DOCS = Path(ROOT / "docs" / "security.md")
# The role of a Kubernetes service account: its issuer, known at deployment only, is in the keys of the conditions.
WEB_IDENTITY = {
    "StringEquals": {
        "<Issuer>:aud": "sts.amazonaws.com",
        "<Issuer>:sub": "system:serviceaccount:ordersoneksfargate-orders-<hash>:microservice",
    }
}


def roles(stack: str, template: Template) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each role of a template with its trust policy."""
    for role in ParsedTemplate.parse(stack, template).resources_of("AWS::IAM::Role"):
        document = role.resolved["AssumeRolePolicyDocument"]
        text = re.sub(r"((?:orders|worker|job)-)[0-9a-f]{8}", r"\1<hash>", json.dumps(document))
        yield f"{stack} {role.construct_path}", json.loads(text)


def problems(role: str, document: Mapping[str, Any]) -> list[str]:
    """What is wrong with a trust policy."""
    statements = values(document["Statement"])
    if len(statements) != 1:
        return [f"{role}: {len(statements)} statements (allowed: one, for one service)"]
    return [f"{role}: {problem}" for problem in _of_statement(role, statements[0])]


def _of_statement(role: str, statement: Mapping[str, Any]) -> Iterator[str]:
    principal, conditions = statement["Principal"], statement.get("Condition", {})
    if statement["Effect"] != "Allow":
        yield "its statement allows nothing"
    if "Federated" in principal:
        wanted: Mapping[str, Any] = WEB_IDENTITY
    elif set(principal) != {"Service"} or principal["Service"] not in TRUSTS:
        yield f"trusts {principal} (allowed: one service of trusts.py)"
        return
    else:
        trust = TRUSTS[principal["Service"]]
        wanted = WORKLOADS.get(role, trust.conditions if trust.only_in in role else {})
    if conditions != wanted:
        yield f"has the conditions {conditions} (documented: {wanted})"


@pytest.fixture(scope="module")
def trusts(templates: dict[str, Template]) -> dict[str, Mapping[str, Any]]:
    return {role: document for stack, template in templates.items() for role, document in roles(stack, template)}


def test_every_role_trusts_one_service_with_the_documented_conditions(trusts: dict[str, Any]) -> None:
    found = [problem for role, document in trusts.items() for problem in problems(role, document)]
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def all_templates(variant: Any) -> dict[str, Template]:
    """The stacks of the app, the optional ones included, and one for each option; without the network of the tests."""
    made = variant(context={"transaction_search": "true", "workloads": "true"}, prepare=add_options).templates
    return {stack: template for stack, template in made.items() if stack != "OptionsNetwork"}


def test_options_of_targets_trust_one_service_with_the_documented_conditions(
    all_templates: dict[str, Template],
) -> None:
    trusts = [found for stack, template in all_templates.items() for found in roles(stack, template)]
    found = [problem for role, document in trusts for problem in problems(role, document)]
    assert not found, "\n".join(found)
    assert "codedeploy.amazonaws.com" in json.dumps(trusts)
    assert WORKLOADS.keys() <= {role for role, _ in trusts}


def test_every_change_of_a_trust_policy_is_noticed(trusts: dict[str, Any]) -> None:
    for role, document in trusts.items():
        for mutant in _mutants(document):
            assert problems(role, mutant), (role, mutant)


def _mutants(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    def changed(**changes: Any) -> dict[str, Any]:
        mutant = copy.deepcopy(dict(document))
        mutant["Statement"][0].update(changes)
        return mutant

    [statement] = document["Statement"]
    yield {**document, "Statement": []}
    yield {**document, "Statement": [statement, {**statement, "Principal": {"AWS": "*"}}]}
    yield changed(Effect="Deny")
    yield changed(Principal={"AWS": "*"})
    yield changed(Principal={"Service": "glue.amazonaws.com"})
    yield changed(Condition={"StringLike": {"aws:SourceArn": "*"}})
    for operator in statement.get("Condition", {}):
        yield changed(Condition={name: keys for name, keys in statement["Condition"].items() if name != operator})


def test_every_role_is_passed_to_one_service(all_templates: dict[str, Template]) -> None:
    passed = [one for one in permissions(all_templates) if "PassRole" in one.action or one.action in ("*", "iam:*")]
    assert passed
    assert not [str(one) for one in passed if not _names_service(one)]


def _names_service(permission: Permission) -> bool:
    condition = json.loads(permission.condition or "{}")
    service = condition.get("StringEquals", {}).get("iam:PassedToService", "")
    return bool(re.fullmatch(r"[\w.-]+\.amazonaws\.com", str(service))) and "*" not in permission.resource


def test_the_page_lists_each_service_with_its_source(trusts: dict[str, Any]) -> None:
    text = _DOCS.read_text()
    used = {document["Statement"][0]["Principal"].get("Service") for document in trusts.values()} - {None}
    for service in used:
        [row] = [line for line in text.splitlines() if line.startswith("|") and f"`{service}`" in line]
        assert TRUSTS[service].source in row, service
        assert row.split("|")[2].startswith(" none") == (not TRUSTS[service].conditions), service
