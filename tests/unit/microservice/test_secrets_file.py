"""The program that reads secrets on an EC2 instance: it runs, with a fake AWS CLI."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from microservice import ServiceSpec
from microservice.ec2.secrets_file import FETCH_SECRETS_PROGRAM, secrets_list

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/bills/key"
# Responds with the value in the file VALUE, as JSON, and records its arguments.
AWS = """#!/bin/sh
echo "$*" >> calls
[ -e VALUE ] && cat VALUE
"""


def fetch(folder: Path, value: str | None, **secrets: str) -> subprocess.CompletedProcess[str]:
    (folder / "aws").write_text(AWS)
    (folder / "aws").chmod(0o755)
    if value is not None:
        (folder / "VALUE").write_text(json.dumps(value))
    (folder / "list.json").write_text(secrets_list(ServiceSpec(name="bills", secrets=secrets)))
    command = [sys.executable, "-c", FETCH_SECRETS_PROGRAM, "list.json", "secrets"]
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_values_are_written_unchanged_to_a_file_that_only_root_reads(tmp_path: Path) -> None:
    value = """a$b"c'd #e=f%g """
    (tmp_path / "secrets").touch(mode=0o600)
    assert fetch(tmp_path, value, FIRST=SECRET, LAST=PARAMETER).returncode == 0
    assert (tmp_path / "secrets").read_text() == f"FIRST={value}\nLAST={value}\n"
    (tmp_path / "secrets").unlink()
    fetch(tmp_path, value, FIRST=SECRET)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o600


def test_each_value_is_read_in_its_region_with_its_version(tmp_path: Path) -> None:
    fetch(tmp_path, "x", A=PARAMETER, B=SECRET, C=f"{SECRET}::AWSPREVIOUS:", D=f"{SECRET}:::4711")
    read = f"secretsmanager get-secret-value --secret-id {SECRET} --query SecretString"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"ssm get-parameter --with-decryption --name {PARAMETER} --query Parameter.Value"
        " --region eu-central-1 --output json",
        f"{read} --region eu-west-1 --output json",
        f"{read} --version-stage AWSPREVIOUS --region eu-west-1 --output json",
        f"{read} --version-id 4711 --region eu-west-1 --output json",
    ]


@pytest.mark.parametrize(("key", "line"), [("text", "KEY=a b"), ("number", "KEY=7"), ("list", 'KEY=["x"]')])
def test_a_key_of_a_json_secret_is_selected(key: str, line: str, tmp_path: Path) -> None:
    value = json.dumps({"text": "a b", "number": 7, "list": ["x"]})
    assert fetch(tmp_path, value, KEY=f"{SECRET}:{key}::").returncode == 0
    assert (tmp_path / "secrets").read_text() == f"{line}\n"


@pytest.mark.parametrize(
    ("value", "arn", "message"),
    [
        (None, SECRET, "secret KEY: the AWS CLI failed to read"),
        ("sesame", f"{SECRET}:key::", "secret KEY: .* is no JSON object with this key"),
        ('{"other": "sesame"}', f"{SECRET}:key::", "secret KEY: .* is no JSON object with this key"),
        ("sesame\nopen", SECRET, "secret KEY: the value is no text of one line"),
    ],
)
def test_a_failure_writes_no_file_and_no_value(value: str | None, arn: str, message: str, tmp_path: Path) -> None:
    failed = fetch(tmp_path, value, KEY=arn)
    assert failed.returncode == 1
    assert message.split(".*")[0] in failed.stderr
    assert message.split(".*")[-1] in failed.stderr
    assert "sesame" not in failed.stderr
    assert not (tmp_path / "secrets").exists()
