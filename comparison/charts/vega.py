"""Vega-Lite, without a browser: a specification becomes an SVG that takes its colours from the page."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import vl_convert

Size = Literal["wide", "narrow"]
"""Every chart is drawn for windows of 48rem and more and for narrower ones; the style sheet shows the one that fits."""

TOTAL: Mapping[Size, int] = {"wide": 1080, "narrow": 340}
"""Width of a whole chart in pixels, with its axes and labels, before the page fits it into its window."""

FONT_PX: Mapping[Size, float] = {"wide": 15, "narrow": 11.5}
INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"
# Readers are told title and description, and letters are the page's own.
_SAID_BY_PAGE = re.compile(r' (role|aria-[a-z]+|font-family)="[^"]*"')
# Nobody sees a hundredth of a pixel.
_PLACES = re.compile(r' (?:d|transform|x[12]?|y[12]?)="[^"]*"')
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def colour(number: int) -> str:
    """Return the colour of the target that stands there in the assembly; the page's style sheet has twelve."""
    return f"var(--t{number % 12})"


def both(draw: Callable[[Size], str]) -> str:
    """Draw a chart for wide windows and for narrow ones."""
    return f"{draw('wide')}\n{draw('narrow')}"


def svg(
    spec: Mapping[str, Any], *, size: Size, id_: str, title: str, description: str, inside: str = "", over: str = ""
) -> str:
    """Draw a specification.

    Args:
        spec: Vega-Lite 5, without `$schema` and `config`.
        size: which of the two drawings of this chart it is: its class.
        id_: keeps ids apart from those of other charts on a page.
        title: what readers that see nothing are told first.
        description: and then.
        inside: SVG that the drawing refers to, such as patterns.
        over: SVG that lies on everything else, in pixels from the left and the top of the whole.
    """
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _config(FONT_PX[size]), **spec}
    drawn = vl_convert.vegalite_to_svg(whole, vl_version="5.20")
    name = f"{id_}-{size}"
    inner = inside + drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")] + over
    inner = (
        _PLACES.sub(_rounded, _SAID_BY_PAGE.sub("", inner))
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


def _rounded(places: re.Match[str]) -> str:
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found.group()):.2f}".rstrip("0").rstrip("."), places.group())


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
