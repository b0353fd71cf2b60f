"""The probe as one HTML file: sliders over a sweep computed beforehand, plotly inlined, no server.

Needs plotly (extra ``probe``) to write; the page itself needs nothing and asks for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from overspec.evidence import worth_of_number
from overspec.exact import text_of
from overspec.figure import FigureData, Series
from overspec.reports.printing.drawing import COLOURS
from overspec.reports.probe.choice import FEW_RUNS, Choice
from overspec.reports.probe.page import STYLE, curves_evidence, part_html
from overspec.reports.probe.view import PARTS, part

COMPONENTS = (2, 3, 4, 5, 10, 100, 10**4, 10**6)
SMALL = 20  # components of families whose cost grows with k
TENTHS = tuple(Fraction(n, 10) for n in range(1, 10))
SEEDS = range(1, 6)
LONGEST = 250  # points of a curve that are kept


@dataclass(frozen=True)
class Slider:
    """A slider of the page: its label and the text at each place."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """What the sliders run over: ``choices[i][j]`` for place i of the first, j of the second."""

    sliders: tuple[Slider, Slider]
    choices: tuple[tuple[Choice, ...], ...]
    first: tuple[int, int]  # where the page opens: at the choice it was made for, if it is there


def sweep_for(choice: Choice) -> Sweep:
    """k and the parameter of a family; for a list, how much of it is mixed into uniform weights.

    >>> sweep_for(Choice.read({"k": "4"})).sliders[1].label
    'heavy weight P'
    >>> mixed = sweep_for(Choice.read({"k": "4", "weights": "2/5,3/10,1/10,1/5"}))
    >>> [len(row) for row in mixed.choices], str(mixed.choices[0][-1].mixture.weights)
    ([10], '2/5,3/10,1/10,1/5')
    """
    text = dict(choice.fields) | {"radius": "1", "amplitudes": ""}
    if not dict(choice.fields)["amplitudes"]:
        text["radius"] = dict(choice.fields)["radius"]
    here = str(choice.mixture.k)
    if choice.family is None:
        shares = (*TENTHS, Fraction(1))
        lists = [_mixed(choice, share) for share in shares]
        row = tuple(Choice.read(text | {"weights": weights}) for weights in lists)
        second = Slider("share of these weights, rest uniform", tuple(map(str, shares)))
        return Sweep((Slider("components k", (here,)), second), (row,), (0, len(shares) - 1))
    name, _, parameter = choice.family.partition(":")
    label, values = _parameters(name, parameter)
    ks = tuple(str(k) for k in sorted({*COMPONENTS, choice.mixture.k})
               if name in FEW_RUNS or k <= SMALL)  # fmt: skip
    families = [f"{name}:{value}" if value else name for value in values]
    choices = tuple(
        tuple(Choice.read(text | {"k": k, "d": "", "weights": family}) for family in families)
        for k in ks
    )
    first = (ks.index(here) if here in ks else 0, values.index(parameter))
    return Sweep((Slider("components k", ks), Slider(label, values)), choices, first)


def _parameters(name: str, parameter: str) -> tuple[str, tuple[str, ...]]:
    if name == "random":
        return "seed", tuple(dict.fromkeys([*map(str, SEEDS), parameter]))
    if name not in ("one-heavy", "geometric"):
        return "weights", (parameter,)
    values = {Fraction(str(v)): str(v) for v in TENTHS}
    try:
        values[Fraction(parameter)] = parameter
    except ValueError:  # an irrational parameter has no place among the others
        return name, (parameter,)
    label = "heavy weight P" if name == "one-heavy" else "ratio Q"
    return label, tuple(values[v] for v in sorted(values))


def _mixed(choice: Choice, share: Fraction) -> str:
    k = choice.mixture.k
    mixed = [value * share + (1 - share) / k for value in choice.mixture.weights]
    return ",".join(text_of(value) for value in mixed)


def page(choice: Choice, on_progress: Callable[[int, int], None] = lambda done, total: None) -> str:
    """The whole file.

    Args:
        choice: family or list of weights, gap, kind and start; the view the page opens with.
        on_progress: called with how many views are done, of how many.
    """
    from plotly.offline import get_plotlyjs

    sweep = sweep_for(choice)
    total = sum(len(row) for row in sweep.choices)
    views, done = [], 0
    for row in sweep.choices:
        made = []
        for one in row:
            made.append(view(one))
            done += 1
            on_progress(done, total)
        views.append(made)
    content = {"views": views, "first": list(sweep.first)}
    sliders = Markup("").join(
        Markup(SLIDER).format(
            id=f"slider-{n}", label=slider.label, most=len(slider.values) - 1,
            values=json.dumps(slider.values), at=sweep.first[n],
            off=Markup(" disabled") if len(slider.values) == 1 else "",
        )
        for n, slider in enumerate(sweep.sliders)
    )  # fmt: skip
    sections = Markup("").join(Markup(SECTION).format(name=name) for name in PARTS)
    return PAGE.format(
        style=STYLE,
        sliders=sliders,
        sections=sections,
        command=Markup("<code>{} --export FILE.html</code>").format(choice.command()),
        data=json.dumps(content, ensure_ascii=False).replace("</", "<\\/"),
        plotly=get_plotlyjs(),
        script=SCRIPT,
    )


def view(choice: Choice) -> dict[str, Any]:
    """The parts of one view: HTML of words and numbers, and the figure for plotly or None."""
    found: dict[str, Any] = {}
    for name in PARTS:
        one = part(name, choice)
        words = part_html(name, replace(one, figure=None), choice.digits)
        figure = None if one.figure is None else plotly_json(one.figure)
        found[name] = {"html": words, "figure": figure}
    return found


def plotly_json(figure: FigureData) -> dict[str, Any]:
    """A figure as plotly's JSON, checked by plotly's own schema."""
    import plotly.graph_objects as go

    drawn = go.Figure(
        data=[_trace(series, n) for n, series in enumerate(figure.panels[0].series)],
        layout=go.Layout(
            xaxis={"title": {"text": figure.x_label}, "type": figure.x_scale},
            yaxis={"title": {"text": figure.y_label}, "type": figure.y_scale,
                   "exponentformat": "power", **({"scaleanchor": "x"} if figure.equal else {})},
            margin={"l": 60, "r": 10, "t": 10, "b": 45},
            legend={"orientation": "h", "y": -0.25},
            height=430 if figure.equal else 380,
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            meta={"words": f"{figure.caption} {curves_evidence(figure)}"},
            template="none",
        ),
    )  # fmt: skip
    result: dict[str, Any] = json.loads(str(drawn.to_json()))
    return result


def _trace(series: Series, number: int) -> dict[str, Any]:
    import plotly.graph_objects as go

    stride = -(-len(series.x) // LONGEST)
    x = [float(v) for v in series.x[::stride]]
    y = [float(v) for v in series.y[::stride]]
    colour = COLOURS[0 if series.style == "path" else number % len(COLOURS)]
    colour = "#777777" if series.style == "guide" else colour
    mode = {"points": "markers", "mark": "markers", "bound": "lines+markers",
            "path": "lines+markers"}.get(series.style, "lines")  # fmt: skip
    dash = {"guide": "dot", "limit": "dash"}.get(series.style, "solid")
    symbol = {"mark": "x", "bound": "triangle-up"}.get(series.style, "circle")
    return dict(go.Scatter(
        x=x, y=y, mode=mode, name=series.label, showlegend=bool(series.label),
        line={"color": colour, "dash": dash},
        marker={"symbol": symbol, "color": colour, "size": 3 if series.style == "path" else 8},
        hovertemplate=f"(%{{x}}, %{{y}}) {worth_of_number(series.evidence)}"
        "<extra>%{fullData.name}</extra>",
    ).to_plotly_json())  # fmt: skip


SLIDER = """<p><label for="{id}">{label}</label>
<input type="range" id="{id}" min="0" max="{most}" step="1" value="{at}"
data-values="{values}"{off}>
<output id="{id}-at" for="{id}"></output></p>"""

SECTION = """<div class="probe"><div id="{name}-words"></div><figure>
<div id="{name}-figure" role="img"></div><figcaption id="{name}-caption"></figcaption>
</figure></div>"""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>overspec: see γ move</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,">
<style>:root{{color-scheme:light dark}}
body{{margin:1rem auto;max-width:75rem;padding:0 1rem;background:Canvas;color:CanvasText}}{style}
.probe h1{{font-size:1.5rem;margin:0}}
input[type=range]{{width:min(100%,26rem);margin:0;vertical-align:middle}}
#controls{{position:sticky;top:0;background:Canvas;z-index:9;padding-bottom:.3rem;
  margin-bottom:.8rem;border-bottom:1px solid rgba(128,128,128,.5)}}</style>
</head><body><div class="probe"><h1>See γ move</h1><p>Made by {command}. Every view was computed
before; the page loads nothing from anywhere.</p></div>
<div class="probe" id="controls">{sliders}</div>
<div class="probe-grid">{sections}</div>
<script type="application/json" id="data">{data}</script>
<script>{plotly}</script>
<script>{script}</script>
</body></html>
"""

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const sliders = [0, 1].map(n => document.getElementById("slider-" + n));
const dark = matchMedia("(prefers-color-scheme: dark)");
function fitted(layout, width) { // in the page's colour; what x is in two lines if there is no room
  const color = getComputedStyle(document.body).color, grey = "rgba(128,128,128,0.25)";
  const axis = (given, text) => ({...given, color, gridcolor: grey, zerolinecolor: color,
                                  title: {text, standoff: 8}});
  const text = layout.xaxis.title.text, broken = width < 360 ? text.replace(" (", "<br>(") : text;
  return {...layout, font: {color}, xaxis: axis(layout.xaxis, broken),
          yaxis: axis(layout.yaxis, layout.yaxis.title.text)};
}
function show() {
  sliders.forEach(s => {
    const text = JSON.parse(s.dataset.values)[+s.value];
    document.getElementById(s.id + "-at").textContent = text;
    s.setAttribute("aria-valuetext", text);
  });
  const view = data.views[+sliders[0].value][+sliders[1].value];
  for (const [name, part] of Object.entries(view)) {
    document.getElementById(name + "-words").innerHTML = part.html;
    const place = document.getElementById(name + "-figure");
    const caption = document.getElementById(name + "-caption");
    if (part.figure) {
      const words = part.figure.layout.meta.words;
      place.hidden = false;
      place.setAttribute("aria-label", words);
      caption.textContent = words;
      Plotly.react(place, part.figure.data, fitted(part.figure.layout, place.clientWidth),
                   {responsive: true, displaylogo: false});
    } else { place.hidden = true; caption.textContent = ""; }
  }
}
sliders.forEach(s => s.addEventListener("input", show));
dark.addEventListener("change", show);
show();
"""
