"""The probe in a browser: every control moves the page, to the library's numbers, from no one else.

`browser_page` fails a test for any outside request or console error.
"""

from __future__ import annotations

import json
import math
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from browser import FITS, MISFITS, WIDTHS, Pages, needs_chromium
from font_sets import SETS, configuration

from overspec import cli
from overspec.decimals import estimated
from overspec.reports.content.format import quantity_text
from overspec.reports.probe.choice import Choice
from overspec.reports.probe.parts import Fact
from overspec.reports.probe.view import part
from overspec.verify.radius.search import gamma

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = needs_chromium
PATIENCE = 60_000  # milliseconds: other tests run beside these
DEGENERATE = "2/5,3/10,1/10,1/5"
#: Typed control → field, something sensible, something that is not.
TYPED = {
    "components k": ("k", "3", "three"),
    "dimension d": ("d", "7", "1"),
    "parameter of the family": ("weights", "4/5", "1/0"),
    "gap c": ("gap", "3/4", "1.5"),
    "precision (digits)": ("digits", "4", "<b>"),
    "radius of the start": ("radius", "3/2", "sqrt(-1)"),
    "EM steps": ("steps", "30", "1e5"),
}
FEW = ("components k", "parameter of the family", "gap c")


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running page."""
    port = free_port()
    command = [sys.executable, "-m", "overspec", "probe", "--no-browser", "--port", str(port)]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path_factory.mktemp("probe")
    )
    assert child.stdout is not None
    address = child.stdout.readline().strip()
    assert address == f"http://127.0.0.1:{port}/"
    yield address
    child.terminate()
    child.wait(20)
    with socket.socket() as trial:  # the server ended with its command
        assert trial.connect_ex(("127.0.0.1", port)) != 0
    child.stdout.close()


def until(page: Page, place: str, text: str) -> None:
    """Wait until the text is shown there."""
    page.wait_for_function(
        "([place, text]) => (document.querySelector(place)?.innerText ?? '').includes(text)",
        arg=[place, text],
        timeout=PATIENCE,
    )


def type_in(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")


def shown(fact: Fact, digits: int) -> str:
    return quantity_text(fact.value, digits)


def agrees(page: Page, fields: dict[str, str]) -> Choice:
    """The page shows the library's γ, its numbers at the start and its sentence."""
    choice = Choice.read(fields)
    digits = choice.digits
    found = gamma(choice.mixture, choice.kind, choice.gap, "simplex", digits)
    until(page, "#part-profile", quantity_text(estimated(found.lower, found.upper), digits))
    for fact in part("start", choice).facts:
        until(page, "#part-start", shown(fact, digits))
    until(page, "#part-verdict", part("verdict", choice).words[0])
    for fact in part("divergence", choice).facts:
        until(page, "#part-divergence", shown(fact, digits))
    return choice


def test_the_server_answers_and_ends(server: str) -> None:
    """That it ends with its command is looked at when the fixture is torn down."""
    with urlopen(server, timeout=60) as page:
        assert page.status == 200
        assert b"<html" in page.read()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "orbit"),
    [(FEW, "simplex"), (tuple(TYPED), "all")],
    ids=["few", "every control"],
)  # fmt: skip
def test_every_control_moves_the_page_to_the_library_s_numbers(
    server: str, browser_page: Pages, typed: tuple[str, ...], orbit: str
) -> None:
    with browser_page(1280, 1000) as page:
        page.goto(server)
        fields: dict[str, str] = {}
        agrees(page, fields)
        for label in typed:
            name, text, _ = TYPED[label]
            type_in(page, label, text)
            fields[name] = "one-heavy:4/5" if name == "weights" else text
            choice = agrees(page, fields)
        page.get_by_label("kind of γ", exact=True).select_option("jacobian")
        fields["kind"] = "jacobian"
        agrees(page, fields)
        if orbit == "all":
            page.get_by_label("orbit", exact=True).select_option("all")
            fields["orbit"] = "all"
        choice = agrees(page, fields)
        # the address shares the view
        until(page, "section[aria-label=Commands]", choice.command())
        for name, text in choice.query.items():
            page.wait_for_function(
                "([name, text]) => new URLSearchParams(location.search).get(name) === text",
                arg=[name, text],
                timeout=PATIENCE,
            )
        with_address = page.url
        page.goto("about:blank")
        page.goto(with_address)
        agrees(page, fields)
        assert page.get_by_label("gap c", exact=True).input_value() == "3/4"
        until(page, "section[aria-label=Commands]", choice.command())
        # every number in a table has its evidence beside it
        rows = page.locator(".probe td:nth-child(3)").all_inner_texts()
        assert len(rows) > 8
        assert set(rows) <= {"by theorem", "certified", "measured"}


@pytest.mark.slow
def test_weights_and_start_are_typed_and_dragged_by_keyboard(
    server: str, browser_page: Pages
) -> None:
    with browser_page(390, 900) as page:
        page.goto(f"{server}?k=1000000&weights=one-heavy:1/2&gap=1/2")
        agrees(page, {"k": "1000000", "weights": "one-heavy:1/2", "gap": "1/2"})
        type_in(page, "components k", "4")
        page.get_by_label("weights", exact=True).select_option("list")
        type_in(page, "list of weights", DEGENERATE)
        until(page, "#part-verdict", "frequency 2 is null, EM needs about 0.25/ε^{1/2} steps")
        until(page, "#part-verdict", "fails")
        page.get_by_label("weights", exact=True).select_option("bars")
        bar = page.get_by_role("group", name="weight π_3").get_by_role("slider")
        bar.focus()
        page.keyboard.press("ArrowUp")
        moved = "100/251,75/251,25/251,51/251"
        until(page, "#part-verdict", part("verdict", Choice.read({"weights": moved})).words[0])
        page.get_by_label("start θ_0", exact=True).select_option("dragged")
        point = page.get_by_role("slider", name="start θ_0")
        point.focus()
        page.keyboard.press("ArrowUp")
        portrayed(page, {"weights": moved, "gap": "1/2", "amplitudes": "0.80,0.65"})
        page.keyboard.press("Shift+ArrowLeft")
        portrayed(page, {"weights": moved, "gap": "1/2", "amplitudes": "0.30,0.65"})
        page.keyboard.press("Shift+ArrowLeft")  # no amplitude is below 0
        portrayed(page, {"weights": moved, "gap": "1/2", "amplitudes": "0.00,0.65"})
        page.get_by_label("start θ_0", exact=True).select_option("amplitudes")
        type_in(page, "amplitudes of the start", "1,1/2")
        until(page, "#part-phase", "θ_0 = (1, 0.5)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


def portrayed(page: Page, fields: dict[str, str]) -> None:
    """The portrait in which the start is dragged, its point and the address are at this view."""
    from playwright.sync_api import expect

    words = part("phase", Choice.read(fields)).words[0]
    page.get_by_text(words, exact=False).wait_for(timeout=PATIENCE)
    a, b = fields["amplitudes"].split(",")
    point = page.get_by_role("slider", name="start θ_0")
    expect(point).to_have_attribute("aria-valuetext", f"a_1 = {a}, a_2 = {b}", timeout=PATIENCE)
    page.wait_for_function(f"() => location.search.includes('{a}%2C{b}')", timeout=PATIENCE)


def centre(place: Locator) -> tuple[float, float]:
    box = place.bounding_box(timeout=PATIENCE)
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.slow
def test_the_start_is_dragged_as_a_point_of_the_portrait(server: str, browser_page: Pages) -> None:
    from playwright.sync_api import expect

    fields = {"k": "5", "weights": "linear", "amplitudes": "1,1"}
    with browser_page(1280, 1000) as page:
        page.goto(f"{server}?k=5&weights=linear&amplitudes=1,1")
        until(page, "#part-phase", part("phase", Choice.read(fields)).words[0])
        page.get_by_label("start θ_0", exact=True).select_option("dragged")
        portrayed(page, fields | {"amplitudes": "1.00,1.00"})
        expect(page.get_by_role("group", name="amplitude a_1")).to_have_count(0, timeout=PATIENCE)
        point = page.get_by_role("slider", name="start θ_0")
        point.scroll_into_view_if_needed(timeout=PATIENCE)
        # it lies on the drawing's own dot, which the library has put at θ_0
        dot = page.locator("marimo-anywidget circle", has_text="θ_0 (1, 1)")
        end = time.monotonic() + PATIENCE / 1000
        while math.dist(centre(point), centre(dot)) >= 1:  # what is above may still be growing
            assert time.monotonic() < end
        x, y = centre(point)
        page.mouse.move(x, y)
        page.mouse.down()
        for n in range(1, 21):
            page.mouse.move(x - 4 * n, y - 2 * n)
        page.mouse.up()
        # where it was dropped: the page knows at once, and the rest must come to it
        at = re.findall(r"\d\.\d\d", point.get_attribute("aria-valuetext", timeout=PATIENCE) or "")
        assert float(at[0]) < 0.8
        assert float(at[1]) > 1.1
        portrayed(page, fields | {"amplitudes": ",".join(at)})
        for fact in part("start", Choice.read(fields | {"amplitudes": ",".join(at)})).facts:
            until(page, "#part-start", shown(fact, 6))


@pytest.mark.slow
def test_nonsense_gets_a_sentence_and_certifying_can_be_cancelled(
    server: str, browser_page: Pages
) -> None:
    slow = {"k": "5", "weights": "one-heavy:9/10", "orbit": "all"}
    with browser_page(1280, 1000) as page:
        page.goto(server)
        until(page, "#part-start", "KL at the start")
        for label, (name, _, nonsense) in TYPED.items():
            before = page.get_by_label(label, exact=True).input_value()
            type_in(page, label, nonsense)
            page.wait_for_selector(".problem", timeout=PATIENCE)
            sentence = page.locator(".problem").inner_text()
            assert name.split("s")[0][:4] in sentence or "one-heavy" in sentence
            assert "Traceback" not in page.inner_text("body")
            page.wait_for_selector("#part-verdict", state="detached", timeout=PATIENCE)
            type_in(page, label, before)
            page.wait_for_selector(".problem", state="detached", timeout=PATIENCE)
            until(page, "#part-start", "KL at the start")
        # the whole way by keyboard: every control is reached and has a name
        page.get_by_label("components k", exact=True).focus()
        names = []
        for _ in range(14):
            names.append(page.evaluate(NAME))
            page.keyboard.press("Tab")
        assert "" not in names
        assert {*TYPED, "weights", "kind of γ", "orbit", "start θ_0"} <= set(names)
        assert {"Certify this γ", "Cancel"} <= set(names)
        page.get_by_role("button", name="Certify this γ").press("Enter")
        page.wait_for_selector("#job-gamma", timeout=PATIENCE)
        low, high = re.findall(r"[\d.]+", page.locator("#job-gamma").inner_text())
        choice = Choice.read({})
        found = gamma(choice.mixture, choice.kind, choice.gap, "simplex", 8)
        assert float(low) <= (found.lower + found.upper) / 2 <= float(high)
        assert "certified" in page.locator("[role=status]").all_inner_texts()[-1]
        until(page, "#part-profile", "γ^g_c, simplex orbits, in the background")
        result = json.loads(download(page, "Result").read_text(encoding="utf-8"))
        assert [result["lower"], result["upper"]] == [low, high]
        assert cli.main(["check", str(download(page, "Certificate"))]) == 0
        data = json.loads(download(page, "Data of this view").read_text(encoding="utf-8"))
        facts = {f["name"]: f for f in data["parts"]["profile"]["facts"]}
        assert float(facts["γ^g_c, simplex orbits"]["low"]) <= found.upper
        marked = facts["γ^g_c, simplex orbits, in the background"]
        assert (marked["evidence"], marked["low"]) == ("certified", low)
        page.get_by_text("Figure: profile").wait_for(timeout=PATIENCE)
        page.goto(f"{server}?{'&'.join(f'{k}={v}' for k, v in slow.items())}")
        until(page, "#part-start", "KL at the start")
        page.get_by_role("button", name="Certify this γ").click()
        page.wait_for_selector("progress[aria-label=running]", timeout=PATIENCE)
        page.get_by_role("button", name="Cancel").click()
        until(page, "body", "No bracket: cancelled")


NAME = """() => {
  let e = document.activeElement;
  while (e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
  const label = e.labels && e.labels[0] && e.labels[0].innerText;
  const group = e.closest("[role=group]");
  return e.getAttribute("aria-label") || label || (e.tagName == "BUTTON" && e.innerText)
    || (e.id && document.querySelector(`label[for="${e.id}"]`)?.innerText)
    || (group && group.getAttribute("aria-label"))
    || e.parentElement.innerText.split("\\n")[0] || "";
}"""


def download(page: Page, name: str) -> Path:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_text(name, exact=True).click()
    return Path(waiting.value.path())


@pytest.mark.slow
def test_the_exported_page_needs_no_server(
    browser_page: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "probe.html"
    assert cli.main(["probe", "--weights", DEGENERATE, "--json", "--export", str(path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [str(path)]}
    for width in (1280, 390):
        with browser_page(width, 900) as page:
            page.goto(path.as_uri())
            until(page, "#verdict-words", "Degenerate: frequency 2 is null")
            share = page.get_by_label("share of these weights, rest uniform")
            share.focus()
            page.keyboard.press("ArrowLeft")
            mixed = "77/200,59/200,23/200,41/200"  # 9/10 of them and 1/40 each
            choice = Choice.read({"weights": mixed})
            until(page, "#verdict-words", part("verdict", choice).words[0])
            for fact in part("start", choice).facts:
                until(page, "#start-words", shown(fact, choice.digits))
            page.locator("#divergence-figure .main-svg").first.wait_for(timeout=PATIENCE)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_it_fits_a_phone_and_a_desk(server: str, browser_page: Pages, font_folder: Path) -> None:
    check_fit(server, browser_page, configuration("one", font_folder), (320, 1280))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SETS if name != "bare"])  # waits for words
def test_it_fits_at_all_widths(
    server: str, browser_page: Pages, font_folder: Path, name: str
) -> None:
    check_fit(server, browser_page, configuration(name, font_folder), WIDTHS)


def check_fit(
    server: str, browser_page: Pages, fonts: Path | None, widths: tuple[int, ...]
) -> None:
    with browser_page(widths[0], 900, fonts=fonts) as page:
        page.goto(f"{server}?weights={DEGENERATE}")
        until(page, "#part-start", "KL at the start")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(MISFITS) == FITS, width
