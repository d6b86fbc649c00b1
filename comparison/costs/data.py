"""The cost of targets as JSON, for other programs."""

import json
from dataclasses import asdict

from pricing.answer import ASSUMPTIONS, Answer

_DIGITS = 6


def as_json(answer: Answer) -> str:
    """Return everything, with the lines and capacities from which any other load can be priced.

    A profile's `machines` says how many AWS starts for 0, 1, 2 … copies; it is empty where there are none to pay.
    """
    found = asdict(answer)
    for written, profile in zip(found["profiles"], answer.profiles, strict=True):
        packing, most = profile.capacity.packing, profile.capacity.max_copies
        written["machines"] = [packing.machines(copies) for copies in range(most + 1)] if packing else []
    return json.dumps(_rounded({**found, "assumptions": ASSUMPTIONS}), indent=2)


def _rounded(value: object) -> object:
    """The same with numbers of six digits: what the last bits of a machine's arithmetic are is nobody's business."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
