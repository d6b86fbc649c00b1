"""Labels that would lie on one another, moved apart."""

from collections.abc import Sequence


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places at least `gap` apart, in the same order, within bounds, as near to the given ones as that allows.

    Neighbours that are too close share a block; each block is centred on its members, and blocks that meet are joined.
    """
    order = sorted(range(len(places)), key=lambda index: (places[index], index))
    blocks: list[list[int]] = []
    for index in order:
        blocks.append([index])
        while len(blocks) > 1 and _start(blocks[-1], places, gap, low, high) < _end(blocks[-2], places, gap, low, high):
            blocks[-2:] = [[*blocks[-2], *blocks[-1]]]
    moved = [0.0] * len(places)
    for block in blocks:
        start = _start(block, places, gap, low, high)
        for number, index in enumerate(block):
            moved[index] = start + gap * number
    return moved


def _start(block: Sequence[int], places: Sequence[float], gap: float, low: float, high: float) -> float:
    length = gap * (len(block) - 1)
    centre = sum(places[index] for index in block) / len(block)
    return max(low, min(high - length, centre - length / 2))


def _end(block: Sequence[int], places: Sequence[float], gap: float, low: float, high: float) -> float:
    return _start(block, places, gap, low, high) + gap * len(block)
