"""The proof that targets do not hang on each other: one is killed, the others are asked, and it has to come back."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from deployment.contract.conversation import Conversation
from deployment.contract.visit import rounded
from deployment.results import IsolationResult, Outcome
from local_aws import facts
from local_aws.environment import LocalEnvironment
from local_aws.facts import ContainerState

QUESTIONS = 5
BACK_WITHIN_S = 60.0
_PAUSE_S = 0.2


def prove(running: LocalEnvironment, talks: Mapping[str, Conversation], stacks: Mapping[str, str]) -> IsolationResult:
    """Kill all that runs for the first target that runs all the time, ask the others, and wait until it is back.

    Args:
        running: the local AWS.
        talks: conversations with the targets that answered before.
        stacks: target id -> name of its stack.
    """
    everything = facts.containers(running)
    alive = {name: _serving(everything, stacks[name]) for name in talks}
    target = next((name for name in talks if alive[name]), None)
    if target is None or len(talks) < 2:
        return IsolationResult(outcome=Outcome.NOT_RUN, reason="it takes two targets that answer")
    for fact in alive[target]:
        facts.kill(running, fact)
    started = time.monotonic()
    others = {name: talk for name, talk in talks.items() if name != target}
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        silent = [name for name, right in zip(others, pool.map(_answers, others.values()), strict=True) if not right]
    back_s = _until(lambda: _is_back(running, talks[target], stacks[target], alive[target]), started)
    return judge(target, len(alive[target]), len(others), silent, back_s)


def judge(target: str, killed: int, others: int, silent: list[str], back_s: float | None) -> IsolationResult:
    """Decide from what was seen."""
    reason = cause = ""
    if silent:
        reason, cause = f"{', '.join(silent)} failed while {target} was dead", "they depend on it"
    elif back_s is None:
        reason, cause = f"{target} did not come back within {BACK_WITHIN_S:.0f} s", "what was killed was not replaced"
    return IsolationResult(
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        reason=reason,
        cause=cause,
        fix=f"python -m local_aws logs {silent[0] if silent else target}" if reason else "",
        target=target,
        killed=killed,
        others=others,
        answered=others - len(silent),
        back_s=rounded(back_s),
    )


def _serving(everything: list[ContainerState], stack: str) -> list[ContainerState]:
    return [fact for fact in everything if (fact.stack, fact.role, fact.status) == (stack, "service", "running")]


def _answers(talk: Conversation) -> bool:
    return all(_is_ready(talk) for _ in range(QUESTIONS))


def _is_ready(talk: Conversation) -> bool:
    try:
        return talk.http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _is_back(running: LocalEnvironment, talk: Conversation, stack: str, killed: list[ContainerState]) -> bool:
    dead = {fact.id for fact in killed}
    new = [fact for fact in _serving(facts.containers(running), stack) if fact.id not in dead]
    return len(new) >= len(killed) and _answers(talk)


def _until(done: Callable[[], bool], started: float) -> float | None:
    while (passed := time.monotonic() - started) < BACK_WITHIN_S:
        if done():
            return time.monotonic() - started
        time.sleep(min(_PAUSE_S, max(0.0, BACK_WITHIN_S - passed)))
    return None
