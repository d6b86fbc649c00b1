"""The README's picture, taken of the real page: `python -m tests.comparison.picture [PAGE [PICTURE]]`.

PAGE is build/comparison/index.html unless named (`make demo` writes it), PICTURE is docs/comparison.png. It shows the
head of the page, the answers and the chart of cost; sliders and tables are left out to keep it small.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser

from comparison.page import DEFAULT_FILE
from tests.browsers import launched, opened
from tests.conftest import ROOT

PICTURE = ROOT / "docs" / "comparison.png"
_LEFT_OUT = "nav, #load, #answer .scroll, .skip { display: none !important } h2 { margin-top: 1.5rem !important }"


def take(browser: Browser, page_file: Path, picture: Path) -> None:
    """Write the picture."""
    with opened(browser, page_file, width=1120, height=800) as page:
        page.add_style_tag(content=_LEFT_OUT)
        bottom = page.locator("#cost figure").first.bounding_box()
        height = (bottom["y"] + bottom["height"]) if bottom else 800
        page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": 1120, "height": height + 8})


if __name__ == "__main__":
    page_file, picture, *_ = [Path(word) for word in sys.argv[1:]] + [DEFAULT_FILE, PICTURE][len(sys.argv) - 1 :]
    with launched() as browser:
        take(browser, page_file, picture)
