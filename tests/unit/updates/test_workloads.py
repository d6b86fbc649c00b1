"""The changes of workers and jobs: every option of their constructs has a verdict, and each finding is declared."""

import pytest

from updates import facts, workloads
from updates.findings import WORKLOADS
from updates.matrix import Matrix


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return workloads.compute()


def test_every_option_of_every_construct_has_a_verdict(matrix: Matrix) -> None:
    judged = {(target, change.split()[0]) for change, target in matrix.judgements}
    expected = {(construct, option) for construct, names in workloads.options().items() for option in names}
    assert expected <= judged
    assert {construct for construct, _ in expected} == set(WORKLOADS)


def test_no_finding_is_undeclared_and_no_declaration_unused(matrix: Matrix) -> None:
    assert list(matrix.undeclared) == []
    assert list(matrix.unused) == []


def test_another_queue_deletes_the_workers_own_one(matrix: Matrix) -> None:
    for construct in ("FargateWorker", "EksAutoWorker", "LambdaWorker"):
        [declaration] = matrix.judgements["queue on", construct].declarations
        assert "deleted with their messages" in declaration.consequence


def test_the_recorded_verdicts_are_current(matrix: Matrix) -> None:
    recorded = facts.read()
    assert recorded["workloads"] == facts.with_workloads({}, matrix)["workloads"]


def test_a_verdict_of_a_worker_that_differs_is_named(matrix: Matrix) -> None:
    computed = facts.with_workloads({"targets": [], "verdicts": {}, "changes": []}, matrix)
    cells = {"FargateWorker": {"verdict": "rolling"}}
    outdated = {
        **computed,
        "workloads": {**computed["workloads"], "changes": [{"id": "image", "text": "", "cells": cells}]},
    }
    assert list(facts.differences(computed, computed)) == []
    assert any(line.startswith("image on FargateWorker") for line in facts.differences(outdated, computed))
