"""Deployed addresses lead to the emulator, with the name in front that tells them apart."""

from pathlib import Path

import pytest

from local_aws.environment import EngineInfo, LocalEnvironment
from local_aws.reach import request_target

RUNNING = LocalEnvironment(
    endpoint="http://127.0.0.1:4566",
    container_endpoint="http://127.0.0.1:4566",
    engine=EngineInfo(kind="processes"),
    emulator_pid=1,
    emulator_started=1,
    label="local-aws-0",
    directory=Path("local"),
    assembly=Path("cdk.out"),
)


@pytest.mark.parametrize(
    ("url", "base", "host"),
    [
        ("https://0a1b.execute-api.us-east-1.amazonaws.com/", "", "0a1b.execute-api.localhost:4566"),
        ("http://0a1b.execute-api.localhost:4566", "", "0a1b.execute-api.localhost:4566"),
        ("https://abc.lambda-url.us-east-1.on.aws/", "", "abc.lambda-url.us-east-1.on.aws:4566"),
        ("https://0a1b.execute-api.us-east-1.amazonaws.com/prod/", "/prod", "0a1b.execute-api.localhost:4566"),
    ],
)
def test_an_address_becomes_a_base_and_a_host(url, base, host):
    assert request_target(RUNNING, url) == (f"http://127.0.0.1:4566{base}", {"Host": host})


def test_what_is_written_down_is_read_again(tmp_path):
    from dataclasses import replace

    from local_aws.environment import read

    running = replace(RUNNING, directory=tmp_path)
    running.save()
    assert read(tmp_path) == running


def test_a_broken_note_is_no_run(tmp_path):
    from local_aws.environment import read

    (tmp_path / "state.json").write_text('{"endpoint": ')
    assert read(tmp_path) is None
