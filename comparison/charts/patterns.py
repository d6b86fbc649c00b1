"""A pattern in each colour of the split of idle cost, which tells its parts apart where colours do not."""

from comparison.charts.vega import PAPER, colour

_SIDE = 6
# Lines in the paper's colour, drawn on a tile of `_SIDE` pixels; a tile without any is plain.
_TILES = (
    "",
    "M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
    "M0,1.5h6M0,4.5h6",
    "M-1,5l2,2M0,0l6,6M5,-1l2,2M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
    "M1.5,0v6M4.5,0v6",
    "M2,3h2",
    "M0,3h6M3,0v6",
    "M-1,5l2,2M0,0l6,6M5,-1l2,2",
    "M0,4.5l3,-3l3,3",
)


def fill(number: int) -> str:
    """Return what a part that stands there in the order of parts is filled with."""
    return f"url(#part-{number})" if _tile(number) else colour(number)


def definitions(number: int) -> str:
    """Return the patterns of so many parts, as SVG."""
    patterns = [
        f'<pattern id="part-{part}" width="{_SIDE}" height="{_SIDE}" patternUnits="userSpaceOnUse">'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="{colour(part)}"/>'
        f'<path d="{_tile(part)}" fill="none" stroke="{PAPER}" stroke-width="0.9"/></pattern>'
        for part in range(number)
        if _tile(part)
    ]
    return f"<defs>{''.join(patterns)}</defs>"


def _tile(number: int) -> str:
    return _TILES[number % len(_TILES)]
