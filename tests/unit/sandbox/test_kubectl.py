"""kubectl through the CDK's own function: what it asks, and what the results mean."""

import pytest

from deployment.errors import ActionableError
from sandbox.drills import kubectl
from sandbox.drills.target import account_of
from tests.unit.sandbox.drill_contexts import Drilled, drilled

RESOURCES = ("cloudformation", "list_stack_resources", "eks")


def asked(result: str) -> Drilled:
    return drilled(RESOURCES, RESOURCES, ("lambda", "invoke", result))


def test_names_are_those_of_the_output() -> None:
    context = asked("namespaces").context
    assert kubectl.names(context, account_of(context), "namespaces").split() == ["default", "kube-system", "orders"]


def test_no_output_in_time_means_that_there_is_none() -> None:
    context = asked("timeout").context
    assert kubectl.names(context, account_of(context), "pods", selector="a=b") == ""


def test_another_error_does_not_mean_that_there_is_none() -> None:
    context = asked("failed").context
    with pytest.raises(ActionableError):
        kubectl.names(context, account_of(context), "pods")


def test_a_pod_is_deleted_by_its_manifest() -> None:
    context = asked("null").context
    kubectl.delete_pod(context, account_of(context), "orders-1", "orders")
    context = asked("failed").context
    with pytest.raises(ActionableError):
        kubectl.delete_pod(context, account_of(context), "orders-1", "orders")


def test_without_a_cluster_kubectl_cannot_run() -> None:
    empty = ("cloudformation", "list_stack_resources", "empty")
    context = drilled(empty, empty).context
    with pytest.raises(ActionableError):
        kubectl.names(context, account_of(context), "pods")
