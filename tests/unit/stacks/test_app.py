"""The app as a program: a value that is not valid or not supported ends with a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        ({"service": '{"architecture": "arm64"}'}, "architecture='arm64' is not supported by Fargate on EKS"),
        ({"service": '{"port": 80}'}, "port=80 is not valid (allowed: an integer from 1024 to 65535)"),
        ({"service": "{port: 80"}, "context service='{port: 80' is not valid (allowed: name, port,"),
        ({"service": '{"ports": 80}'}, "context service={'ports': 80} is not valid"),
        ({"alarm_topic": "on-call"}, "context alarm_topic='on-call' is not valid (allowed: the ARN of an SNS topic"),
        ({"alarm_topic": "arn:aws:sqs:eu-west-1:000000000000:on-call"}, "is not valid (allowed: the ARN of an SNS"),
        ({"alarm_emails": "a@example.com bob"}, "alarm_emails='a@example.com bob' is not valid"),
        ({"availability_zones": "us-east-1a"}, "availability_zones='us-east-1a' is not valid"),
        ({"stage": "Beta"}, "stage='Beta' is not valid (allowed: 1 to 16 lowercase letters"),
        ({"app_runner": "yes"}, "app_runner='yes' is not valid (allowed: true, false)"),
        (
            {"alarm_emails": "a@example.com", "alarm_topic": "arn:aws:sns:us-east-1:111122223333:alarms"},
            "alarm_topic and alarm_emails are both set",
        ),
    ],
)
def test_a_wrong_value_ends_with_a_sentence(context: dict[str, str], sentence: str, tmp_path: Path) -> None:
    environment = os.environ | {
        "CDK_OUTDIR": str(tmp_path),
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    command = [sys.executable, "app.py"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("✘ ")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("*.template.json"))
