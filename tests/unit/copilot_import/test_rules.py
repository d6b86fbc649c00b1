"""The results for fields outside the spec."""

import pytest

from copilot_import.rules import RULES, match_rule
from copilot_import.rules.events import schedule_expression
from tests.unit.copilot_import.reports import reported, service

BACKEND = "Backend Service"


def result(text: str, field: str) -> tuple[str, str, str]:
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
def test_a_build_becomes_a_folder_with_a_dockerfile(build, becomes, advice):
    outcome, found, shown = result(service(image=f"{{build: {build}, port: 8080}}"), "image.build")
    assert (outcome, found) == ("equivalent", becomes)
    assert advice in shown


def test_a_dockerfile_outside_its_context_must_be_moved():
    image = "{build: {context: shop, dockerfile: docker/Dockerfile}, port: 8080}"
    outcome, becomes, advice = result(service(image=image), "image.build.context")
    assert (outcome, becomes) == ("equivalent", 'SourceImage(directory=HERE / "shop")')
    assert advice.endswith("move docker/Dockerfile there")


@pytest.mark.parametrize(
    ("alias", "name", "more"),
    [
        ("a.example.com", "a.example.com", ""),
        ("[a.example.com, b.example.com]", "a.example.com", "one name only"),
        ("[{name: a.example.com, hosted_zone: Z}]", "a.example.com", ""),
    ],
)
def test_each_form_of_an_alias_becomes_a_custom_domain(alias, name, more):
    _, becomes, advice = result(service(http=f"{{alias: {alias}}}"), "http.alias")
    assert becomes == f"ingress=CustomDomain(name='{name}', zone=..., certificate=...)"
    assert more in advice


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("NAME", "parameter"),
        ("{secretsmanager: x}", "secret"),
        ("arn:aws:secretsmanager:us-east-1:1:secret:x", "secret"),
        ("{from_cfn: x}", "exported_resource"),
    ],
)
def test_a_secret_is_granted_to_the_service_not_passed(secret, kind):
    assert result(service(secrets=f"{{KEY: {secret}}}"), "secrets.KEY")[1] == f"{kind}.grant_read(service.role)"


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


@pytest.mark.parametrize(("schedule", "expression"), SCHEDULES.items(), ids=SCHEDULES)
def test_schedules_become_eventbridge_expressions(schedule, expression):
    assert schedule_expression(schedule) == expression


def test_a_disabled_schedule_stays_disabled():
    assert result("name: ab\ntype: Scheduled Job\non: {schedule: none}", "on.schedule")[0] == "unsupported"


def test_a_misspelled_field_is_reported():
    outcome, _, advice = result(service(http="{interval: 5s}"), "http.interval")
    assert (outcome, "http.healthcheck.interval" in advice) == ("unknown", True)


def test_a_variable_from_an_export_is_set_in_the_stack():
    text = service(variables="{TABLE: {from_cfn: tables}}")
    assert "Fn.import_value" in result(text, "variables.TABLE.from_cfn")[1]
    assert reported(text).spec["environment"] == {}


def test_a_variable_of_the_shell_can_contain_a_list():
    report = reported(service(http="{alias: '${NAMES}'}"), variables={"NAMES": '["a.example.com", "b.example.com"]'})
    assert report.missing == {}


@pytest.mark.parametrize("kind", RULES)
def test_the_longest_pattern_wins(kind):
    for pattern in RULES[kind]:
        path = tuple("any" if name == "*" else name for name in pattern.removesuffix(".**").split("."))
        found = match_rule(path, RULES[kind])
        assert found is not None
        assert found[0] == path
