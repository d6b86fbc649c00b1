"""The main path a second time, with Podman: a drop-in without a daemon."""

import shutil

import pytest

from deployment.assembly import Assembly
from tests.local_aws.end_to_end import LocalAws, assert_everything_answered, assert_nothing_left

pytestmark = [pytest.mark.local_run, pytest.mark.container("podman")]


def test_everything_answers_and_nothing_is_left(tmp_path):
    local = LocalAws(tmp_path)
    ended = local.run("run", "--engine", "podman", "--requests", "20")
    found = local.results()

    assert_everything_answered(ended, found, set(Assembly.load(tmp_path / "cdk.out").targets))
    assert {target.executed_by.split()[0] for target in found.targets.values()} == {"podman"}
    started = {
        "ec2-podman": "started by Podman's Quadlet generator",
        "eks-auto": "started by podman kube play",
        "eks-fargate": "started by podman kube play",
        "beanstalk": "started by docker" if shutil.which("docker-compose") else "our stand-in",
    }
    for name, tool in started.items():
        target = found.targets[name]
        assert f"; {tool}" in target.executed_by
        assert {(one.user, one.read_only, one.cpus, one.memory_limit_mib) for one in target.containers} == {
            ("10001:10001", True, 0.25, 512)
        }
    assert_nothing_left(local)
