"""The report fits into 80 columns, and names everything that must not happen."""

import io
from pathlib import Path

import pytest

from deployment.console import make_console, show
from deployment.errors import ActionableError
from deployment.load import load_results as results
from deployment.load.accounting import Account, Finding
from deployment.load.drain import DrainedTarget
from deployment.load.faults import InjectedFault
from deployment.load.load_report import report
from deployment.load.load_results import Load, LoadResults
from deployment.results import Engine, Outcome

GOOD = LoadResults(
    environment="local",
    started_at="2026-11-28T16:00:00+00:00",
    engine=Engine(kind="docker", version="20.10", detail=""),
    host="2 CPUs",
    targets=["ecs-fargate", "lambda"],
    load=Load(
        planned=100,
        mix={"ordinary": 70, "scarce": 20, "cancelled": 10},
        requests=130,
        errors={"503 busy": {"ecs-fargate": 2}},
        p50_ms=12.0,
        p99_ms=2300.0,
        seconds=50.0,
    ),
    account=Account(accepted=100, statuses={"FULFILLED": 72, "REJECTED": 18, "CANCELLED": 10}),
    faults=[InjectedFault(name="restart-servers", text="a few words " * 8, injected=1, hits=3)],
    drained=[DrainedTarget(target="ecs-fargate", outcome=Outcome.PASSED, stopped=2, requests=50)],
    seconds=60.0,
)


def rendered(found: LoadResults) -> str:
    file = io.StringIO()
    show(make_console(file, {"COLUMNS": "80"}), report(found))
    return file.getvalue()


def test_a_load_without_losses_passes():
    text = rendered(GOOD)
    assert not GOOD.failed()
    assert "100 orders, 0 lost, 0 doubled, 0 undone" in text
    assert "✘" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_everything_that_must_not_happen_is_named():
    findings = [Finding(kind=kind, subject="ord_1", text=f"{kind} text") for kind in ("lost", "doubled", "stock")]
    failed = LoadResults(
        **{
            **{
                name: getattr(GOOD, name) for name in ("environment", "started_at", "engine", "host", "targets", "load")
            },
            "account": Account(findings=findings),
            "faults": [
                InjectedFault(name="fail-secrets", injected=1),
                InjectedFault(name="throttle-table", error="no"),
            ],
            "drained": [DrainedTarget(target="ecs", outcome=Outcome.FAILED, reason="2 lost", cause="broken")],
        }
    )
    assert [message for message, _ in failed.problems()] == [
        "lost: ord_1",
        "doubled: ord_1",
        "stock: ord_1",
        "no order was accepted",
        "fail-secrets hit nothing",
        "throttle-table was not injected",
        "SIGTERM to ecs: 2 lost",
    ]
    text = rendered(failed)
    assert failed.failed()
    assert all(message in text for message, _ in failed.problems())


def test_the_results_are_read_as_they_were_written(tmp_path: Path):
    assert results.read(results.write(GOOD, tmp_path)) == GOOD


def test_results_of_another_version_are_rejected(tmp_path: Path):
    (tmp_path / "load.json").write_text("{}")
    with pytest.raises(ActionableError, match="cannot be read"):
        results.read(tmp_path / "load.json")
    with pytest.raises(ActionableError, match="does not exist"):
        results.read(tmp_path / "none.json")
