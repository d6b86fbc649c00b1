"""Vega-Lite without a browser: renders a specification as SVG that takes its colours from the page."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import vl_convert

Size = Literal["wide", "narrow"]
"""Every chart is drawn for windows from 48rem on and for narrower ones; the style sheet shows the one that fits."""

TOTAL_WIDTH: Mapping[Size, int] = {"wide": 1080, "narrow": 340}
"""Width of a chart in pixels, with axes and labels, before the page fits it into its window."""

FONT_PX: Mapping[Size, float] = {"wide": 15, "narrow": 11.5}
INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"
# The chart has a title and a description of its own, and the page's font.
_REDUNDANT = re.compile(r' (role|aria-[a-z]+|font-family)="[^"]*"')
_COORDINATES = re.compile(r' (?:d|transform|x[12]?|y[12]?)="[^"]*"')
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def colour(number: int) -> str:
    """Return the colour of the target with this number in the assembly; the style sheet has twelve."""
    return f"var(--t{number % 12})"


def both_sizes(draw: Callable[[Size], str]) -> str:
    """Draw a chart for wide and for narrow windows."""
    return f"{draw('wide')}\n{draw('narrow')}"


def svg(
    spec: Mapping[str, Any],
    *,
    size: Size,
    id_: str,
    title: str,
    description: str,
    definitions: str = "",
    overlay: str = "",
) -> str:
    """Draw a specification.

    Args:
        spec: Vega-Lite 5, without `$schema` and `config`.
        size: size of the drawing, which becomes its class.
        id_: prefix of all ids, which keeps them unique on a page.
        title: accessible name.
        description: accessible description.
        definitions: SVG that the drawing refers to, such as patterns. Default: none.
        overlay: SVG on top of the drawing, in pixels from its left and top. Default: none.
    """
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _config(FONT_PX[size]), **spec}
    drawn = vl_convert.vegalite_to_svg(whole, vl_version="5.20")
    name = f"{id_}-{size}"
    inner = definitions + drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")] + overlay
    inner = (
        _COORDINATES.sub(_rounded, _REDUNDANT.sub("", inner))
        .replace('id="', f'id="{name}-')
        .replace("url(#", f"url(#{name}-")
    )
    width, height = (float(found) for found in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{size}" role="img" aria-labelledby="{name}-t {name}-d" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f'<title id="{name}-t">{html.escape(title)}</title><desc id="{name}-d">{html.escape(description)}</desc>'
        f"{inner}</svg>"
    )


def _rounded(coordinates: re.Match[str]) -> str:
    """To a hundredth of a pixel, which keeps the page small."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), coordinates[0])


def _config(font_px: float) -> Mapping[str, Any]:
    return {
        "aria": False,
        "background": None,
        "font": _FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "labelFontSize": font_px,
            "titleFontSize": font_px,
            "titleFontWeight": "normal",
            "gridColor": LINE,
            "domainColor": LINE,
            "tickColor": LINE,
            "labelFont": _FONT,
            "titleFont": _FONT,
        },
        "legend": {"labelColor": INK, "labelFontSize": font_px, "titleColor": MUTED, "labelLimit": 300},
        "text": {"color": INK, "fontSize": font_px},
    }
