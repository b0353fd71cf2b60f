"""Four weights in two orders: KL along EM falls exponentially, or as 1/t². Writes two SVG files."""

import sys
from pathlib import Path

from overspec.reports.probe.choice import Choice
from overspec.reports.probe.svg import svg
from overspec.reports.probe.view import part

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
ends = {}
for name, weights in (("fast", "2/5,3/10,1/5,1/10"), ("slow", "2/5,3/10,1/10,1/5")):
    found = part("divergence", Choice.read({"weights": weights, "steps": "200"}))
    print(name, "-", *found.words)
    for fact in found.facts:
        print("   ", fact.name, "=", fact.value.low[:10], fact.value.evidence.value)
    (folder / f"two_rates_{name}.svg").write_text(svg(found.figure), encoding="utf-8")
    ends[name] = float(found.figure.panels[0].series[0].y[-1])

assert ends["fast"] < 1e-9 < 1e-6 < ends["slow"]
