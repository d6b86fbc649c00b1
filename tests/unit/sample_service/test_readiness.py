"""Readiness: true about the dependencies, cached, and cheap for any number of callers."""

import asyncio
import threading

import pytest
from orders.http import readiness
from orders.http.readiness import NotReady, Readiness
from orders.threads import InlineRunner, ThreadRunner


class Dependency:
    def __init__(self) -> None:
        self.checks = 0
        self.error: Exception | None = None
        self.released = threading.Event()
        self.released.set()

    def __call__(self) -> None:
        self.checks += 1
        self.released.wait(10)
        if self.error:
            raise self.error


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def dependency() -> Dependency:
    return Dependency()


def test_the_result_is_cached_for_a_second(dependency):
    clock = Clock()
    ready = Readiness(dependency, runner=InlineRunner(), clock=clock)

    async def ask() -> None:
        for _ in range(100):
            await ready.require()
        dependency.error = ConnectionError()
        await ready.require()
        clock.now += readiness.CACHE_SECONDS
        for _ in range(100):
            with pytest.raises(NotReady):
                await ready.require()
        dependency.error = None
        clock.now += readiness.CACHE_SECONDS
        await ready.require()

    asyncio.run(ask())
    assert dependency.checks == 3


def test_callers_at_the_same_time_share_one_check(dependency):
    dependency.released.clear()
    ready = Readiness(dependency, runner=ThreadRunner(4))

    async def ask() -> None:
        callers = [asyncio.create_task(ready.require()) for _ in range(300)]
        await asyncio.sleep(0.05)
        dependency.released.set()
        await asyncio.gather(*callers)

    asyncio.run(ask())
    assert dependency.checks == 1


def test_a_check_that_does_not_return_is_not_ready_and_not_repeated(dependency, monkeypatch):
    monkeypatch.setattr(readiness, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(readiness, "CACHE_SECONDS", 0.0)
    dependency.released.clear()
    ready = Readiness(dependency, runner=ThreadRunner(4, seconds=60))

    async def ask() -> None:
        for _ in range(5):
            with pytest.raises(NotReady):
                await ready.require()
        dependency.released.set()
        while not ready._flight._task.done():
            await asyncio.sleep(0.01)
        await ready.require()

    asyncio.run(ask())
    assert dependency.checks == 2


def test_one_unusable_dependency_is_enough(dependency, caplog):
    broken = Dependency()
    broken.error = ConnectionError("no route")

    with pytest.raises(NotReady):
        asyncio.run(Readiness(dependency, broken, runner=InlineRunner()).require())
    assert [record.getMessage() for record in caplog.records] == ["not ready: ConnectionError no route"]
