"""The results for fields outside the spec."""

import pytest

from copilot_import.rules import RULES, match_rule
from copilot_import.schedules import schedule_expression
from copilot_import.secrets import Owner
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
        ("shop/web.Dockerfile", 'SourceImage(directory=HERE / "shop", file="web.Dockerfile")', ""),
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
    assert advice.startswith("move docker/Dockerfile there")


def test_a_monorepo_keeps_its_dockerfile_and_context():
    image = "{build: {context: ., dockerfile: shop/Dockerfile, target: slim}, port: 8080}"
    outcome, becomes, _ = result(service(image=image), "image.build.context")
    assert (outcome, becomes) == ("equivalent", 'SourceImage(directory=HERE, file="shop/Dockerfile")')
    assert result(service(image=image), "image.build.target")[1] == "SourceImage(target=...)"


@pytest.mark.parametrize(
    ("alias", "name", "more"),
    [
        ("a.example.com", "a.example.com", ""),
        ("[a.example.com, b.example.com]", "a.example.com", "one name only"),
        ("[{name: a.example.com, hosted_zone: Z}]", "a.example.com", ""),
        ("""'["a.example.com", "b.example.com"]'""", "a.example.com", "one name only"),
        ("['*.example.com', a.example.com]", "a.example.com", "no wildcard"),
    ],
)
def test_each_form_of_an_alias_becomes_a_custom_domain(alias, name, more):
    _, becomes, advice = result(service(http=f"{{alias: {alias}}}"), "http.alias")
    assert becomes == f"ingress=CustomDomain(name='{name}', zone=..., certificate=...)"
    assert more in advice


def test_a_wildcard_alone_is_no_endpoint():
    outcome, becomes, advice = result(service(http="{alias: '*.example.com'}"), "http.alias")
    assert (outcome, becomes) == ("unsupported", "")
    assert "without a wildcard" in advice


def test_an_internal_alias_stays_private():
    text = service(BACKEND, http="{path: /, alias: shop.internal}")
    assert result(text, "http.alias")[1] == "ingress=PrivateIngress(name='shop.internal', zone=..., certificate=...)"


SECRETS_MANAGER = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/copilot/KEY"
# secret in the manifest: ARN in the spec, with the account and Region of Copilot's environment
ARNS = {
    "/copilot/KEY": PARAMETER,
    "copilot/KEY": PARAMETER,
    PARAMETER: PARAMETER,
    SECRETS_MANAGER: SECRETS_MANAGER,
    f"'{SECRETS_MANAGER}:password::'": f"{SECRETS_MANAGER}:password::",
    f"'{SECRETS_MANAGER}:password'": f"{SECRETS_MANAGER}:password::",
    f"{{secretsmanager: '{SECRETS_MANAGER}:password::'}}": f"{SECRETS_MANAGER}:password::",
}


@pytest.mark.parametrize(("secret", "arn"), ARNS.items(), ids=ARNS)
def test_a_secret_with_an_arn_is_a_field_of_the_spec(secret, arn):
    report = reported(service(secrets=f"{{KEY: {secret}}}"), owner=Owner("111122223333", "eu-west-1"))
    assert report.spec["secrets"] == {"KEY": arn}
    [found] = [finding for finding in report.findings if finding.field.startswith("secrets.KEY")]
    assert (found.outcome, found.becomes) == ("spec", "secrets['KEY']")
    assert f'"KEY": "{arn}",' in report.source


def test_the_partition_follows_the_region():
    report = reported(service(secrets="{KEY: /a}"), owner=Owner("111122223333", "cn-north-1"))
    assert report.spec["secrets"] == {"KEY": "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/a"}


@pytest.mark.parametrize(
    ("secret", "field", "advice"),
    [
        ("/copilot/KEY", "secrets.KEY", "pass --account and --region"),
        ("{secretsmanager: shop/db}", "secrets.KEY.secretsmanager", "--secret-id shop/db --query ARN"),
        ("{secretsmanager: 'shop/db:password::'}", "secrets.KEY.secretsmanager", "append :password:: for the key"),
        ("arn:aws:secretsmanager:us-east-1:1:secret:x", "secrets.KEY", "the spec takes full ARNs"),
        ("{from_cfn: x}", "secrets.KEY.from_cfn", "in the stack"),
    ],
)
def test_a_secret_without_an_arn_says_how_to_find_it(secret, field, advice):
    text = service(secrets=f"{{KEY: {secret}}}")
    [found] = [finding for finding in reported(text).findings if finding.field in (field, "secrets.KEY")]
    assert advice in found.advice
    assert "secrets" in found.becomes
    assert reported(text).spec["secrets"] == {}


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


@pytest.mark.parametrize(
    ("schedule", "outcome", "text"),
    [
        ("@every 90s", "unsupported", "use rate(1 minute) or rate(2 minutes)"),
        ("@every 1h30s", "unsupported", "use rate(60 minutes) or rate(61 minutes)"),
        ("@every now", "unsupported", "not a duration"),
        ("0 9 1 * 1", "unsupported", "use two schedules"),
        ("whenever", "unsupported", "not a schedule"),
        (
            "CRON_TZ=Europe/Berlin 0 9 * * *",
            "equivalent",
            'schedule="cron(0 9 * * ? *)", time_zone="Europe/Berlin"',
        ),
        ("TZ=UTC @daily", "equivalent", 'schedule="cron(0 0 * * ? *)", time_zone="UTC"'),
        ("rate(1 hours)", "unsupported", "rate(1 hour) is singular"),
    ],
)
def test_a_schedule_that_eventbridge_does_not_support_names_another(schedule, outcome, text):
    found, becomes, advice = result(f"name: ab\ntype: Scheduled Job\non: {{schedule: '{schedule}'}}", "on.schedule")
    assert found == outcome
    assert text in becomes + advice


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


def test_variables_without_a_value_are_no_field():
    assert [found for found in reported(service(variables="")).findings if found.field == "variables"] == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name: ab\ntype: Worker Service", set()),
        ("name: ab\ntype: Worker Service\nsubscribe: {queue: {fifo: true}}", {"COPILOT_QUEUE_URI"}),
        (
            "name: ab\ntype: Worker Service\nsubscribe: {topics: [{name: a, queue: {fifo: true}}]}",
            {"COPILOT_TOPIC_QUEUE_URIS"},
        ),
        (service(publish="{topics: [{name: a}]}"), {"COPILOT_SNS_TOPIC_ARNS", "COPILOT_LB_DNS"}),
        (service(storage="{volumes: {a: {path: /a, efs: true}}}"), {"COPILOT_MOUNT_POINTS", "COPILOT_LB_DNS"}),
    ],
)
def test_variables_that_vanish_are_named(text, names):
    [found] = [finding for finding in reported(text).findings if finding.field == "Copilot's variables"]
    optional = {"COPILOT_QUEUE_URI", "COPILOT_TOPIC_QUEUE_URIS", "COPILOT_SNS_TOPIC_ARNS", "COPILOT_MOUNT_POINTS"}
    shown = {name for name in (*optional, "COPILOT_LB_DNS") if name in found.advice}
    assert shown == names


def test_folders_beside_the_manifest_are_named(tmp_path):
    for file in ("addons/table.yml", "addons/addons.parameters.yml", "overrides/cfn.patches.yml"):
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = {one.field: one for one in reported(service(), folder=tmp_path).findings}
    assert found["addons/"].value == "addons.parameters.yml, table.yml"
    assert "CfnInclude" in found["addons/"].advice
    assert "add_property_override" in found["overrides/"].advice
    assert not [one for one in reported(service()).findings if one.field.endswith("/")]


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        (service(http="false", nlb="{port: 443/tls}"), "NetworkLoadBalancedFargateService"),
        (service(http="false"), "without a load balancer"),
        (service(http="{path: /, version: grpc}"), "protocol_version=GRPC"),
        ("name: ab\ntype: Backend Service\nimage: {build: Dockerfile}", "it has no image.port"),
    ],
)
def test_a_service_without_http_has_no_target(text, alternative):
    report = reported(text)
    assert report.targets == {}
    assert alternative in report.alternative
    assert report.spec is not None


def test_a_backend_service_with_a_port_has_targets():
    assert "ecs-fargate" in reported("name: ab\ntype: Backend Service\nimage: {port: 8080}").targets
