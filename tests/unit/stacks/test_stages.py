"""Two apps, of two stages, in one account and Region: no name that AWS accepts once is in both.

The second one is judged as an update that adds its stacks to those of the first (`updates`).
"""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from deployment.assembly import Assembly
from stacks.context import stage_name
from tests.conftest import Synthesise, Template
from updates.change_set import Action, ChangeSet
from updates.findings import Finding
from updates.resources import resource_findings
from updates.templates import App, imports

Templates = Mapping[str, Template]
LONGEST = "abcdefgh-1234567"


@pytest.fixture(scope="module")
def beta(variant: Synthesise) -> Templates:
    return variant(context={"app_runner": "true", "stage": "beta"}).templates


@pytest.fixture(scope="module")
def longest(variant: Synthesise) -> Templates:
    return variant(context={"app_runner": "true", "stage": LONGEST}).templates


def findings_of_adding(first: Templates, second: Templates) -> list[Finding]:
    """What goes wrong if the second app is deployed beside the first."""
    changes = ChangeSet(App(first), App({**first, **second}))
    assert {change.action for change in changes.changes.values()} == {Action.ADDED}
    return list(resource_findings(changes))


def exports(templates: Templates) -> set[str]:
    return set(App(templates).exports())


def imported(templates: Templates) -> set[str]:
    return {name for template in templates.values() for name in imports(template)}


def literals(found: object, property_: str) -> Iterator[str]:
    """Literal values of a property, anywhere in a template."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == property_ and isinstance(value, str):
                yield value
            yield from literals(value, property_)
    elif isinstance(found, list):
        for value in found:
            yield from literals(value, property_)


@pytest.mark.parametrize(
    "property_", ["LogGroupName", "RepositoryName", "GroupName", "RuleName", "Family", "DashboardName"]
)
def test_two_stages_share_no_name(templates: Templates, beta: Templates, longest: Templates, property_: str) -> None:
    names = [set(literals(dict(app), property_)) for app in (templates, beta, longest)]
    assert len(set.union(*names)) == sum(map(len, names)), names
    assert {len(found) for found in names} == {len(names[0])}


def test_a_stage_collides_with_none(templates: Templates, beta: Templates, longest: Templates) -> None:
    assert findings_of_adding(templates, beta) == []
    assert findings_of_adding(beta, longest) == []


def test_a_name_that_two_stages_share_is_found(templates: Templates, beta: Templates) -> None:
    text = json.dumps(beta["beta-OrdersRegistry"]).replace("beta-orders", "orders")
    [found] = findings_of_adding(templates, {**beta, "beta-OrdersRegistry": json.loads(text)})
    assert (found.kind, found.property) == ("collision", "RepositoryName")


def test_a_stage_exports_and_imports_its_own_values(templates: Templates, beta: Templates) -> None:
    assert exports(beta)
    assert not exports(beta) & exports(templates)
    assert imported(beta) <= exports(beta)


def test_a_stage_has_the_same_stacks_and_types(templates: Templates, beta: Templates) -> None:
    def types(found: Templates) -> dict[str, list[str]]:
        return {
            stack: sorted(resource["Type"] for resource in template.get("Resources", {}).values())
            for stack, template in found.items()
        }

    assert types(beta) == {f"beta-{stack}": found for stack, found in types(templates).items()}


def test_a_stage_publishes_its_images_to_its_own_repository(variant: Synthesise) -> None:
    directory = variant(context={"app_runner": "true", "stage": "beta"}).directory
    files = [json.loads(file.read_text()) for file in directory.glob("*.assets.json")]
    images = [image for found in files for image in found["dockerImages"].values()]
    repositories = {to["repositoryName"] for image in images for to in image["destinations"].values()}
    assert repositories == {"beta-orders"}


def test_the_longest_stage_fits_into_every_name(longest: Templates) -> None:
    """The limits of the names that contain the stack's name, as long as the longest stage makes them."""
    found = dict(longest)
    limits = {"GroupName": 32, "RuleName": 32, "RepositoryName": 256, "LogGroupName": 512, "Family": 255}
    for property_, limit in limits.items():
        assert max(map(len, literals(found, property_))) <= limit, property_
    assert max(map(len, longest)) <= 128


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ("", "stage='' is not valid (allowed: 1 to 16 lowercase letters, digits and single hyphens"),
        ("Beta", "stage='Beta' is not valid"),
        ("2nd", "stage='2nd' is not valid"),
        ("a--b", "stage='a--b' is not valid"),
        ("beta-", "stage='beta-' is not valid"),
        ("béta", "stage='béta' is not valid"),
        ("beta\n", r"stage='beta\n' is not valid"),
        (f"{LONGEST}8", f"stage='{LONGEST}8' is not valid"),
    ],
)
def test_a_stage_that_fits_into_no_name_is_rejected(stage: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        stage_name(stage)


def test_a_stage_has_no_transaction_search(variant: Synthesise) -> None:
    with pytest.raises(ValueError, match="transaction_search=true is not supported with stage='beta'"):
        variant(context={"stage": "beta", "transaction_search": "true"})


def test_two_cdk_stages_of_one_app_share_no_name(variant: Synthesise, beta: Templates) -> None:
    """As in a pipeline: the stacks of a `cdk.Stage` have the names that the context value gives."""
    directory = variant(context={"app_runner": "true"}, stages=("beta", "gamma")).directory
    found = {}
    for name in ("beta", "gamma"):
        stacks = Assembly.load(directory / f"assembly-{name}").stacks
        found[name] = {stack.name: json.loads(stack.template.read_text()) for stack in stacks}
    assert found["beta"].keys() == beta.keys()
    assert findings_of_adding(found["beta"], found["gamma"]) == []
    assert not exports(found["beta"]) & exports(found["gamma"])


def test_a_stage_in_a_cdk_stage_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"stage='beta' is not supported in the cdk.Stage 'gamma'"):
        stage_name("beta", "gamma")
    with pytest.raises(ValueError, match="stage='Prod_2' is not valid"):
        stage_name(None, "Prod_2")


def test_a_cdk_stage_may_have_capital_letters() -> None:
    assert stage_name(None, "Prod") == "Prod"
