"""The page in Chromium: what is dragged moves at once, bad input gets a sentence.

`browser_page` fails a test for any outside request or console error. Its numbers are compared with
the engines' by `test_numerics`; here they are read off the page.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import FITS, MISFITS, WIDTHS, Pages, faults_of_access, needs_chromium
from font_sets import SETS, configuration
from sizes import slow_but

from overspec.mixture import Mixture
from overspec.proofs.rates.null_law import null_law
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.reports.probe.page import page as html_of
from overspec.verify.radius.search import gamma

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_chromium
PATIENCE = 60_000  # milliseconds: other tests run beside these
SLOW = "2/5,3/10,1/10,1/5"
FAST = "2/5,3/10,1/5,1/10"
#: Field → something sensible, something that is not, and a word of the sentence for it.
TYPED = {
    "k": ("3", "three", "whole number"),
    "weights": ("one-heavy:4/5", "one-heavy:1/0", "divides by 0"),
    "gap": ("3/4", "1.5", "between 0 and 1"),
    "radius": ("3/2", "sqrt(-1)", "no fraction"),
    "steps": ("30", "1e5", "whole number"),
    "d": ("7", "1", "whole number"),
    "digits": ("4", "<b>", "whole number"),
    "amplitudes": ("1,1/2", "1", "one for each frequency"),
}

Opened = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the exported page."""
    path = tmp_path_factory.mktemp("probe") / "probe.html"
    path.write_text(html_of({}), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser_page: Pages, file: str) -> Opened:
    """The page at a view, once all of it is drawn."""

    @contextmanager
    def at(view: str = "", width: int = 1280, **options: Any) -> Iterator[Page]:
        with browser_page(width, options.pop("height", 1400), **options) as page:
            page.goto(f"{file}#{view}" if view else file)
            rest(page)
            yield page

    return at


def rest(page: Page) -> None:
    """Wait until the page has come to rest and has said so."""
    page.wait_for_selector(".probe[data-state=rest]", timeout=PATIENCE)


def press(page: Page, key: str) -> None:
    """Press a key and wait for the frame that follows."""
    page.keyboard.press(key)
    page.evaluate("new Promise(requestAnimationFrame)")


def slider(page: Page, name: str) -> Any:
    return page.get_by_role("slider", name=name)


def now(page: Page, name: str) -> float:
    return float(slider(page, name).get_attribute("aria-valuenow", timeout=PATIENCE))


def until(page: Page, place: str, text: str) -> None:
    page.wait_for_function(
        "([place, text]) => (document.querySelector(place)?.textContent ?? '').includes(text)",
        arg=[place, text],
        timeout=PATIENCE,
    )


def number(page: Page, name: str) -> float:
    """A number of the table, without its error."""
    row = page.locator(".numbers tr", has=page.get_by_text(name)).first
    text = row.locator("td").first.inner_text(timeout=PATIENCE)
    return float(re.split(r"[(\[]", text.replace("−", "-"))[0])


GAMMA = "γ: where the curve meets the line"
#: Of every move of the pointer: γ and the weight at the end of the frame that follows it.
WATCH = """() => { window.seen = [];
addEventListener("pointermove", () => requestAnimationFrame(() =>
  seen.push([document.querySelector(".hero [aria-label^=γ]").ariaValueNow,
             document.querySelector(".bars .handle").ariaValueNow,
             document.querySelector(".hero path.line.factor").getAttribute("d")]))); }"""


def drag(page: Page, selector: str, dx: float, dy: float, moves: int = 6) -> None:
    """Take a handle and move it, one move a frame; it is still held."""
    place = page.locator(selector).first
    place.scroll_into_view_if_needed(timeout=PATIENCE)
    box = place.bounding_box(timeout=PATIENCE)
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(WATCH)
    for n in range(1, moves + 1):
        page.mouse.move(x + dx * n / moves, y + dy * n / moves)
        page.evaluate("new Promise(requestAnimationFrame)")


def test_a_bar_moves_gamma_in_the_frame_of_the_move(opened: Opened) -> None:
    with opened("k=4&weights=one-heavy:9/10&kind=factor") as page:
        before = now(page, GAMMA)
        drag(page, ".bars .handle rect.cap", 0, 10, 5)
        seen = page.evaluate("seen")
        moved = [one for one, other in zip(seen[1:], seen, strict=False) if one[1] != other[1]]
        assert len(moved) >= 3
        for one, other in zip(seen[1:], seen, strict=False):
            if one[1] != other[1]:  # another weight: another γ and another curve, in that frame
                assert one[0] != other[0]
                assert one[2] != other[2]
        page.mouse.up()
        rest(page)
        weight = now(page, "weight π_0")
        assert weight < 0.88
        assert now(page, GAMMA) != before
        exact = Mixture.simplex(4, f"one-heavy:{round(100 * weight)}/100")
        proved = float(radius_lower_bound(exact, "factor", "9/10"))
        assert 0 <= proved - number(page, "lower bound of") < 1e-4  # printed rounded down
        found = gamma(exact, "factor", "9/10", "simplex", 8)
        assert math.isclose(now(page, GAMMA), (found.lower + found.upper) / 2, abs_tol=2e-6)


@pytest.mark.slow
def test_the_line_and_the_knob_are_dragged(opened: Opened) -> None:
    with opened("k=12&weights=one-heavy:9/10&kind=factor") as page:
        before = now(page, GAMMA)
        drag(page, ".hero .handle.y .grip", 0, 25)
        page.mouse.up()
        rest(page)
        lower = now(page, "gap c: the line cσ")
        assert lower < 0.9
        assert now(page, GAMMA) > before
        drag(page, ".hero .handle.x .knob.gamma", 40, 0)
        page.mouse.up()
        rest(page)
        assert now(page, "gap c: the line cσ") < lower
        assert re.search(r"gap=\d+/\d+", page.url)


@pytest.mark.slow
def test_the_start_is_dragged_as_a_point_of_the_portrait(opened: Opened) -> None:
    with opened(f"k=4&weights={FAST}&kind=factor&amplitudes=1,1/2") as page:
        start = slider(page, "start θ_0")
        assert start.get_attribute("aria-valuetext") == "a_1 = 1.00, a_2 = 0.50"
        drag(page, ".portrait .handle .knob", 30, -30)
        page.mouse.up()
        rest(page)
        a, b = map(float, re.findall(r"\d\.\d\d", start.get_attribute("aria-valuetext")))
        assert a > 1.1
        assert b > 0.6
        assert f"amplitudes={a:g},{b:g}" in page.url
        start.focus()
        press(page, "ArrowUp")
        press(page, "Shift+ArrowLeft")
        moved = f"a_1 = {a - 0.5:.2f}, a_2 = {b + 0.05:.2f}"
        assert start.get_attribute("aria-valuetext") == moved
        for _ in range(5):
            press(page, "Shift+ArrowLeft")  # no amplitude is below 0
        assert start.get_attribute("aria-valuetext").startswith("a_1 = 0.00")


@pytest.mark.slow
def test_weights_are_exact_whatever_is_dragged(opened: Opened) -> None:
    with opened(f"k=4&weights={FAST}&kind=factor") as page:
        before = [Fraction(text) for text in FAST.split(",")]
        for j, key, by in ((1, "ArrowUp", 1), (3, "Shift+ArrowUp", 10), (0, "ArrowDown", -1),
                           (0, "Home", -99), (2, "End", 99)):  # fmt: skip
            slider(page, f"weight π_{j}").focus()
            press(page, key)
            found = re.search(r"--weights (\S+)", page.locator("pre").text_content())
            assert found is not None
            weights = list(Mixture.simplex(4, found[1]).weights)  # all above 0, sum exactly 1
            if abs(by) < 99:
                assert weights[j] == before[j] + Fraction(by, 100)
            else:  # as far as it goes
                assert weights[j] == (min(weights) if by < 0 else max(weights))
            # the others in proportion, to one part of the whole and the least that a bar has
            scale = (1 - weights[j]) / (1 - before[j])
            for i in {0, 1, 2, 3} - {j}:
                assert abs(weights[i] - before[i] * scale) <= Fraction(3, 100)
            before = weights


def test_two_weights_swapped_stall_em(opened: Opened) -> None:
    with opened(f"k=4&weights={FAST}&kind=factor&steps=200&radius=1") as page:
        until(page, ".live", "exponentially fast")
        assert page.locator(".disc path.cross").count() == 0
        page.get_by_role("button", name="swap π_2 and π_3").click()
        until(page, ".live", "degenerate, frequency 2 is null")
        assert page.locator(".disc path.cross").count() == 1
        until(page, ".disc", "= 0 exactly")
        assert not slider(page, GAMMA).is_visible()
        until(page, ".numbers", "limit of t")
        law = null_law(Mixture.simplex(4, SLOW))
        assert law is not None
        limit = number(page, "limit of")
        assert math.isclose(limit, float(law.divergence_limit), rel_tol=1e-3)
        assert abs(number(page, "KL at the end") / limit - 1) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["one-heavy:4/5", "one-heavy:1/2"])
def test_kl_falls_at_the_predicted_slope(opened: Opened, weights: str) -> None:
    with opened(f"k=4&weights={weights}&kind=factor&steps=150&radius=1") as page:
        until(page, ".numbers", "KL per step, predicted")
        measured, predicted = number(page, "KL per step, at the end"), number(page, "predicted")
        assert abs(measured - predicted) < 1e-3
        assert abs(measured - math.sqrt(predicted)) > 1e-2  # PL's weaker rate would be seen


@pytest.mark.slow
def test_the_address_is_the_view(opened: Opened) -> None:
    view = "k=3&weights=1/2,3/10,1/5&gap=3/4&kind=factor&radius=2&steps=30&step=0"
    with opened(view) as page:
        first = page.url.partition("#")[2]
        assert dict(part.split("=") for part in first.split("&")) == dict(
            part.split("=") for part in view.split("&")
        )
        told = page.locator(".numbers tbody tr").last.text_content()
        page.goto("about:blank")
        page.go_back()
        rest(page)
        assert page.url.partition("#")[2] == first
        until(page, ".numbers", told)
        page.evaluate("location.hash = 'k=2&weights=9/10,1/10'")
        until(page, ".live", "2 components")


#: What is in the document at the first frame that has a curve.
AT_FIRST = """const look = () => document.querySelector(".hero path.line[d]")
  ? (window.first_ = [".hero .knob", ".story h2", ".numbers", ".bars"]
      .map(place => Boolean(document.querySelector(place))))
  : requestAnimationFrame(look);
requestAnimationFrame(look);"""


def test_the_hero_is_painted_before_the_rest_is_there(browser_page: Pages, file: str) -> None:
    with browser_page() as page:
        page.add_init_script(AT_FIRST)
        page.goto(file)
        page.wait_for_selector(".numbers tbody tr", timeout=PATIENCE)
        assert page.evaluate("first_") == [True, True, False, False]


def test_bad_input_gets_a_sentence_and_the_picture_stays(opened: Opened) -> None:
    with opened("k=4&weights=one-heavy:9/10&kind=factor") as page:
        page.locator("summary").click()
        curve = page.locator(".hero path.line.factor").get_attribute("d")
        for name, (_, nonsense, word) in TYPED.items():
            field = page.locator(f".field.{name} input")
            before = field.input_value()
            field.fill(nonsense)
            said = page.locator(f".field.{name} .wrong")
            page.wait_for_function(
                "([name]) => document.querySelector(`.field.${name} .wrong`).textContent",
                arg=[name], timeout=PATIENCE,
            )  # fmt: skip
            assert word in said.inner_text()
            assert field.get_attribute("aria-invalid") == "true"
            described = field.get_attribute("aria-describedby")
            assert said.get_attribute("id") == described
            assert page.locator(".problem").inner_text() == said.inner_text()
            assert page.locator(".hero path.line.factor").get_attribute("d") == curve
            assert page.locator("b").count() == 0
            field.fill(before)
            page.wait_for_selector(".problem", state="hidden", timeout=PATIENCE)


@pytest.mark.slow
def test_every_field_moves_the_page(opened: Opened) -> None:
    with opened("k=4&weights=one-heavy:9/10&kind=factor") as page:
        page.locator("summary").click()
        for name in ("weights", "gap", "radius", "steps", "d", "digits", "amplitudes"):
            page.locator(f".field.{name} input").fill(TYPED[name][0])
            page.wait_for_function(
                "([name, text]) => location.hash.includes(`${name}=${text}`)",
                arg=[name, TYPED[name][0]], timeout=PATIENCE,
            )  # fmt: skip
        page.locator(".field.kind select").select_option("jacobian")
        page.wait_for_selector(".hero path.line.hessian", timeout=PATIENCE)
        page.locator(".field.orbit select").select_option("all")
        until(page, ".numbers", "all")
        exact = Mixture.simplex(4, "one-heavy:4/5")
        found = gamma(exact, "jacobian", "3/4", "all", 4)
        middle = (found.lower + found.upper) / 2
        shown = page.locator(".numbers td").first.inner_text()
        if math.isfinite(middle):
            assert abs(number(page, "all") - middle) < 1e-3
        else:
            assert "none" in shown


@pytest.mark.slow
def test_an_address_that_cannot_be_read_is_said(
    opened: Opened, browser_page: Pages, file: str
) -> None:
    with browser_page(1280, 900) as page:
        page.goto(f"{file}#k=4&weights=1/2,1/2")
        until(page, ".problem", "2 for k = 4")
        assert page.locator(".hero path.line[d]").count() > 0


@pytest.mark.slow
def test_the_story_sets_the_page_and_can_be_left(opened: Opened) -> None:
    with opened() as page:
        until(page, ".story h2", "One Gaussian")
        assert page.locator(".steps [aria-current=step]").inner_text() == "1"
        for says, sign in (("Swap two weights", "degenerate"), ("Drag the gap", "12 components"),
                           ("There is no cliff", "12 components"),
                           ("to a million", "1,000,000 components")):  # fmt: skip
            page.get_by_role("button", name="Next").click()
            until(page, ".story h2", says)
            until(page, ".live", sign)
        page.get_by_role("button", name="Leave the story").click()
        until(page, ".story h2", "Drag anything")
        page.get_by_role("button", name="swapped").click()
        until(page, ".live", "degenerate")


@pytest.mark.slow
def test_every_number_has_its_evidence(opened: Opened) -> None:
    for view in ("step=1", "step=2", "step=5", "k=4&weights=uniform", "k=6&weights=linear",
                 "k=4&weights=one-heavy:9/10&kind=factor&orbit=all"):  # fmt: skip
        with opened(view) as page:
            rows = page.locator(".numbers tbody tr").count()
            words = page.locator(".numbers td:nth-child(3)").all_inner_texts()
            assert rows == len(words) >= 2
            assert set(words) <= {"by theorem", "certified", "measured", "estimate"}
            assert ("estimate" in words) == ("orbit=all" in view)


@pytest.mark.slow
def test_gamma_against_k_tends_to_its_limit(opened: Opened) -> None:
    with opened("step=5") as page:
        until(page, ".components", "limit for")
        knob = slider(page, "number of components k")
        assert knob.get_attribute("aria-valuenow") == "1000000"
        limit = float(
            re.search(r"limit[^:]*: ([\d.]+)", page.locator(".components").text_content())[1]
        )
        assert abs(now(page, GAMMA) - limit) < 2e-3
        knob.focus()
        page.keyboard.press("ArrowLeft")
        until(page, ".live", "100,000 components")
        page.keyboard.press("Home")
        until(page, ".live", "2 components")


@pytest.mark.slow
def test_the_data_and_the_figure_are_files(opened: Opened) -> None:
    with opened("k=4&weights=one-heavy:9/10&kind=factor") as page:
        data = json.loads(saved(page, "Data"))
        assert data["choice"]["weights"] == "one-heavy:9/10"
        assert data["commands"][0].startswith("overspec probe --kind factor")
        assert len(data["curve"]) > 15
        figure = saved(page, "Figure")
        assert figure.startswith("<svg")
        assert "overspec" in figure
        assert "<script" not in figure


def saved(page: Page, name: str) -> str:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


@pytest.mark.slow
def test_motion_is_reduced_where_that_is_wished(browser_page: Pages, file: str) -> None:
    with browser_page(1280, 900) as page:
        page.emulate_media(reduced_motion="reduce")
        page.goto(file)
        rest(page)
        page.wait_for_function("() => document.querySelector('.film input').valueAsNumber > 1")
        steps = [page.locator(".film output").inner_text()]
        page.wait_for_timeout(300)
        steps.append(page.locator(".film output").inner_text())
        assert steps[0] == steps[1] != "step 0"
        assert page.get_by_role("button", name="play EM").is_visible()


@pytest.mark.slow
def test_the_whole_page_is_reached_by_keys_and_everything_has_a_name(opened: Opened) -> None:
    with opened() as page:
        page.locator("summary").click()
        names = []
        page.evaluate("document.body.focus()")
        for _ in range(60):
            page.keyboard.press("Tab")
            names.append(page.evaluate(NAME))
        assert "" not in names[:45]
        for name in (
            "step 2: Swap two weights, and EM stalls",
            "weight π_0",
            GAMMA,
            "gap c: the line cσ",
            "start θ_0",
            "number of components k",
            "EM step",
            "weights",
            "Data",
        ):
            assert name in names


NAME = """() => { const e = document.activeElement;
  return e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText)
    || e.textContent.trim() || (e === document.body ? "body" : ""); }"""


@pytest.mark.parametrize(
    ("width", "dark"),
    slow_but([(390, False), (390, True), (1280, False), (1280, True)], [(390, True)], True),
)
def test_nobody_is_shut_out(opened: Opened, width: int, dark: bool) -> None:
    with opened(f"k=4&weights={FAST}&kind=factor", width, dark=dark) as page:
        page.locator("summary").click()
        page.locator(".field.gap input").fill("2")
        until(page, ".problem", "between 0 and 1")
        assert faults_of_access(page) == []


@pytest.mark.parametrize("name", slow_but(SETS, ["one"]))
def test_it_fits_whatever_the_fonts(opened: Opened, font_folder: Path, name: str) -> None:
    fonts = configuration(name, font_folder)
    for width in WIDTHS if name != "one" else (320,):
        with opened("k=4&weights=one-heavy:9/10&kind=factor", width, fonts=fonts) as page:
            page.locator("summary").click()
            assert page.evaluate(MISFITS) == FITS, width


@pytest.mark.slow
@pytest.mark.parametrize(
    "view",
    [
        "step=1",
        "step=2",
        "step=4",
        "step=5",
        "k=12&weights=linear",
        "k=7&weights=1/2,1/4,1/8,1/16,1/32,1/64,1/64",
    ],
)
def test_other_views_fit(opened: Opened, view: str) -> None:
    for width in (320, 768, 1920):
        with opened(view, width) as page:
            assert page.evaluate(MISFITS) == FITS, width
            assert page.evaluate(COVERED) == [], width


#: Labels of one drawing that cover each other.
COVERED = """() => [...document.querySelectorAll("svg .labels")].flatMap(labels => {
  const all = [...labels.children].map(node => [node.textContent, node.getBoundingClientRect()]);
  return all.flatMap(([one, a], n) => all.slice(0, n).filter(([, b]) => a.left < b.right - 1
    && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
    .map(([other]) => `${one} | ${other}`)); })"""


@pytest.mark.slow
def test_the_page_is_light_or_dark_as_a_whole(opened: Opened) -> None:
    for dark in (False, True):
        with opened(dark=dark) as page:
            style = "getComputedStyle(document.querySelector('{}')).{}"
            body, main, ink = (
                page.evaluate(style.format(place, what))
                for place, what in (("body", "backgroundColor"), (".probe", "backgroundColor"),
                                    (".hero text.value, .bars text", "fill"))
            )  # fmt: skip
            assert body == main
            assert (main == "rgb(255, 255, 255)") is not dark
            assert ink != main


@pytest.mark.slow
def test_it_prints_in_black_on_white(opened: Opened) -> None:
    with opened(dark=True) as page:
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.probe')).color")
            == "rgb(0, 0, 0)"
        )
        assert not page.locator(".presets").is_visible()
        assert page.locator(".hero path.line.factor").is_visible()
