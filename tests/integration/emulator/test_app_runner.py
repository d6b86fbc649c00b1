"""The emulated App Runner follows the template."""

import pytest

from tests.emulated import templates
from tests.emulated.emulator import Emulator, output

pytestmark = pytest.mark.local_run

URL = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "ServiceUrl"]}]]}


def test_image_environment_and_size_come_from_the_template(emulator: Emulator) -> None:
    variables = [{"Name": "GREETING", "Value": "hello"}]
    emulator.deploy("runner", templates.app_runner(RuntimeEnvironmentVariables=variables, StartCommand="serve"))
    [definition] = emulator.task_definitions()
    [container] = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("512", "1024")
    assert container["command"] == ["serve"]
    assert container["image"] == templates.IMAGE
    assert container["environment"] == [{"name": "GREETING", "value": "hello"}]
    assert [port["containerPort"] for port in container["portMappings"]] == [8080]
    assert len(emulator.running("runner")) == 2


def test_secrets_and_parameters_reach_the_container(emulator: Emulator) -> None:
    secret = emulator.client("secretsmanager").create_secret(Name="bills", SecretString='{"key": "a$b"}')["ARN"]
    emulator.client("ssm").put_parameter(Name="/bills/key", Value="c d", Type="SecureString")
    parameter = "arn:aws:ssm:us-east-1:000000000000:parameter/bills/key"
    secrets = [{"Name": "FIRST", "Value": f"{secret}:key::"}, {"Name": "LAST", "Value": parameter}]
    stack = emulator.deploy("runner", templates.app_runner(RuntimeEnvironmentSecrets=secrets))
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.reasons("runner")
    for container in emulator.running("runner"):
        assert {"FIRST": "a$b", "LAST": "c d"}.items() <= emulator.record(container)["environment"].items()


def test_health_checks_use_the_path_in_the_template(emulator: Emulator) -> None:
    emulator.begin("sick", templates.app_runner("/missing"))
    assert set(emulator.wait(lambda: emulator.targets("/missing")).values()) == {"initial"}


def test_an_update_of_the_scaling_keeps_the_url_and_deletion_leaves_nothing(emulator: Emulator) -> None:
    url = output(emulator.deploy("runner", templates.app_runner(), Url=URL))
    resources = templates.app_runner()
    resources["Scaling"]["Properties"]["MinSize"] = 3
    assert output(emulator.update("runner", resources, Url=URL)) == url
    emulator.wait(lambda: len(emulator.running("runner")) == 3)
    assert emulator.get(url).status_code == 200
    emulator.delete("runner")
    emulator.wait(lambda: not emulator.running("runner"))
    balancing = emulator.client("elbv2")
    emulator.wait(lambda: not balancing.describe_load_balancers()["LoadBalancers"])
    assert balancing.describe_target_groups()["TargetGroups"] == []
