"""The exported probe fits at every width, whatever the fonts and the colour scheme."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import FITS, MISFITS, WIDTHS, Pages, needs_chromium
from font_sets import SETS, configuration
from sizes import slow_but

from overspec.reports.probe import static
from overspec.reports.probe.choice import Choice

pytest.importorskip("plotly")
pytest.importorskip("playwright")
pytestmark = needs_chromium
#: Views with formulas that are long for a phone, and with every figure.
VIEWS = ({"k": "7", "weights": "1/2,1/4,1/8,1/16,1/32,1/64,1/64"}, {"k": "5"})


@pytest.fixture(scope="module", params=slow_but(VIEWS, VIEWS[:1]), ids=["list", "family"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with one view: a sweep would only take longer."""
    choice = Choice.read(request.param)
    one = static.Slider("share of these weights, rest uniform", ("1",))
    sweep = static.Sweep((one, one), ((choice,),), (0, 0))
    file = tmp_path_factory.mktemp("probe") / "probe.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static, "sweep_for", lambda choice: sweep)
        file.write_text(static.page(choice), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "dark"),
    slow_but([("bare", False), ("one", False), ("dejavu", True)], [("dejavu", True)], True),
)
def test_it_fits_whatever_the_fonts(
    browser_page: Pages, exported: Path, font_folder: Path, name: str, dark: bool
) -> None:
    check_fit(browser_page, exported, configuration(name, font_folder), (320, 1280), dark)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_it_fits_at_all_widths(
    browser_page: Pages, exported: Path, font_folder: Path, name: str, dark: bool
) -> None:
    check_fit(browser_page, exported, configuration(name, font_folder), WIDTHS, dark)


def check_fit(
    browser_page: Pages,
    file: Path,
    fonts: Path | None,
    widths: tuple[int, ...],
    dark: bool = False,
) -> None:
    for width in widths:
        with browser_page(width, 900, dark, fonts) as page:
            page.goto(file.as_uri())
            page.locator("#spectrum-figure .main-svg").first.wait_for(state="attached")
            assert page.evaluate(MISFITS) == FITS, width
            grounds = [
                page.evaluate(f"getComputedStyle(document.querySelector('{place}'))['{what}']")
                for place, what in (
                    ("body", "backgroundColor"),
                    ("#controls", "backgroundColor"),
                    ("body", "color"),
                    (".xtick text", "fill"),
                )
            ]
            assert grounds[0] == grounds[1]
            assert (grounds[0] != "rgb(255, 255, 255)") == dark
            assert grounds[2] == grounds[3]
