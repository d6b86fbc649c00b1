"""The drills of a run, one module each."""

from collections.abc import Mapping

from sandbox.drill import RunDrill

RUN: Mapping[str, RunDrill] = {}
"""ID of a drill -> the function that runs it."""
