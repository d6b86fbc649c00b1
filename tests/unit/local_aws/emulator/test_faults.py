"""Faults of the emulator hit a share of the calls for a time, and count them."""

import pytest

from local_aws.emulator.faults import Faults


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_fault_hits_its_share_of_the_calls_until_it_ends():
    clock, chance = Clock(), iter([0.2, 0.4])
    faults = Faults(clock, lambda: next(chance))
    assert not faults.hits("throttle-table")
    faults.start("throttle-table", 0.3, 5)
    assert faults.hits("throttle-table")
    assert not faults.hits("throttle-table")
    clock.now = 5
    assert not faults.hits("throttle-table")
    assert faults.counts() == {"throttle-table": 1, "fail-secrets": 0, "duplicate-events": 0}


@pytest.mark.parametrize(
    ("name", "share", "message"), [("fire", 0.5, "there is no fault 'fire'"), ("fail-secrets", 2, "the share is 2")]
)
def test_unknown_faults_and_shares_are_rejected(name: str, share: float, message: str):
    with pytest.raises(ValueError, match=message):
        Faults().start(name, share, 1)
