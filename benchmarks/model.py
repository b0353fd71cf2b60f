"""How long the numerics of the page take in Chromium, for a frame of 16 ms.

    python benchmarks/model.py [--repeats 40]

Every row is a drag: at each of its frames the weights, or the gap, are others. Printed are the
least, the median and the 95 % of the milliseconds of one frame: the mixture with its exact nulls,
the curve of contraction against |θ|, and γ on it; γ alone while the gap is dragged; a run of EM of
60 steps; everything at one θ. On a busy machine only the least says something.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

JS = Path(__file__).parents[1] / "reports" / "probe" / "js"
HOME = "http://localhost/model/"
#: View → weights as bars that a drag moves, or a family at a k; kind; orbit; the end of the curve.
VIEWS: dict[str, dict[str, Any]] = {
    "k = 2": {"bars": [9, 1], "kind": "jacobian"},
    "k = 3": {"bars": [5, 3, 2], "kind": "jacobian"},
    "k = 4, simplex": {"bars": [4, 1, 1, 1], "kind": "factor"},
    "k = 4, every θ": {"bars": [4, 3, 2, 1], "kind": "jacobian", "orbit": "all"},
    "k = 4, every θ, factor": {"bars": [4, 1, 1, 1], "kind": "factor", "orbit": "all"},
    "k = 6": {"bars": [6, 5, 4, 3, 2, 1], "kind": "jacobian"},
    "k = 12": {"bars": [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], "kind": "jacobian"},
    "k = 10^6, one-heavy": {"k": 10**6, "kind": "factor"},
    "k = 10^12, one-heavy": {"k": 10**12, "kind": "jacobian"},
}
DRAG = """async ([view, repeats]) => {
    const m = await import("./model.js");
    const { bars, k, kind, orbit = "simplex", farthest = 4 } = view;
    const weights = i => {
        const share = 0.35 + 0.01 * (i % 40);
        if (!bars) return m.oneHeavy(m.fraction(BigInt(Math.round(1000 * share)), 1000n), k);
        const rest = bars.slice(1).reduce((a, b) => a + b, 0);
        return m.snap([share, ...bars.slice(1).map(b => (b / rest) * (1 - share))], 1000, 0);
    };
    const times = { frame: [], gap: [], run: [], point: [] };
    const timed = (name, f) => {
        const before = performance.now();
        const value = f();
        times[name].push(performance.now() - before);
        return value;
    };
    for (let i = 0; i < repeats; i++) {
        const question = { kind, orbit, gap: 0.9 };
        const [mix, curve] = timed("frame", () => {
            const mix = m.mixture(weights(i));
            const curve = m.curve(mix, question, { farthest });
            if (mix.sigma > 0) m.gamma(mix, question, { curve, farthest });
            return [mix, curve];
        });
        const moved = { ...question, gap: 0.5 + 0.01 * (i % 45) };
        if (mix.sigma > 0) timed("gap", () => m.gamma(mix, moved, { curve, farthest }));
        if (mix.k <= 4 || mix.alike) timed("run", () => m.trajectory(mix, { radius: 1 }, 60));
        timed("point", () => m.evaluate(mix, { radius: 1 }));
    }
    const share = (list, q) => [...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))];
    const shares = list => list.length ? [0, 0.5, 0.95].map(q => share(list, q)) : null;
    return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, shares(list)]));
}"""


def serve(route: Route) -> None:
    path = JS / route.request.url.removeprefix(HOME)
    if path.suffix == ".js":
        route.fulfill(body=path.read_text(encoding="utf-8"), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


def table(page: Page, repeats: int) -> None:
    columns = ("frame", "gap", "run", "point")
    print(f"{'ms: least / median / 95 %':<26}" + "".join(f"{name:>20}" for name in columns))
    for title, view in VIEWS.items():
        found = page.evaluate(DRAG, [view, repeats])
        cells = (
            " / ".join(f"{t:.1f}" for t in v) if (v := found[name]) else "–" for name in columns
        )
        print(f"{title:<26}" + "".join(f"{cell:>20}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=40)
    repeats = parser.parse_args().repeats
    with sync_playwright() as engine:
        chromium = engine.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.route(f"{HOME}**", serve)
        page.goto(HOME)
        table(page, repeats)
        chromium.close()


if __name__ == "__main__":
    main()
