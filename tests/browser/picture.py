"""Takes the README's picture of the page: `python -m tests.browser.picture [PAGE [PICTURE]]`.

The defaults are build/comparison/index.html, which `make demo` writes, and docs/comparison.png. The picture shows the
cheapest, simplest and fastest target, and the cost by load; sliders and tables are left out to keep it small.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser

from comparison.page import default_path
from deployment.paths import DEFAULT_DIRECTORY
from tests.browser.chromium import launched, opened
from tests.conftest import ROOT

PICTURE = ROOT / "docs" / "comparison.png"
_LEFT_OUT = (
    "nav, #load-form, #choose .scroll, #choose details, .skip { display: none !important }"
    "h2 { margin-top: 1.5rem !important }"
)


def take(browser: Browser, page_file: Path, picture: Path) -> None:
    """Write the picture."""
    with opened(browser, page_file, width=1120, height=800) as page:
        page.add_style_tag(content=_LEFT_OUT)
        bottom = page.locator("#cost figure").first.bounding_box()
        height = (bottom["y"] + bottom["height"]) if bottom else 800
        page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": 1120, "height": height + 8})


if __name__ == "__main__":
    page_file, picture, *_ = [Path(word) for word in sys.argv[1:]] + [default_path(DEFAULT_DIRECTORY), PICTURE][
        len(sys.argv) - 1 :
    ]
    with launched() as browser:
        take(browser, page_file, picture)
