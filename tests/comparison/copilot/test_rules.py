"""What becomes of fields that the spec does not hold."""

import pytest

from copilot_import.rules import RULES, matching
from copilot_import.rules.events import aws_schedule
from tests.comparison.copilot.reports import reported, service

BACKEND = "Backend Service"


def answer(text: str, field: str) -> tuple[str, str, str]:
    [found] = [finding for finding in reported(text).findings if finding.field == field]
    return str(found.outcome), found.becomes, found.advice


@pytest.mark.parametrize(
    ("build", "becomes", "advice"),
    [
        ("Dockerfile", "SourceImage(directory=HERE)", ""),
        ("./shop/Dockerfile", 'SourceImage(directory=HERE / "shop")', ""),
        ("shop/web.Dockerfile", 'SourceImage(directory=HERE / "shop")', "move shop/web.Dockerfile there"),
    ],
)
def test_a_build_is_a_folder_with_its_dockerfile(build, becomes, advice):
    outcome, found, said = answer(service(image=f"{{build: {build}, port: 8080}}"), "image.build")
    assert (outcome, found) == ("elsewhere", becomes)
    assert advice in said


def test_a_build_with_another_context_has_its_dockerfile_moved():
    image = "{build: {context: shop, dockerfile: docker/Dockerfile}, port: 8080}"
    outcome, becomes, advice = answer(service(image=image), "image.build.context")
    assert (outcome, becomes) == ("elsewhere", 'SourceImage(directory=HERE / "shop")')
    assert advice.endswith("move docker/Dockerfile there")


@pytest.mark.parametrize(
    ("alias", "name", "more"),
    [
        ("a.example.com", "a.example.com", ""),
        ("[a.example.com, b.example.com]", "a.example.com", "one name only"),
        ("[{name: a.example.com, hosted_zone: Z}]", "a.example.com", ""),
    ],
)
def test_an_alias_is_a_domain_of_your_own_in_each_of_its_forms(alias, name, more):
    _, becomes, advice = answer(service(http=f"{{alias: {alias}}}"), "http.alias")
    assert becomes == f"entrance=OwnDomain(name='{name}', zone=..., certificate=...)"
    assert more in advice


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("NAME", "parameter"),
        ("{secretsmanager: x}", "secret"),
        ("arn:aws:secretsmanager:us-east-1:1:secret:x", "secret"),
        ("{from_cfn: x}", "what that export names"),
    ],
)
def test_a_secret_is_read_by_the_service_not_handed_over(secret, kind):
    assert answer(service(secrets=f"{{KEY: {secret}}}"), "secrets.KEY")[1] == f"{kind}.grant_read(service.role)"


SCHEDULES = {
    "@daily": "cron(0 0 * * ? *)",
    "@weekly": "cron(0 0 ? * 1 *)",
    "@every 90m": "rate(90 minutes)",
    "@every 1h30m": "rate(90 minutes)",
    "@every 60s": "rate(1 minute)",
    "@every 30s": None,
    "@every now": None,
    "rate(5 minutes)": "rate(5 minutes)",
    "cron(0 1 * * ? *)": "cron(0 1 * * ? *)",
    "* * * * *": "cron(* * * * ? *)",
    "0 9 1 * *": "cron(0 9 1 * ? *)",
    "0 9 * * 1-5": "cron(0 9 ? * 2-6 *)",
    "0 9 * * 0,6": "cron(0 9 ? * 1,7 *)",
    "0 9 * * 7": "cron(0 9 ? * 1 *)",
    "0 9 * * MON": "cron(0 9 ? * MON *)",
    "0 9 1 * 1": None,
    "whenever": None,
}


@pytest.mark.parametrize(("said", "expression"), SCHEDULES.items(), ids=SCHEDULES)
def test_a_schedule_as_eventbridge_takes_it(said, expression):
    assert aws_schedule(said) == expression


def test_a_schedule_that_was_off_stays_off():
    assert answer("name: ab\ntype: Scheduled Job\non: {schedule: none}", "on.schedule")[0] == "nothing"


def test_a_misspelt_field_is_not_passed_over():
    outcome, _, advice = answer(service(http="{interval: 5s}"), "http.interval")
    assert (outcome, "http.healthcheck.interval" in advice) == ("unknown", True)


def test_a_variable_of_an_export_gets_its_value_in_the_stack():
    text = service(variables="{TABLE: {from_cfn: tables}}")
    assert "Fn.import_value" in answer(text, "variables.TABLE.from_cfn")[1]
    assert reported(text).spec["environment"] == {}


def test_a_variable_that_the_shell_holds_may_be_a_list():
    report = reported(service(http="{alias: '${NAMES}'}"), variables={"NAMES": '["a.example.com", "b.example.com"]'})
    assert report.missing == {}


@pytest.mark.parametrize("kind", RULES)
def test_the_longest_pattern_wins(kind):
    for pattern in RULES[kind]:
        path = tuple("any" if name == "*" else name for name in pattern.removesuffix(".**").split("."))
        found = matching(path, RULES[kind])
        assert found is not None
        assert found[0] == path
