"""The local run as a person starts it: its own process, a directory of its own, and what it left there."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deployment import results
from deployment.results import Outcome, Results
from local_aws.environment import label_of

PATIENCE_S = 400


@dataclass(frozen=True)
class LocalAws:
    """One local AWS in a directory of its own."""

    directory: Path

    @property
    def label(self) -> str:
        """What everything that belongs to it carries."""
        return label_of(self.directory)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "local_aws", "--directory", str(self.directory), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, so that it can be interrupted as a terminal does."""
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
            out, err = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def results(self) -> Results:
        return results.read(self.directory)

    def processes(self) -> list[str]:
        """Command lines of processes that know of this directory or run, ourselves left out."""
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


def assert_everything_answered(ended: subprocess.CompletedProcess[str], found: Results, target_ids: set[str]) -> None:
    """What a run that went well has to have found out, whatever ran the image."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert found.targets.keys() == target_ids
    for target in found.targets.values():
        assert target.outcome is Outcome.PASSED
        assert Outcome.FAILED not in {check.outcome for check in target.checks}
        assert target.requests > 0
        assert target.p50_ms <= target.p99_ms
        assert target.memory_mib > 1
        assert target.containers
    assert_every_order_ended(found)
    assert found.permissions.outcome is Outcome.PASSED
    assert found.permissions.untouched == "200"
    assert found.permissions.reduced.startswith("AccessDenied")
    assert found.isolation.outcome is Outcome.PASSED
    assert found.isolation.killed == 2
    assert found.isolation.answered == found.isolation.others == len(target_ids) - 1


def assert_every_order_ended(found: Results) -> None:
    assert (found.workflow.orders, found.workflow.fulfilled, found.workflow.rejected) == (12, 11, 1)
    assert "tea-250g" in found.workflow.rejected_reason
    assert {end.target for end in found.workflow.ends} == found.targets.keys()
    assert {end.executions for end in found.workflow.ends} == {1}
    assert len(found.workflow.tasks) >= 11
    assert {task.exit_code for task in found.workflow.tasks} == {0}
    assert found.workflow.trace.missing == []
    parts = {node.part for node in _walk(found.workflow.trace.root)}
    assert {"http", "pipe", "workflow", "lambda", "fargate task"} <= parts


def _walk(node):
    yield node
    for child in node.children:
        yield from _walk(child)


LEFT = {"results.json", "cdk.out", "comparison"}


def assert_nothing_left(local: LocalAws) -> None:
    """No process that belongs to it, and no file but results, assembly, page and logs."""
    assert local.processes() == []
    assert {name for name in local.files() if not name.endswith(".log")} <= LEFT
