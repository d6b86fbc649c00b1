"""Every permission is in the table, and every change of one is noticed: removed, added, widened, unconditional."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.conftest import Template
from tests.unit.permissions.collected import Permission, of_template, permissions, values
from tests.unit.permissions.expected import EXPECTED, expected

_RULE = "permissions of roles are listed in tests/unit/permissions/expected.py"


def problems(found: set[Permission], wanted: set[Permission]) -> list[str]:
    """The permissions that are missing, and those that are not in the table."""
    missing = [f"missing: {one}" for one in sorted(wanted - found)]
    return missing + [f"not in the table: {one}" for one in sorted(found - wanted)]


def test_every_permission_is_in_the_table_and_every_line_is_needed(templates: dict[str, Template]) -> None:
    assert not problems(permissions(templates), expected()), _RULE


def test_every_line_has_a_purpose_and_no_line_repeats_another() -> None:
    for owner, grants in EXPECTED.items():
        assert all(grant.purpose and grant.actions and grant.resources for grant in grants), owner
        assert len(set(map(str, grants))) == len(grants), owner


Document = dict[str, Any]
Mutation = Callable[[list[Document], int], None]


def _drop_statement(statements: list[Document], number: int) -> None:
    del statements[number]


def _drop_action(statements: list[Document], number: int) -> None:
    actions = values(statements[number]["Action"])
    if len(actions) == 1:
        del statements[number]
    else:
        statements[number]["Action"] = actions[1:]


def _any_action(statements: list[Document], number: int) -> None:
    statements[number]["Action"] = "*"


def _any_action_of_the_service(statements: list[Document], number: int) -> None:
    first = values(statements[number]["Action"])[0]
    service = first.partition(":")[0]
    statements[number]["Action"] = [*values(statements[number]["Action"]), f"{service}:*"]
    if first == f"{service}:*":
        statements[number]["Action"] = "*"


def _one_more_resource(statements: list[Document], number: int) -> None:
    given = values(statements[number].get("Resource", "itself"))
    more = "arn:aws:s3:::another" if "*" in given else "*"
    statements[number]["Resource"] = [*given, more]


def _without_condition(statements: list[Document], number: int) -> None:
    if statements[number].pop("Condition", None) is None:
        statements[number]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "shop"}}


def _a_statement_more(statements: list[Document], number: int) -> None:
    statements.insert(number, {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"})


def _allowed_instead_of_denied(statements: list[Document], number: int) -> None:
    effect = statements[number]["Effect"]
    statements[number]["Effect"] = "Deny" if effect == "Allow" else "Allow"


MUTATIONS: tuple[Mutation, ...] = (
    _drop_statement,
    _drop_action,
    _any_action,
    _any_action_of_the_service,
    _one_more_resource,
    _without_condition,
    _a_statement_more,
    _allowed_instead_of_denied,
)


def _documents(value: Any) -> Iterator[Document]:
    """Every policy document below a value, found by its form, whatever property it is in."""
    if isinstance(value, dict):
        if any(isinstance(one, dict) and "Effect" in one for one in values(value.get("Statement"))):
            yield value
        for inner in value.values():
            yield from _documents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _documents(inner)


def _policies(resource: Mapping[str, Any]) -> list[Document]:
    """The policy documents of a resource, except trust policies, which have a test of their own."""
    trust = resource.get("Properties", {}).get("AssumeRolePolicyDocument")
    return [one for one in _documents(resource.get("Properties", {})) if one is not trust]


def _mutants(template: Template) -> Iterator[tuple[str, Template]]:
    """A copy of the template for each mutation of each statement, and of each managed policy."""
    for logical_id, resource in template["Resources"].items():
        for document, policy in enumerate(_policies(resource)):
            for number in range(len(values(policy["Statement"]))):
                for mutation in MUTATIONS:
                    changed = copy.deepcopy(resource)
                    mutation(_policies(changed)[document]["Statement"], number)
                    yield f"{logical_id} {number} {mutation.__name__}", _with(template, logical_id, changed)
        for number in range(len(resource.get("Properties", {}).get("ManagedPolicyArns", []))):
            changed = copy.deepcopy(resource)
            del changed["Properties"]["ManagedPolicyArns"][number]
            yield f"{logical_id} managed policy {number}", _with(template, logical_id, changed)
        if resource["Type"] == "AWS::IAM::Role":
            changed = copy.deepcopy(resource)
            administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
            changed["Properties"].setdefault("ManagedPolicyArns", []).append(administrator)
            yield f"{logical_id} another managed policy", _with(template, logical_id, changed)
            changed = copy.deepcopy(resource)
            inline = {"PolicyName": "More", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*"}]}}
            changed["Properties"].setdefault("Policies", []).append(inline)
            yield f"{logical_id} another inline policy", _with(template, logical_id, changed)


def _with(template: Template, logical_id: str, resource: Document) -> Template:
    return {"Resources": {**template["Resources"], logical_id: resource}}


def test_every_mutation_of_every_statement_is_noticed(
    templates: dict[str, Template], subtests: pytest.Subtests
) -> None:
    count = 0
    for stack, template in templates.items():
        with subtests.test(stack):
            wanted = {one for one in expected() if one.owner.startswith(f"{stack} ")}
            for name, mutant in _mutants(_only_policies(template)):
                count += 1
                assert problems(of_template(stack, mutant), wanted), name
    assert count > 700


def _only_policies(template: Template) -> Template:
    """The resources with policies: the others make each mutant slower, and none of them different."""
    kept = {
        name: found
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::IAM::Role" or _policies(found)
    }
    return {"Resources": kept}


def test_the_unchanged_templates_of_the_mutations_have_no_problem(templates: dict[str, Template]) -> None:
    found = {one for stack, template in templates.items() for one in of_template(stack, _only_policies(template))}
    assert not problems(found, expected())
