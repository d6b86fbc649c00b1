"""Visiting targets: ready or not, what each answers, and how fast."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from deployment.console import Progress
from deployment.contract import latency, questions
from deployment.contract.conversation import Conversation, seconds_until_ready
from deployment.results import Check, Outcome, TargetResult


def ask_all(
    talks: Mapping[str, Conversation], before: Mapping[str, TargetResult], progress: Progress, patience_s: float
) -> dict[str, TargetResult]:
    """Ask all targets at the same time: most of that is waiting. `before` is what their deployment left."""
    give_up = threading.Event()

    def ask(name: str) -> TargetResult:
        return _ask(name, talks[name], before[name], progress, patience_s, give_up)

    with ThreadPoolExecutor(max_workers=max(1, len(talks))) as pool:
        asked = {name: pool.submit(ask, name) for name in talks}
        try:
            return {name: future.result() for name, future in asked.items()}
        finally:
            give_up.set()


def _ask(
    name: str,
    talk: Conversation,
    before: TargetResult,
    progress: Progress,
    patience_s: float,
    give_up: threading.Event,
) -> TargetResult:
    with progress.step(name, "waiting", "until it is ready") as step:
        waited, got = seconds_until_ready(talk, within_s=patience_s, stopped=give_up.wait)
        checks = [_ready(waited, got, patience_s)]
        if waited is not None:
            step.say("asking", f"{len(questions.QUESTIONS)} questions")
            checks += questions.ask_all(talk)
        result = with_checks(replace(before, healthy_s=rounded(waited)), checks)
        step.say(result.outcome.value, result.reason or f"{len(checks)} checks, ready after {waited:.1f} s")
        return result


def measure(
    talks: Mapping[str, Conversation], targets: Mapping[str, TargetResult], requests: int
) -> dict[str, TargetResult]:
    """Time reads of the order that each target took; one that took none is left as it is."""
    orders = {name: placed_order(targets[name]) for name in talks}
    asked = {name: (talk, f"/orders/{orders[name]}") for name, talk in talks.items() if orders[name]}
    taken = latency.measure_in_rounds(asked, requests)
    return {name: _timed(targets[name], taken[name], requests) for name in taken}


def _timed(target: TargetResult, taken: latency.Latency, requests: int) -> TargetResult:
    """Add the times; an answer other than 200 among them is a failed check."""
    check = Check(
        name="steady",
        outcome=Outcome.FAILED if taken.others else Outcome.PASSED,
        expected=f"{requests} × 200",
        got=taken.summary,
    )
    timed = replace(
        target,
        requests=taken.requests,
        p50_ms=rounded(latency.percentile(taken.times_ms, 50)),
        p99_ms=rounded(latency.percentile(taken.times_ms, 99)),
    )
    return with_checks(timed, [*target.checks, check])


def with_checks(target: TargetResult, checks: Sequence[Check]) -> TargetResult:
    """Return the target with these checks and the outcome that follows from them."""
    failed = [check for check in checks if check.outcome is Outcome.FAILED]
    if not failed:
        return replace(target, outcome=Outcome.PASSED, reason="", checks=list(checks))
    reason = f"{failed[0].name}: {failed[0].got}, expected {failed[0].expected}"
    return replace(target, outcome=Outcome.FAILED, reason=reason, checks=list(checks))


def placed_order(target: TargetResult) -> str:
    """Return the id of the order that the target took; "" if it took none."""
    got = next((check.got for check in target.checks if check.name == "place an order"), "")
    return got.removeprefix("201 ") if got.startswith("201 ") else ""


def _ready(healthy: float | None, got: str, patience_s: float) -> Check:
    outcome = Outcome.FAILED if healthy is None else Outcome.PASSED
    return Check(name="ready", outcome=outcome, expected=f"200 within {patience_s:.0f} s", got=got)


def rounded(value: float | None) -> float | None:
    """Return a figure with two digits behind the point."""
    return None if value is None else round(value, 2)
