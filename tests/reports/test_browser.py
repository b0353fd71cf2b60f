"""The page of a report in headless Chromium: phones, desks, dark rooms and paper."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import FITS, MISFITS, WIDTHS, Pages, faults_of_access, needs_chromium
from font_sets import SETS, configuration, shipped
from hostile import HOSTILE, attacked
from report_ledgers import everything, with_experiments
from sizes import slow_but

from overspec.reports.content.compose import compose
from overspec.reports.content.document import Graph
from overspec.reports.printing import drawing, html

pytest.importorskip("matplotlib")
image = pytest.importorskip("PIL.Image")  # comes with it
Error = pytest.importorskip("playwright.sync_api").Error
fonttools = pytest.importorskip("fontTools.ttLib")  # comes with matplotlib
pytestmark = needs_chromium

PHONE, DESK = 390, 1280
PATIENCE = 180_000  # milliseconds: other tests run beside these
SEEN = "(e => e.getClientRects().length > 0)"  # takes part in the layout


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    document = compose(with_experiments())
    elements = {}
    for drawn in document.drawings:
        elements[drawn.id] = drawing.draw(drawn, "svg").decode()
        elements[f"{drawn.id}-narrow"] = drawing.draw(drawn, "svg", drawing.NARROW).decode()
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(html.render(document, elements), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def opened(browser_page: Pages, page_file: Path) -> Pages:
    @contextmanager
    def report(width: int, dark: bool = False, fonts: Path | None = None) -> Iterator[Any]:
        if fonts is not None and not draws_fields(browser_page, fonts):
            pytest.skip("without any font this Chromium dies of a page with <input> alone")
        with browser_page(width, 900, dark, fonts) as page:
            page.goto(page_file.as_uri(), timeout=PATIENCE)
            yield page

    return report


def draws_fields(browser_page: Pages, fonts: Path) -> bool:
    """Whether the browser survives a field to type in: with no font at all version 156 does not."""
    try:
        with browser_page(320, 900, False, fonts) as page:
            page.set_content("<input>")
            return bool(page.evaluate("document.body.offsetHeight"))
    except Error:  # it stays dead
        return False


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nobody_is_shut_out(opened: Pages, width: int, dark: bool) -> None:
    with opened(width, dark) as page:
        if (width, dark) != (PHONE, False):
            # 2 MB of MathML are most of a minute, and the same on every screen: looked at once
            page.evaluate("document.querySelectorAll('math').forEach(e => e.replaceChildren())")
        assert faults_of_access(page) == []


@pytest.mark.slow
def test_what_scrolls_is_reached_by_the_tab_key(opened: Pages) -> None:
    with opened(PHONE) as page:
        unreached = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth "
            "&& e.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) "
            "&& e.tabIndex < 0).map(e => e.outerHTML.slice(0, 80))"
        )
        assert unreached == []
        page.set_viewport_size({"width": 1920, "height": 900})
        page.wait_for_timeout(50)
        assert page.evaluate("document.querySelectorAll('.formula[tabindex]').length") == 0


@pytest.mark.parametrize("width", slow_but([320, PHONE, 577, 833, 897, DESK], quick=[320]))
def test_nothing_sticks_out_and_no_figure_is_clipped(opened: Pages, width: int) -> None:
    with opened(width) as page:
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        figures = page.evaluate(
            f"""[...document.querySelectorAll('figure')].map(figure => {{
                const drawn = [...figure.querySelectorAll('svg')].filter({SEEN})
                const frame = drawn[0].getBoundingClientRect()
                const words = [...drawn[0].querySelectorAll('g[id*="text_"]')]
                    .map(e => e.getBoundingClientRect()).filter(r => r.width > 0)
                return {{
                    shown: drawn.length,
                    inside: frame.left >= 0 && frame.right <= innerWidth + 0.5,
                    scrolls: [...figure.querySelectorAll('*')].some(
                        e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
                             && getComputedStyle(e).overflowX != 'visible'),
                    words: words.length,
                    clipped: words.filter(r => r.left < frame.left - 0.5 || r.top < frame.top - 0.5
                        || r.right > frame.right + 0.5 || r.bottom > frame.bottom + 0.5).length,
                    height: Math.min(...words.map(r => r.height)),
                }}
            }})"""
        )
        assert len(figures) == 6
        for figure in figures:
            assert figure["shown"] == 1
            assert figure["inside"]
            assert not figure["scrolls"]
            assert figure["words"] > 5
            assert figure["clipped"] == 0
        tables = page.evaluate(
            "[...document.querySelectorAll('.scroll:has(table)')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).length"
        )
        assert tables == 0


UNFOLDED = "document.querySelectorAll('details').forEach(e => { e.open = true })"


@pytest.mark.parametrize(
    ("name", "dark"),
    slow_but([("bare", False), ("dejavu", True)], [("dejavu", True)], True),
)
def test_it_fits_whatever_the_fonts(
    opened: Pages, font_folder: Path, name: str, dark: bool
) -> None:
    check_fit(opened, configuration(name, font_folder), (320, DESK), dark)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dark"), [("installed", True), *((name, False) for name in SETS)]
)  # colours take no room: the dark drawings do not depend on the fonts
def test_it_fits_at_all_widths(opened: Pages, font_folder: Path, name: str, dark: bool) -> None:
    check_fit(opened, configuration(name, font_folder), WIDTHS, dark)


def check_fit(
    opened: Pages, fonts: Path | None, widths: tuple[int, ...], dark: bool = False
) -> None:
    with opened(widths[0], dark, fonts) as page:
        page.evaluate(UNFOLDED)
        assert page.locator(".formula").count() > 300
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(MISFITS) == FITS, width


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p style='width:400px'>x", "beyond"),
        ("<p style='width:200px;overflow:hidden'><b style='margin-left:320px'>x", "beyond"),
        ("<p class=formula style='width:50px;overflow:hidden'><math><mi>xxxxxxxxxxxx", "cut"),
        ("<p class=formula style='height:9px;overflow:auto'><math><mfrac><mi>x<mi>y", "cut"),
        ("<svg width=50 height=50><text x=40 y=20>word", "clipped"),
    ],
)
def test_what_does_not_fit_is_noticed(browser_page: Pages, body: str, found: str) -> None:
    with browser_page(320, 900) as page:
        page.set_content(f"<!DOCTYPE html><body>{body}")
        assert page.evaluate(MISFITS)[found]
        page.set_content("<!DOCTYPE html><body><p style='overflow:auto'><b>x")
        assert page.evaluate(MISFITS) == FITS


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [name for name in SETS if name != "bare"],
)
def test_no_stroke_of_a_formula_is_cut(opened: Pages, font_folder: Path, name: str) -> None:
    """Where all formulas fit on the line, the same is seen when nothing is clipped."""
    with opened(DESK, fonts=configuration(name, font_folder)) as page:
        page.set_viewport_size({"width": DESK, "height": 6000})
        page.evaluate("document.getElementById('claim-S1').scrollIntoView()")
        pictures = []
        for overflow in ("", "visible", "hidden"):
            page.add_style_tag(content=f".formula {{ overflow: {overflow} !important }}")
            pictures.append(pixels(page))
        page.add_style_tag(content=".formula { padding: 0 !important; margin: 0 !important }")
        assert apart(pictures[0], pictures[1]) <= ROUNDING
        assert apart(pictures[0], pictures[2]) <= ROUNDING
        assert apart(pixels(page), pictures[0]) > 100  # slanted letters do lean out of their box


ROUNDING = 2  # of 255: corners that are drawn anew differ by one in a colour


def pixels(page: Any) -> Any:
    return np.asarray(image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def apart(one: Any, other: Any) -> int:
    return int(np.abs(one - other).max())


def test_formulas_need_no_mathematical_font(opened: Pages) -> None:
    """All their letters and signs are in DejaVu, and the browser puts no others in their place."""
    tables = [
        fonttools.TTFont(shipped() / f"{name}.ttf").getBestCmap()
        for name in ("DejaVuSans", "DejaVuSerif")
    ]
    with opened(DESK) as page:
        signs = set("".join(page.locator("math").all_text_contents()))
        changed = page.evaluate(
            "[...document.querySelectorAll('mi')]"
            ".map(e => getComputedStyle(e).textTransform).filter(t => t !== 'none')"
        )
    assert {"π", "θ", "∑"} <= signs
    assert [sign for sign in signs if not any(ord(sign) in table for table in tables)] == []
    assert changed == []


@pytest.mark.parametrize("attack", slow_but(HOSTILE, quick=HOSTILE[1:2]), ids=range(len(HOSTILE)))
def test_hostile_text_shows_as_text_and_fits(
    browser_page: Pages, tmp_path: Path, attack: str
) -> None:
    """Nothing in a ledger runs, asks for anything, or makes a phone scroll sideways."""
    ledger = attacked(everything(), attack)
    drawn = next(d for d in compose(ledger).drawings if isinstance(d, Graph))
    svg = drawing.draw(drawn, "svg", drawing.NARROW).decode()
    file = tmp_path / "hostile.html"
    file.write_text(
        html.render(compose(ledger), {f"{drawn.id}-narrow": svg, drawn.id: svg}), encoding="utf-8"
    )
    with browser_page(PHONE, 900) as page:
        page.goto(file.as_uri())
        assert attack[:3] in page.inner_text("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert page.evaluate("document.querySelectorAll('img, iframe').length") == 0
        assert page.evaluate("document.scripts.length") == 1  # ours


def test_claims_are_chosen_by_words_outcome_and_evidence(opened: Pages) -> None:
    with opened(DESK) as page:
        everything_ = page.locator("section.claim").count()
        page.select_option("#outcome", "amended")
        amended = page.locator("section.claim:visible")
        assert 0 < amended.count() < everything_
        assert {one.get_attribute("data-outcome") for one in amended.all()} == {"amended"}
        assert page.inner_text("#count") == f"{amended.count()} of {everything_} claims"
        page.fill("#words", "SIMPLEX geometry")
        assert all("simplex" in text.lower() for text in amended.all_inner_texts())
        page.evaluate("location.hash = 'claim-S6'")  # a link leads on, whatever was chosen
        page.wait_for_function("document.getElementById('claim-S6').offsetParent !== null")
        assert page.inner_text("#count") == ""
        assert page.evaluate("document.documentElement.scrollHeight") <= 25_000


@pytest.mark.parametrize("width", slow_but([PHONE, DESK], quick=[PHONE]))
def test_letters_of_figures_can_be_read(opened: Pages, width: int) -> None:
    """A capital of the graph's boxes is at least 7 px high, about 9 px of type."""
    with opened(width) as page:
        heights = page.evaluate(
            f"""[...document.querySelectorAll('#fig-dependencies svg g[id*="text_"] a')]
                .filter({SEEN}).map(e => e.getBoundingClientRect().height)"""
        )
        assert min(heights) >= 7


@pytest.mark.parametrize("width", slow_but([PHONE, DESK], quick=[PHONE]))
def test_a_click_on_a_node_leads_to_its_claim(opened: Pages, width: int) -> None:
    graph = next(d for d in compose(with_experiments()).drawings if isinstance(d, Graph))
    with opened(width) as page:
        links = page.locator("#fig-dependencies svg:visible a[aria-label]")
        assert links.count() == len(graph.nodes)
        for label, target in (("G", "claim-G"), ("robustness", "claim-experimentrobustness")):
            link = page.locator(f'#fig-dependencies svg:visible a[aria-label="{label}"]')
            link.scroll_into_view_if_needed()
            box = link.bounding_box()
            assert box is not None
            assert box["height"] >= 18
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_function("hash => location.hash == hash", arg=f"#{target}")
            top = page.evaluate(f"document.getElementById('{target}').getBoundingClientRect().top")
            assert -5 < top < 900
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("location.hash.startsWith('#claim-')")


CONTRAST = """() => {
    const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 }
    const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number)
    const luminance = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2])
    const behind = e => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor)
            if (c.length === 3 || c[3] > 0) return c
        }
        return [255, 255, 255]
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    let worst = [99, '']
    let count = 0
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement
        if (!walker.currentNode.data.trim() || e.closest('style,svg')) continue
        const pair = [parse(getComputedStyle(e).color), behind(e)].map(luminance)
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
        count += 1
        if (ratio < worst[0]) worst = [ratio, walker.currentNode.data.slice(0, 40)]
    }
    return [count, ...worst]
}"""


@pytest.mark.parametrize("dark", slow_but([False, True], quick=[True]))
def test_all_text_stands_out(opened: Pages, dark: bool) -> None:
    """Contrast of at least 4.5 : 1 (WCAG AA) everywhere, and figures in the colour of the text."""
    with opened(DESK, dark) as page:
        count, ratio, words = page.evaluate(CONTRAST)
        assert count > 500
        assert ratio >= 4.5, words
        dark_page = page.evaluate("getComputedStyle(document.body).backgroundColor") != (
            "rgb(255, 255, 255)"
        )
        assert dark_page == dark
        ink = page.evaluate(
            """[...document.querySelectorAll('figure svg text, figure svg g[id*="text_"] g')]
               .map(e => getComputedStyle(e).fill)"""
        )
        text = page.evaluate("getComputedStyle(document.body).color")
        assert text in ink


@pytest.mark.parametrize("dark", slow_but([False, True], quick=[]))
def test_the_page_prints(opened: Pages, tmp_path: Path, dark: bool) -> None:
    with opened(DESK, dark) as page:
        page.emulate_media(media="print", color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": 718, "height": 1000})  # A4 less its margins
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        _, ratio, words = page.evaluate(CONTRAST)
        assert ratio >= 4.5, words
        assert page.evaluate(f"[document.querySelector('nav')].filter({SEEN}).length") == 0
        steps = page.evaluate(
            "[...document.querySelectorAll('details li')].map(e => e.getClientRects().length)"
        )
        assert steps
        assert all(steps), "derivations are folded away on paper"
        data = page.pdf(format="A4", margin=dict.fromkeys(("left", "right", "top"), "10mm"))
    if shutil.which("pdftotext") is None:
        return
    (tmp_path / "page.pdf").write_bytes(data)
    words = subprocess.run(
        ["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Error budget" in words
    assert len(re.findall(r"overspec verify --claims", words)) >= 40
