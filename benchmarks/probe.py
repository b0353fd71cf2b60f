"""How quickly the page of the probe follows a hand, in Chromium.

    python benchmarks/probe.py [--moves 120]

Drags a weight, the gap and the start through the exported page, one move of the pointer a frame,
and prints for each the milliseconds from the move to the end of the frame that draws it: median and
95 %; then how long the file takes to be made and, from its opening, to show its first picture.
Fixed by the issue: median below 20 ms, 95 % below 50 ms, first picture below 300 ms, file in 2 s.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from overspec.reports.probe.page import page

VIEWS = {
    "k = 4, one heavy": "#k=4&weights=one-heavy:4/5&kind=factor",
    "k = 4, four weights": "#k=4&weights=2/5,3/10,1/5,1/10&kind=factor",
    "k = 4, Jacobian": "#k=4&weights=one-heavy:9/10&kind=jacobian",
    "k = 12": "#k=12&weights=one-heavy:9/10&kind=factor",
    "k = 10^6": "#k=1000000&weights=one-heavy:1/2&gap=1/2&kind=factor",
}
HANDLES = {"weight": ".bars .handle", "gap": ".hero .handle.y", "start": ".portrait .handle"}
#: From a move of the pointer to the end of the frame that it is drawn in; also what γ was then.
WATCH = """() => { window.frames_ = []; addEventListener("pointermove", event => {
  requestAnimationFrame(() => frames_.push([performance.now() - event.timeStamp,
    document.querySelector(".hero [aria-label^=γ]").getAttribute("aria-valuenow")]));
}); }"""
#: Runs before the page does: when the first curve is in the document and has been painted.
FIRST = """(() => { const look = () => document.querySelector(".hero path.line.factor[d]")
  ? requestAnimationFrame(() => window.first_ = performance.now()) : requestAnimationFrame(look);
  look(); })()"""


def dragged(tab: Any, selector: str, moves: int) -> list[float]:
    """Milliseconds of each move of a drag up and down."""
    handle = tab.locator(selector).first
    if not handle.is_visible():
        return []
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.evaluate(WATCH)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.evaluate("frames_.length = 0")
    for n in range(moves):
        tab.mouse.move(x + 10 * (n % 7 - 3) / 3, y - 24 + abs(n % 48 - 24) * 2)
        tab.evaluate("new Promise(requestAnimationFrame)")
    tab.mouse.up()
    return [one for one, _ in tab.evaluate("frames_")]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=120)
    moves = parser.parse_args().moves
    begun = time.perf_counter()
    text = page({})
    made = time.perf_counter() - begun
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as engine:
        file = Path(folder) / "probe.html"
        file.write_text(text, encoding="utf-8")
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"file: {len(text.encode()) / 1000:.0f} kB, made in {1000 * made:.0f} ms")
        firsts = []
        for _ in range(5):
            tab = browser.new_page()
            tab.add_init_script(FIRST)
            tab.goto(file.as_uri())
            tab.wait_for_function("() => window.first_")
            firsts.append(tab.evaluate("first_"))
            tab.close()
        print(f"first picture: {statistics.median(firsts):.0f} ms, the median of {len(firsts)}")
        print(f"{'view':<22}{'dragged':<10}{'median':>8}{'95 %':>8}  ms")
        for name, address in VIEWS.items():
            for what, selector in HANDLES.items():
                tab = browser.new_page(viewport={"width": 1280, "height": 1600})
                tab.goto(file.as_uri() + address)
                tab.wait_for_timeout(1500)
                times = sorted(dragged(tab, selector, moves))
                if times:
                    late = times[int(0.95 * len(times))]
                    print(f"{name:<22}{what:<10}{statistics.median(times):>8.1f}{late:>8.1f}")
                tab.close()
        browser.close()


if __name__ == "__main__":
    main()
