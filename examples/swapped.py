"""The moving picture of the README: the same four weights, two of them swapped.

    python examples/swapped.py docs/figures

Both runs are EM on the population from the same simplex of radius 1; their KL divergences are
computed, and drawn step by step on a log axis. The SVG moves by its own style sheet (no script),
stands still for readers who ask for less motion, and follows the dark mode of the page.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import overspec as ov

STEPS = 200
RUNS = (("0.4,0.3,0.2,0.1", "fast"), ("0.4,0.3,0.1,0.2", "slow"))
LEFT, RIGHT, TOP, BOTTOM = 250, 600, 70, 285  # of the plot, in a drawing of 720 by 330
STYLE = """
svg { font: 14px system-ui, sans-serif; fill: #1b1b1b }
.fast { fill: #0072b2 } .slow { fill: #d55e00 }
polyline.fast { fill: none; stroke: #0072b2; stroke-width: 2.5 }
polyline.slow { fill: none; stroke: #d55e00; stroke-width: 3.5 }
.axis { stroke: #8a8a8a; fill: none } .small { font-size: 12px; fill: #5a5a5a }
#paths { animation: draw 8s linear infinite }
@keyframes draw { from { clip-path: inset(-5px 100% -5px 0) } 70%, to { clip-path: inset(-5px) } }
@media (prefers-color-scheme: dark) { svg { fill: #f0f0f0 } .small { fill: #b5b5b5 }
  .fast { fill: #4fa8de } polyline.fast { stroke: #4fa8de } }
@media (prefers-reduced-motion: reduce) { #paths { animation: none } }
"""


def divergences(weights: str) -> list[float]:
    """KL along EM from the simplex of radius 1."""
    mixture = ov.Mixture.simplex(4, weights)
    run = ov.population_em(mixture, mixture.point(radius=1), STEPS)
    return [float(step["kl"]) for step in run.to_dict()["steps"]]


def power(exponent: int) -> str:
    sign = "−" if exponent < 0 else ""
    return f'10<tspan dy="-5" font-size="10">{sign}{abs(exponent)}</tspan>'


def picture(runs: list[list[float]]) -> str:
    """The SVG: bars of the weights, KL on a log axis, and what it is at the end."""
    highest = math.ceil(math.log10(max(map(max, runs))))
    lowest = math.floor(math.log10(min(map(min, runs))))

    def across(t: float) -> float:
        return LEFT + (RIGHT - LEFT) * t / STEPS

    def down(logarithm: float) -> float:
        return TOP + (BOTTOM - TOP) * (highest - logarithm) / (highest - lowest)

    parts = [
        '<text x="16" y="28" font-size="18">Four weights. Swap two of them, and EM stalls.</text>',
        f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>',
        small(RIGHT, BOTTOM + 34, "end", "EM steps"),
        small(LEFT, TOP - 12, "middle", "KL divergence"),
        *(small(LEFT - 8, down(n) + 4, "end", power(n)) for n in range(lowest, highest + 1, 2)),
        *(small(across(t), BOTTOM + 18, "middle", str(t)) for t in range(0, STEPS + 1, STEPS // 4)),
    ]
    paths = []
    for number, ((weights, name), values) in enumerate(zip(RUNS, runs, strict=True)):
        base = 150 + 135 * number
        for j, weight in enumerate(weights.split(",")):
            x, tall = 28 + 40 * j, 200 * float(weight)
            parts.append(
                f'<rect class="{name}" x="{x}" y="{base - tall:.0f}" width="30" '
                f'height="{tall:.0f}"/>'
            )
            parts.append(small(x + 15, base + 15, "middle", weight))
        logarithms = [math.log10(value) for value in values]
        points = " ".join(f"{across(t):.1f},{down(p):.1f}" for t, p in enumerate(logarithms))
        paths.append(f'<polyline class="{name}" points="{points}"/>')
        digits, exponent = f"{values[-1]:.1e}".split("e")
        parts.append(
            f'<text class="{name}" x="{RIGHT + 8}" y="{down(logarithms[-1]) + 4:.1f}">'
            f"{digits} · {power(int(exponent))}</text>"
        )
    words = f"KL divergence along {STEPS} EM steps from the same start: " + ", ".join(
        f"{values[-1]:.1e} with weights {weights}"
        for (weights, _), values in zip(RUNS, runs, strict=True)
    )
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 330" role="img">',
            f"<title>{words}</title>",
            f"<style>{STYLE}</style>",
            *parts,
            '<g id="paths">',
            *paths,
            "</g>",
            "</svg>\n",
        ]
    )


def small(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text class="small" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    found = [divergences(weights) for weights, _ in RUNS]
    assert found[0][-1] < found[1][-1] / 1000  # what the title says
    for (weights, name), values in zip(RUNS, found, strict=True):
        print(f"{weights}  {name}  KL after {STEPS} steps: {values[-1]:.2e}")
    out = Path(sys.argv[1]) / "swapped.svg"
    out.write_text(picture(found), encoding="utf-8")
    print(f"wrote {out}")
