"""Charts and diagrams in Chromium: they fit, are legible, and distinguish lines without colour."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from comparison.charts.cost_by_load import comparable
from comparison.facts import Facts
from comparison.formatting import rate
from comparison.thresholds import thresholds_text
from pricing.report import at_size
from tests.browser.chromium import opened

pytestmark = pytest.mark.browser

PHONE, LAPTOP, PAPER_A4 = 360, 1280, 680
WIDTHS = pytest.mark.parametrize("width", [PHONE, 768, LAPTOP])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
FIGURES = 3
SMALLEST_LETTERS_PX = 10
# WCAG 2.2, 1.4.3 and 1.4.11.
TEXT_CONTRAST, LINE_CONTRAST = 4.5, 3

Box = tuple[float, float, float, float]
BOXES = """(elements) => elements.map((one) => {
  const at = one.getBoundingClientRect();
  return [one.textContent, [at.left, at.top, at.right, at.bottom]];
})"""
# The ends of lines, of leader lines, and the symbols beside names, each with its colour.
ENDS = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const at = (one, x, y) => {
    const there = new DOMPoint(x, y).matrixTransform(one.getCTM());
    return [there.x, there.y];
  };
  const colour = (one) => one.getAttribute('stroke');
  const last = (one) => one.getPointAtLength(one.getTotalLength());
  return {
    lines: seen('#cost .mark-line path').map((one) => [colour(one), at(one, last(one).x, last(one).y)]),
    leaders: seen('#cost .leaders_marks line').map((one) => [colour(one), at(one, 0, 0),
      at(one, one.x2.baseVal.value, one.y2.baseVal.value)]),
    keys: seen('#cost .keys_marks path').map((one) => [colour(one), at(one, 0, 0)]),
  };
}"""
# The mark of your load and the powers of ten on the axis, in pixels of the window.
MARKED = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const axis = seen('#cost .role-axis').filter((one) => one.textContent.endsWith('requests per second'));
  // Chromium keeps the boxes of elements in a group that is not displayed.
  const mark = (part) => seen(`#cost .your-load ${part}`).filter((one) => !one.closest('[display=none]'));
  return {
    marks: mark('path').map((one) => one.getBoundingClientRect())
      .map((at) => [(at.left + at.right) / 2, at.top, at.bottom]),
    words: mark('text').map((one) => one.textContent),
    plots: seen('#cost [data-size] .root > g > .background').map((one) => one.getBoundingClientRect())
      .map((at) => [at.left, at.top, at.right, at.bottom]),
    powers: axis.flatMap((one) => [...one.querySelectorAll('.role-axis-label text')])
      .map((one) => [Number(one.textContent.replaceAll(',', '')), one.getScreenCTM().e]),
  };
}"""
LINES = ", ".join(f".{name} path" for name in ("mark-line", "keys_marks", "points_marks", "thresholds_marks"))
# Contrast of colours as Chromium paints them, against the page's background.
CONTRASTS = """([elements, property]) => {
  const canvas = document.createElement('canvas').getContext('2d');
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(elements)].filter((one) => one.checkVisibility())
    .map((one) => light(getComputedStyle(one)[property])).map((ink) => Math.max(ink, paper) / Math.min(ink, paper));
}"""


def boxes(page: Page, selector: str) -> list[tuple[str, Box]]:
    """Text and box of each visible element."""
    found = page.locator(f"{selector} >> visible=true").evaluate_all(BOXES)
    return [(str(text), tuple(box)) for text, box in found]


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes overlap by more than their edge, which letters never reach."""
    slack = 1
    return all(max(one[side], other[side]) < min(one[side + 2], other[side + 2]) - slack for side in (0, 1))


def colliding(texts: list[tuple[str, Box]]) -> Iterator[tuple[str, str]]:
    for (one, its), (other, others) in itertools.combinations(texts, 2):
        if overlap(its, others) and (one, its) != (other, others):
            yield one, other


@pytest.mark.parametrize("width", [320, PHONE, 390, 767, 768, LAPTOP])
def test_charts_never_scroll_sideways(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        drawn = boxes(page, "figure svg")
        assert len(drawn) == FIGURES
        assert all(left >= 0 and right <= width for _, (left, _, right, _) in drawn)
        assert page.locator("figure .scroll").count() == 0


@WIDTHS
def test_labels_are_inside_their_chart_and_do_not_overlap(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        for number in range(FIGURES):
            figure = f"figure >> nth={number} >> svg"
            [(_, (left, top, right, bottom))] = boxes(page, figure)
            texts = boxes(page, f"{figure} >> text")
            assert len(texts) >= 10
            assert list(colliding(texts)) == []
            reach = [limit(box[side] for _, box in texts) for side, limit in enumerate((min, min, max, max))]
            assert reach == [max(reach[0], left), max(reach[1], top), min(reach[2], right), min(reach[3], bottom)]


def test_overlapping_labels_would_be_found(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        page.evaluate("document.querySelectorAll('#cost .names_marks text')[1].removeAttribute('transform')")
        page.evaluate("document.querySelectorAll('#cost .names_marks text')[2].removeAttribute('transform')")
        assert list(colliding(boxes(page, "#cost figure >> nth=0 >> text"))) != []


@pytest.mark.parametrize("width", [PHONE, 767, 768, LAPTOP])
def test_text_is_large_enough(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        sizes = page.evaluate(
            "[...document.querySelectorAll('figure text')].filter((one) => one.checkVisibility())"
            ".map((one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
        )
        assert min(sizes) >= SMALLEST_LETTERS_PX


@WIDTHS
def test_a_chart_has_one_accessible_name(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        for name in ("Monthly cost by load", "Idle cost per month", "Latency of a read"):
            assert page.get_by_role("img", name=name).count() == 1


@WIDTHS
def test_amounts_are_at_the_left_and_names_at_the_right(
    browser: Browser, page_file: Path, facts: Facts, width: int
) -> None:
    with opened(browser, page_file, width=width) as page:
        lines = boxes(page, "#cost .mark-line path")
        amounts = [box for text, box in boxes(page, "#cost figure >> nth=0 >> .role-axis text") if text[0] == "$"]
        names = boxes(page, "#cost .names_marks text")
        assert len(lines) == len(names) == len(facts.targets)
        assert len(amounts) > 3
        assert max(right for _, _, right, _ in amounts) < min(left for _, (left, _, _, _) in lines)
        assert min(left for _, (left, _, _, _) in names) > max(right for _, (_, _, right, _) in lines)


@WIDTHS
def test_a_leader_goes_from_each_line_s_end_to_its_name(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        ends = page.evaluate(ENDS)
        lines, keys = dict(ends["lines"]), dict(ends["keys"])
        assert len(ends["leaders"]) == len(lines) == len(keys)
        for colour, start, end in ends["leaders"]:
            assert start == pytest.approx(lines[colour], abs=1)
            assert end == pytest.approx(keys[colour], abs=1)


@WIDTHS
def test_lines_differ_without_colour(browser: Browser, page_file: Path, facts: Facts, width: int) -> None:
    """By the shape and the fill of their symbols, which are repeated beside the names."""
    with opened(browser, page_file, width=width) as page:
        look = (
            "(points) => points.map((one) => [one.getAttribute('stroke'), one.getAttribute('d') + "
            "(one.getAttribute('fill') === one.getAttribute('stroke'))])"
        )
        keys = dict(page.locator("#cost .keys_marks path >> visible=true").evaluate_all(look))
        on_lines = page.locator("#cost .points_marks path >> visible=true").evaluate_all(look)
        assert len(set(keys.values())) == len(facts.targets)
        assert {tuple(point) for point in on_lines} == set(keys.items())
        dashed = page.locator("#cost .mark-line path[stroke-dasharray='5,4'] >> visible=true").count()
        assert dashed == len([one for one in facts.costs.cost_models if one.closed_to_new_customers])


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
@SCHEMES
def test_charts_and_diagrams_have_contrast(browser: Browser, page_file: Path, width: int, scheme: str) -> None:
    with opened(browser, page_file, width=width, color_scheme=scheme) as page:
        texts = page.evaluate(CONTRASTS, ["figure text", "fill"])
        lines = page.evaluate(CONTRASTS, [LINES, "stroke"])
        assert len(texts) > 60
        assert min(texts) >= TEXT_CONTRAST
        assert min(lines) >= LINE_CONTRAST


@pytest.mark.parametrize(("width", "letters"), [(PHONE, 11), (LAPTOP, 8.5)])
def test_text_of_diagrams_fits_its_boxes(browser: Browser, page_file: Path, width: int, letters: float) -> None:
    """A diagram that is wider than the window scrolls, at a legible size."""
    with opened(browser, page_file, width=width) as page:
        page.evaluate("document.querySelectorAll('.target').forEach((one) => { one.open = true; })")
        found = page.evaluate(
            """[...document.querySelectorAll('.diagram .node')].flatMap((node) => {
              const room = node.querySelector('path').getBoundingClientRect();
              return [...node.querySelectorAll('text')].map((one) => {
                const at = one.getBoundingClientRect();
                const size = parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a;
                return [at.left >= room.left && at.right <= room.right, size];
              });
            })"""
        )
        assert found
        assert all(inside for inside, _ in found)
        assert min(size for _, size in found) >= letters


@pytest.mark.parametrize("table", ["months", "sizes"])
def test_monthly_costs_fit_a_phone(browser: Browser, page_file: Path, table: str) -> None:
    with opened(browser, page_file, width=PHONE) as page:
        room = page.locator(f".scroll:has(> #{table})")
        assert room.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0


@SCHEMES
def test_on_paper_charts_are_wide_everything_fits_and_colours_are_for_paper(
    browser: Browser, page_file: Path, scheme: str
) -> None:
    with opened(browser, page_file, width=PAPER_A4, color_scheme=scheme) as page:
        page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
        assert page.locator("figure svg.wide >> visible=true").count() == FIGURES
        assert page.locator("figure svg.narrow >> visible=true").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        assert min(page.evaluate(CONTRASTS, ["figure text, .diagram text", "fill"])) >= TEXT_CONTRAST
        assert min(page.evaluate(CONTRASTS, [".mark-line path", "stroke"])) >= LINE_CONTRAST


def expected_x(powers: list[tuple[float, float]], requests_per_second: float) -> float:
    """The position of a load on an axis, from its first and last power of ten."""
    (lowest, left), *_, (highest, right) = powers
    return left + (right - left) * math.log(requests_per_second / lowest) / math.log(highest / lowest)


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_the_chart_is_that_of_the_selected_size(browser: Browser, page_file: Path, facts: Facts, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        for place, size in reversed(list(enumerate(facts.sizes))):
            page.fill("#size", str(place))
            [name] = page.locator("#cost figure >> nth=0 >> svg >> visible=true >> title").all_text_contents()
            assert name == f"Monthly cost by load, replicas of {size.name}"
            assert page.get_by_role("img", name="Monthly cost by load").count() == 1
            highest = page.locator("#cost figure >> nth=0 >> svg >> visible=true >> .your-load").get_attribute(
                "data-highest"
            )
            curves = comparable(at_size(facts.costs, size).curves)
            compared = max(load for curve in curves.values() for load, _ in curve)
            assert float(highest or 0) == pytest.approx(compared * 1.06)
            [caption] = page.locator("#cost figcaption [data-size] >> visible=true").all_inner_texts()
            assert caption == f"Replicas of {size.name}: {thresholds_text(at_size(facts.costs, size))}"


@pytest.mark.parametrize("width", [PHONE, 768, LAPTOP])
@pytest.mark.parametrize("power", [-0.5, 1.5, 2.25])
def test_your_load_is_marked_at_its_place_on_the_axis(
    browser: Browser, page_file: Path, facts: Facts, width: int, power: float
) -> None:
    with opened(browser, page_file, width=width) as page:
        page.fill("#rate", str(power))
        for place in range(len(facts.sizes)):
            page.fill("#size", str(place))
            found = page.evaluate(MARKED)
            [(x, top, bottom)], [plot], [words] = found["marks"], found["plots"], found["words"]
            assert x == pytest.approx(expected_x(found["powers"], 10**power), abs=1)
            assert (top, bottom) == pytest.approx((plot[1], plot[3]), abs=1)
            assert words == ("your load" if width == PHONE else f"your load, {rate(10**power)}/s")


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_the_default_load_has_no_second_mark(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:

        def marks() -> int:
            return len(page.evaluate(MARKED)["marks"])

        assert marks() == 0
        page.fill("#rate", "1.05")
        assert marks() == 1
        page.fill("#rate", "1")
        page.fill("#size", "1")
        page.fill("#hours", "3")
        assert marks() == 0
        page.fill("#rate", "2")
        assert marks() == 1
        page.click("button[type=reset]")
        assert marks() == 0


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_a_load_beyond_the_chart_is_marked_at_its_edge(browser: Browser, page_file: Path, width: int) -> None:
    with opened(browser, page_file, width=width) as page:
        page.fill("#rate", page.get_attribute("#rate", "max") or "")
        found = page.evaluate(MARKED)
        assert found["marks"][0][0] == pytest.approx(found["plots"][0][2], abs=1)
        assert found["words"][0].endswith(" →")
        page.fill("#rate", "-2")
        found = page.evaluate(MARKED)
        assert found["marks"][0][0] == pytest.approx(found["plots"][0][0], abs=1)
        assert found["words"][0].startswith("← ") is (width == PHONE)


@WIDTHS
def test_the_label_of_your_load_is_inside_the_chart_and_overlaps_no_other(
    browser: Browser, page_file: Path, facts: Facts, width: int
) -> None:
    with opened(browser, page_file, width=width) as page:
        for place, power in itertools.product(range(len(facts.sizes)), (-2, -1, 0, 0.7, 1.1, 1.2, 1.6, 2, 2.5, 3, 3.4)):
            page.fill("#size", str(place))
            page.fill("#rate", str(power))
            texts = boxes(page, "#cost figure >> nth=0 >> svg >> text")
            assert list(colliding(texts)) == [], (place, power)
            [(_, (left, _, right, _))] = boxes(page, "#cost figure >> nth=0 >> svg")
            outside = [(text, box) for text, box in texts if not (left <= box[0] and box[2] <= right)]
            assert outside == [], (place, power)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mark_has_contrast(browser: Browser, page_file: Path, scheme: str) -> None:
    with opened(browser, page_file, color_scheme=scheme) as page:
        page.fill("#rate", "2")
        [words] = page.evaluate(CONTRASTS, [".your-load text", "fill"])
        [line] = page.evaluate(CONTRASTS, [".your-load path", "stroke"])
        assert words >= TEXT_CONTRAST
        assert line >= LINE_CONTRAST


@pytest.mark.parametrize(("slider", "value"), [("cpu", "-1"), ("hours", "8"), ("always-on", "3")])
def test_the_chart_says_when_it_is_not_drawn_for_your_load(
    browser: Browser, page_file: Path, slider: str, value: str
) -> None:
    with opened(browser, page_file) as page:
        note = page.locator("#drawn-for")
        page.fill("#rate", "2")
        page.fill("#size", "2")
        assert note.is_hidden()
        page.fill(f"#{slider}", value)
        assert note.is_visible()
        assert note.inner_text().startswith(
            "Drawn for 5 ms of vCPU time and 10 ms of waiting per request, 24 hours a day"
        )
        page.click("button[type=reset]")
        assert note.is_hidden()


def test_the_page_stays_small(html: str) -> None:
    assert len(html.encode()) < 900_000
