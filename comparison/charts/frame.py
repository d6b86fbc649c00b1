"""Where a load and a price lie on the chart of cost against load, in pixels: what is moved apart must know."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.charts.vega import FONT_PX, TOTAL, Size

Curve = Sequence[tuple[float, float]]
# In a narrow plot the loads at which lines cross need the room.
_FIRST_LOAD: Mapping[Size, float] = {"wide": 0.01, "narrow": 0.1}
_HEIGHT: Mapping[Size, int] = {"wide": 540, "narrow": 400}
# Left of the plot: the amounts of the axis. Right of it: leader, point and name of each target.
_LEFT: Mapping[Size, int] = {"wide": 70, "narrow": 36}
_RIGHT: Mapping[Size, int] = {"wide": 246, "narrow": 168}
_TOP = 28


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The plot: both axes go in powers of ten.

    Attributes:
        size: which of the two drawings it belongs to.
        rates: requests a second at the left and at the right.
        usd: US dollars a month at the bottom and at the top.
    """

    size: Size
    rates: tuple[float, float]
    usd: tuple[float, float]

    @classmethod
    def around(cls, curves: Mapping[str, Curve], size: Size) -> "Frame":
        """Return a frame that all of the curves fit into, from the first load of its size on."""
        first = _FIRST_LOAD[size]
        points = [point for curve in curves.values() for point in curve if point[0] >= first]
        usd = [amount for _, amount in points]
        return cls(
            size=size,
            rates=(first, max(rate for rate, _ in points) * 1.06),
            usd=(10 ** math.floor(math.log10(min(usd))), max(usd) * 1.6),
        )

    @property
    def font_px(self) -> float:
        """Return the size of the letters."""
        return FONT_PX[self.size]

    @property
    def width(self) -> int:
        """Return the width of the plot in pixels."""
        return TOTAL[self.size] - _LEFT[self.size] - _RIGHT[self.size]

    @property
    def height(self) -> int:
        """Return the height of the plot in pixels."""
        return _HEIGHT[self.size]

    @property
    def left(self) -> int:
        """Return the width of what stands left of the plot in pixels."""
        return _LEFT[self.size]

    @property
    def top(self) -> int:
        """Return the height of what stands above the plot in pixels."""
        return _TOP

    def x(self, rate: float) -> float:
        """Return where a load lies: pixels from the left."""
        return self.width * _share(rate, self.rates)

    def y(self, usd: float) -> float:
        """Return where an amount lies: pixels from the top."""
        return self.height * (1 - _share(usd, self.usd))

    def layout(self) -> dict[str, Any]:
        """Return the sizes that a specification begins with."""
        return {
            "width": self.width,
            "height": self.height,
            "autosize": "none",
            "padding": {"left": self.left, "right": _RIGHT[self.size], "top": _TOP, "bottom": 45},
        }


def _share(value: float, bounds: tuple[float, float]) -> float:
    low, high = (math.log10(bound) for bound in bounds)
    return (math.log10(value) - low) / (high - low)
