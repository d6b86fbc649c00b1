"""Vega-Lite, without a browser: a specification becomes an SVG that takes its colours from the page."""

import html
import re
from collections.abc import Mapping
from typing import Any

import vl_convert

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"
_CONFIG: Mapping[str, Any] = {
    "aria": False,
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFont": _FONT,
        "titleFont": _FONT,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "titleColor": MUTED, "labelLimit": 300},
    "text": {"color": INK, "fontSize": 12},
}


def colour(number: int) -> str:
    """Return the colour of the target that stands there in the assembly; the page's style sheet has twelve."""
    return f"var(--t{number % 12})"


def svg(spec: Mapping[str, Any], *, id_: str, title: str, description: str) -> str:
    """Draw a specification.

    Args:
        spec: Vega-Lite 5, without `$schema` and `config`.
        id_: keeps ids apart from those of other charts on a page.
        title: what readers that see nothing are told first.
        description: and then.
    """
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _CONFIG, **spec}
    drawn = vl_convert.vegalite_to_svg(whole, vl_version="5.20")
    inner = drawn[drawn.index(">") + 1 :]
    inner = (
        re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", inner)
        .replace('id="', f'id="{id_}-')
        .replace("url(#", f"url(#{id_}-")
    )
    width, height = (float(found) for found in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{id_}-t {id_}-d" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}"><title id="{id_}-t">{html.escape(title)}</title>'
        f'<desc id="{id_}-d">{html.escape(description)}</desc>{inner}'
    )
