"""Four weights in two orders: KL falls exponentially, or as 1/t². Writes a page to drag."""

import sys
from pathlib import Path

import overspec as ov
from overspec.reports.probe.page import page

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
ends = {}
for name, weights in (("fast", "2/5,3/10,1/5,1/10"), ("slow", "2/5,3/10,1/10,1/5")):
    mixture = ov.Mixture.simplex(4, weights)
    run = ov.population_em(mixture, mixture.point(radius=1), 200)
    for t in (0, 50, 100, 200):
        print(f"{name}: KL at step {t} = {run.kl[t]:.3g}")
    ends[name] = run.kl[200]

view = {"weights": "2/5,3/10,1/10,1/5", "kind": "factor", "steps": "200"}
(folder / "two_rates.html").write_text(page(view), encoding="utf-8")
assert ends["fast"] < 1e-9 < 1e-6 < ends["slow"]
