"""The drills of a run, one module each."""

from collections.abc import Mapping

from sandbox.drill import RunDrill
from sandbox.drills import contract, destroy

RUN: Mapping[str, RunDrill] = {"D1": contract.run, "D10": destroy.run}
"""ID of a drill -> the function that runs it."""
