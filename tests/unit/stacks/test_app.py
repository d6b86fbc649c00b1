"""The app as a program: a value that is not valid or not supported ends with a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployment.assembly import Assembly
from tests.conftest import ROOT, Template

ARM64 = {"service": '{"architecture": "arm64"}'}


def run(context: dict[str, str], output: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "CDK_OUTDIR": str(output),
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    command = [sys.executable, "app.py"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_target_that_rejects_the_service_is_left_out_and_named(tmp_path: Path) -> None:
    ended = run(ARM64, tmp_path)
    assert ended.returncode == 0
    [line] = ended.stderr.splitlines()
    assert line.startswith("⚠ OrdersOnEksFargate is left out: service 'orders': architecture='arm64' is not supported")
    assembly = Assembly.load(tmp_path)
    assert assembly.rejected.keys() == {"OrdersOnEksFargate"}
    assert line.endswith(assembly.rejected["OrdersOnEksFargate"])
    assert "eks-fargate" not in assembly.targets
    assert len(assembly.targets) > 1


def test_a_target_that_is_left_out_leaves_nothing_in_shared_stacks(
    templates: dict[str, Template], tmp_path: Path
) -> None:
    """Its stack is removed after its constructs have begun: other stacks have less, and nothing more."""
    ended = run({"service": '{"min_instances": 0}'}, tmp_path)
    assert ended.returncode == 0
    assert set(Assembly.load(tmp_path).rejected) == {
        name
        for name in templates
        if name.startswith("OrdersOn") and name not in ("OrdersOnLambda", "OrdersOnAppRunner")
    }
    for name in ("OrdersNetwork", "OrdersPublicNetwork", "OrdersEksCluster", "OrdersData"):
        made = json.loads((tmp_path / f"{name}.template.json").read_text())
        assert made["Resources"].keys() <= templates[name]["Resources"].keys(), name


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        (
            {"service": '{"min_instances": 0, "cpu": 4096, "memory_mib": 20480}'},
            "is not supported by Lambda (allowed: 128 to 10240)",
        ),
        ({"service": '{"port": 80}'}, "port=80 is not valid (allowed: an integer from 1024 to 65535)"),
        ({"service": "{port: 80"}, "context service='{port: 80' is not valid (allowed: name, port,"),
        ({"service": '{"ports": 80}'}, "context service={'ports': 80} is not valid"),
        ({"alarm_topic": "on-call"}, "context alarm_topic='on-call' is not valid (allowed: the ARN of an SNS topic"),
        ({"alarm_topic": "arn:aws:sqs:eu-west-1:000000000000:on-call"}, "is not valid (allowed: the ARN of an SNS"),
        ({"alarm_emails": "a@example.com bob"}, "alarm_emails='a@example.com bob' is not valid"),
        ({"availability_zones": "us-east-1a"}, "availability_zones='us-east-1a' is not valid"),
        ({"stage": "Beta"}, "stage='Beta' is not valid (allowed: 1 to 16 lowercase letters"),
        ({"app_runner": "yes"}, "app_runner='yes' is not valid (allowed: true, false)"),
        ({"alarm_email": "a@example.com"}, "Pass -c alarm_emails=…, the nearest name."),
        (
            {"alarm_emails": "a@example.com", "alarm_topic": "arn:aws:sns:us-east-1:111122223333:alarms"},
            "alarm_topic and alarm_emails are both set",
        ),
    ],
)
def test_a_wrong_value_ends_with_a_sentence(context: dict[str, str], sentence: str, tmp_path: Path) -> None:
    ended = run(context, tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("✘ ")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("*.template.json"))
