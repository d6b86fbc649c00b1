"""The drills of a run, one module each."""

from collections.abc import Mapping

from sandbox.drill import RunDrill
from sandbox.drills import bad_version, contract, destroy, drift, load, replica, same_again

RUN: Mapping[str, RunDrill] = {
    "D1": contract.run,
    "D2": same_again.run,
    "D3": drift.run,
    "D4": bad_version.run_update,
    "D5": bad_version.run_first,
    "D6": bad_version.run_alarm,
    "D7": replica.run,
    "D8": load.run,
    "D10": destroy.run,
}
"""ID of a drill -> the function that runs it."""
