"""The list of prices as a terminal table, as Markdown and as JSON, and what became of a refresh."""

from collections.abc import Iterator

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from pricing.prices import PriceList
from pricing.refresh import RefreshResult

_WIDTHS: tuple[tuple[int, JustifyMethod], ...] = ((33, "left"), (12, "right"), (20, "left"), (10, "left"))


def as_terminal(prices: PriceList) -> RenderableType:
    """Render the prices with unit and date, under the page that states them."""
    pages = dict.fromkeys(price.source for price in prices.prices)
    parts = [part for page in pages for part in (Text(page, "dim"), _of_page(page, prices))]
    return Group(*parts, Text(f"{prices.region}; where each figure was read: --format markdown", "dim"))


def _of_page(page: str, prices: PriceList) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False)
    for width, justify in _WIDTHS:
        table.add_column(min_width=width, justify=justify, no_wrap=True)
    for price in prices.prices:
        if price.source == page:
            table.add_row(f"  {price.id}", f"{price.usd:f}", price.unit, price.read_on)
    return table


def as_markdown(prices: PriceList) -> str:
    """Return the prices with unit, page, date, and where the figure was read."""
    rows = [
        f"| `{price.id}` | {price.description} | {price.usd:f} | {price.unit} "
        f"| {price.source} | {price.read_from} | {price.read_on} |"
        for price in prices.prices
    ]
    head = f"| price ({prices.region}) | what is sold | USD | for one | page | read in | read on |"
    return "\n".join([head, "|:--|:--|--:|:--|:--|:--|:--|", *rows])


def as_json(prices: PriceList) -> str:
    """Return the file as it is."""
    return prices.as_bytes().decode()


def of_refresh(refreshed: RefreshResult) -> Iterator[str]:
    """Yield what was read, what changed, and what was kept and why."""
    yield f"{len(refreshed.read)} prices read, {len(refreshed.changed)} changed, {len(refreshed.kept)} kept"
    for price, (before, now) in refreshed.changed.items():
        yield f"  {price}: {before:f} before, {now:f} now"
    for price, cause in refreshed.kept.items():
        yield f"  {price} kept: {cause}"
