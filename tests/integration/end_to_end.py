"""The local run as you start it: its own process, its own directory, and the files that it leaves there."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deployment import results
from deployment.results import Outcome, Results
from deployment.traces import walk
from local_aws.environment import label_of

TIMEOUT_S = 1800


@dataclass(frozen=True)
class LocalRun:
    """One local environment in a directory of its own."""

    directory: Path

    @property
    def label(self) -> str:
        """The label of everything that belongs to it."""
        return label_of(self.directory)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "local_aws", "--directory", str(self.directory), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, so that a test can interrupt it as a terminal does."""
        return subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "CI": "true"},
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def results(self) -> Results:
        return results.read(self.directory)

    def processes(self) -> list[str]:
        """Command lines of processes with this directory or label, without this one."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if any(mark.encode() in words for mark in (str(self.directory), self.label)) and process.name != str(
                os.getpid()
            ):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return found

    def files(self) -> set[str]:
        return {path.name for path in self.directory.iterdir()}


def assert_everything_passed(ended: subprocess.CompletedProcess[str], found: Results, target_ids: set[str]) -> None:
    """The results of a run that passed, with any engine."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert found.targets.keys() == target_ids
    for target in found.targets.values():
        assert target.outcome is Outcome.PASSED
        assert Outcome.FAILED not in {check.outcome for check in target.checks}
        assert target.requests > 0
        assert target.p50_ms <= target.p99_ms
        assert target.memory_mib > 1
        assert target.containers
    assert_every_order_is_final(found)
    assert found.permissions.outcome is Outcome.PASSED
    assert found.permissions.with_grant == "200"
    assert found.permissions.without_grant.startswith("AccessDenied")
    assert found.fault_injection.outcome is Outcome.PASSED
    assert found.fault_injection.killed == 2
    assert found.fault_injection.responding == found.fault_injection.other_targets == len(target_ids) - 1
    assert found.fault_injection.recovery_s > 0


def assert_every_order_is_final(found: Results) -> None:
    assert (found.workflow.orders, found.workflow.fulfilled, found.workflow.rejected) == (12, 11, 1)
    assert "tea-250g" in found.workflow.rejected_reason
    assert {order.target for order in found.workflow.order_results} == found.targets.keys()
    assert {order.executions for order in found.workflow.order_results} == {1}
    assert len(found.workflow.tasks) >= 11
    assert {task.exit_code for task in found.workflow.tasks} == {0}
    assert found.workflow.trace.missing == []
    parts = {node.part for node in walk(found.workflow.trace.root)}
    assert {"http", "pipe", "workflow", "lambda", "fargate task"} <= parts
    origins = {node.part: node.note for node in walk(found.workflow.trace.root) if node.source == "span"}
    assert origins["http"] in found.targets
    assert (origins["lambda"], origins["fargate task"]) == ("Check", "Fulfil")


LEFT = {"results.json", "cdk.out"}


def assert_nothing_left(local: LocalRun) -> None:
    """No process that belongs to it, and no file but results, assembly and logs."""
    assert local.processes() == []
    assert {name for name in local.files() if not name.endswith(".log")} <= LEFT
