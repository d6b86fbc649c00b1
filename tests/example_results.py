"""Example results of a run with every outcome; the figures are invented."""

from dataclasses import replace

from deployment.containers import ContainerState
from deployment.results import (
    CREATE_ORDER,
    HEALTH_CHECK,
    Check,
    Engine,
    FaultInjectionResult,
    OrderResult,
    Outcome,
    PermissionResult,
    Results,
    TargetResult,
    Trace,
    TraceNode,
    WorkflowResult,
)

TRACE_ID = "1-67432e00-0123456789abcdef01234567"


def check(name: str, got: str, outcome: Outcome = Outcome.PASSED, expected: str = "") -> Check:
    return Check(name=name, outcome=outcome, expected=expected, got=got)


def container(name: str = "orders-1", exit_code: int | None = None) -> ContainerState:
    return ContainerState(
        id=name,
        name=name,
        stack="OrdersOnEcsFargate",
        role="service",
        image="orders:1",
        image_digest="sha256:3f9c00",
        user="10001:10001",
        read_only=True,
        memory_mib_limit=512,
        cpus=0.25,
        memory_mib_used=None if exit_code is not None else 58.2,
        status="running" if exit_code is None else "exited",
        exit_code=exit_code,
        oom_killed=False,
        command=("serve",),
        labels={"created": "2026-11-24T11:00:00Z"},
    )


def passed() -> TargetResult:
    return TargetResult(
        outcome=Outcome.PASSED,
        stack="OrdersOnEcsFargate",
        construct="FargateMicroservice",
        url="https://abc.execute-api.us-east-1.amazonaws.com",
        resources=42,
        runs_as="2 containers",
        executed_by="docker 20.10; the emulator's ECS",
        not_shown="task placement, Availability Zones, scaling",
        deploy_s=9.1,
        healthy_s=0.4,
        requests=200,
        p50_ms=14.2,
        p99_ms=31.0,
        memory_mib=58.2,
        containers=[container(), container("orders-2")],
        checks=[check(HEALTH_CHECK, "200"), check(CREATE_ORDER, "201 ord_1")],
    )


def failed() -> TargetResult:
    return TargetResult(
        outcome=Outcome.FAILED,
        stack="OrdersOnAppRunner",
        construct="AppRunnerMicroservice",
        url="https://def.awsapprunner.com",
        resources=5,
        runs_as="nothing",
        executed_by="docker 20.10",
        checks=[check(HEALTH_CHECK, "502 Bad Gateway", Outcome.FAILED, "200 within 60 s")],
        reason="health check: 502 Bad Gateway, expected 200 within 60 s",
        cause="its container exited with 1, twice\nPORT is not set",
        fix="python -m local_aws logs app-runner",
    )


def not_run() -> TargetResult:
    return TargetResult(
        outcome=Outcome.NOT_RUN,
        stack="OrdersOnEksAuto",
        construct="EksAutoMicroservice",
        resources=39,
        deploy_s=12.5,
        reason="no engine for pods",
    )


def order(number: int, status: str = "FULFILLED", expected: str = "FULFILLED", **more: object) -> OrderResult:
    known = {"target": "ecs-fargate", "execution": "SUCCEEDED", "executions": 1} | more
    return OrderResult(id=f"ord_{number}", expected=expected, status=status, **known)


def trace() -> Trace:
    write = TraceNode(part="call", name="DynamoDB.TransactWriteItems", source="span", duration_ms=4.4)
    check_order = TraceNode(part="lambda", name="check order", source="span", duration_ms=21.0)
    fulfil = TraceNode(part="fargate task", name="fulfil order", source="span", duration_ms=180.5)
    states = [
        TraceNode(part="state", name="Check order", source="history", duration_ms=40, children=[check_order]),
        TraceNode(part="state", name="Fulfil order", source="history", duration_ms=2140, children=[fulfil]),
        TraceNode(part="step", name="Record the end", source="history", duration_ms=12),
    ]
    execution = TraceNode(
        part="workflow",
        name="a1b2c3d4-0000-4000-8000-000000000000",
        source="history",
        duration_ms=2301,
        note="SUCCEEDED",
        children=states,
    )
    pipe = TraceNode(part="pipe", name="table stream → state machine", source="input", children=[execution])
    request = TraceNode(part="http", name="POST /orders", source="span", duration_ms=12.3, children=[write, pipe])
    return Trace(trace_id=TRACE_ID, order="ord_1", root=request)


def workflow() -> WorkflowResult:
    orders = [order(number) for number in range(1, 12)]
    orders.append(order(12, "REJECTED", "REJECTED", reason="out of stock: tea-250g"))
    return WorkflowResult(
        outcome=Outcome.PASSED,
        orders=12,
        fulfilled=11,
        rejected=1,
        rejected_reason="out of stock: tea-250g",
        seconds=4.2,
        order_results=orders,
        tasks=[container(f"task-{number}", exit_code=0) for number in range(11)],
        trace=trace(),
    )


def permissions() -> PermissionResult:
    return PermissionResult(
        outcome=Outcome.PASSED,
        role="OrdersOnEcsFargate-TaskRole",
        action="dynamodb:PutItem",
        with_grant="200",
        without_grant="AccessDeniedException",
    )


def fault_injection() -> FaultInjectionResult:
    return FaultInjectionResult(
        outcome=Outcome.PASSED, target="ecs-fargate", killed=2, other_targets=1, responding=1, recovery_s=1.9
    )


def results() -> Results:
    return Results(
        started_at="2026-11-24T11:00:00+00:00",
        endpoint="http://127.0.0.1:4566",
        engine=Engine(kind="docker", version="20.10", detail="rootful, overlay2"),
        image_digest="sha256:3f9c00",
        targets={"ecs-fargate": passed(), "app-runner": failed(), "eks-auto": not_run()},
        workflow=workflow(),
        permissions=permissions(),
        fault_injection=fault_injection(),
        steps={"synth": 6.4, "emulator": 2.1, "deploy": 24.0, "call": 1.9, "measure": 9.0, "workflow": 4.2},
        seconds=71.3,
    )


def passed_results() -> Results:
    return replace(results(), targets={"ecs-fargate": passed()})
