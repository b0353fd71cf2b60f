"""How quickly the page of the probe follows a hand, in Chromium.

    python benchmarks/probe.py [--moves 120]

Drags a weight, the gap and the start through the exported page, one move of the pointer a frame,
and prints for each the milliseconds from the move to the end of the frame that draws it, median and
95 %, and those of the processor on the page's thread, a move on average: a busy machine does
not change those. A frame waits up to 17 ms for the screen. Before that, how long the file takes to
be made and, from its opening, to show its first picture, beside a page of one line, which shows
what the browser and the load of the machine take of it.
Fixed by the issue: median below 20 ms, 95 % below 50 ms, first picture below 300 ms, file in 2 s.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
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
#: Runs before the page does. The first picture is the first frame with a curve: where that is the
#: first with any contents, the browser says when it was shown; if not, when it has been drawn.
FIRST = """(() => {
  const {port1, port2} = new MessageChannel(), shown = ".hero path.line.factor[d]";
  let seen = 0;
  port1.onmessage = () => {
    const after = performance.now();
    new PerformanceObserver(list => {
      const painted = Math.max(...list.getEntries().map(one => one.startTime));
      window.first_ = painted >= seen ? painted : after;
    }).observe({type: "paint", buffered: true});
  };
  const look = () => {
    if (!document.querySelector(shown)) return requestAnimationFrame(look);
    seen = performance.now();
    port2.postMessage(0);
  };
  requestAnimationFrame(look);
})()"""
OPENINGS = 9
#: A picture without a page around it: what the browser and the machine take by themselves.
BLANK = """<!DOCTYPE html><title>x</title><div class="hero"><svg>
<path class="line factor" d="M0 0L9 9" stroke="red"/></svg></div>"""


def processor(tab: Any) -> Callable[[], float]:
    """Milliseconds of the processor that the page's thread has had, when called."""
    line = tab.context.new_cdp_session(tab)
    line.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        found = line.send("Performance.getMetrics")["metrics"]
        return next(1000 * one["value"] for one in found if one["name"] == "TaskDuration")

    return spent


def opened(browser: Any, file: Path) -> float:
    """Milliseconds from opening a file to its first picture."""
    tab = browser.new_page()
    tab.add_init_script(FIRST)
    tab.goto(file.as_uri())
    tab.wait_for_function("() => window.first_")
    first: float = tab.evaluate("first_")
    tab.close()
    return first


def dragged(tab: Any, selector: str, moves: int) -> tuple[list[float], float]:
    """Milliseconds of each move of a drag up and down, and the processor's for a move."""
    handle = tab.locator(selector).first
    if not handle.is_visible():
        return [], 0.0
    spent = processor(tab)
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.evaluate(WATCH)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.evaluate("frames_.length = 0")
    before = spent()
    for n in range(moves):
        tab.mouse.move(x + 10 * (n % 7 - 3) / 3, y - 24 + abs(n % 48 - 24) * 2)
        tab.evaluate("new Promise(requestAnimationFrame)")
    busy = (spent() - before) / moves
    tab.mouse.up()
    return [one for one, _ in tab.evaluate("frames_")], busy


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
        blank = Path(folder) / "blank.html"
        blank.write_text(BLANK, encoding="utf-8")
        took = [[opened(browser, one) for one in (file, blank)] for _ in range(OPENINGS)]
        first, bare = (sorted(pair[n] for pair in took) for n in (0, 1))
        print(
            f"first picture: {statistics.median(first):.0f} ms, of a page that is one line "
            f"{statistics.median(bare):.0f} ms (medians of {OPENINGS}); the least {first[0]:.0f} "
            f"and {bare[0]:.0f} ms"
        )
        print(f"{'view':<22}{'dragged':<10}{'median':>8}{'95 %':>8}{'processor':>11}  ms")
        for name, address in VIEWS.items():
            for what, selector in HANDLES.items():
                tab = browser.new_page(viewport={"width": 1280, "height": 1600})
                tab.goto(file.as_uri() + address)
                tab.wait_for_timeout(1500)
                times, thread = dragged(tab, selector, moves)
                if times:
                    late = sorted(times)[int(0.95 * len(times))]
                    middle = statistics.median(times)
                    print(f"{name:<22}{what:<10}{middle:>8.1f}{late:>8.1f}{thread:>11.1f}")
                tab.close()
        browser.close()


if __name__ == "__main__":
    main()
