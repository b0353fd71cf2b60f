"""Figures and the dependency graph as vector graphics: SVG for the page, PDF for LaTeX.

Needs matplotlib (extra ``figures``). The same data give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from importlib.util import find_spec
from typing import Any

from ..verify.figure_data import FigureData, Panel, Series
from .document import Figure, Graph
from .graph import layout
from .tex import SYMBOL

WIDTH = 5.9  # inches; the page's text is a little wider
INK = "#0b0c0d"  # stands for the colour of the text, whatever it is on the page
#: Okabe and Ito's colours, which the colour-blind tell apart, by order of series.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
LINES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))
#: The states of a claim in the graph: colour and words.
STATUS = {
    "refuted": ("#d55e00", "refuted"),
    "stated": ("#999999", "stated only"),
    "supported": ("#e69f00", "supported by numbers"),
    "proved": ("#56b4e9", "proved, its ancestors not all"),
    "fully": ("#009e73", "fully proved, ancestors included"),
}
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "legend.fontsize": 8.0,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "overspec",
    "pdf.fonttype": 42,
}


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw(drawing: Figure | Graph, kind: str) -> bytes:
    """The drawing as ``svg`` (to be put into a page) or ``pdf``."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        canvas = Canvas(layout="constrained")
        if isinstance(drawing, Graph):
            _graph(canvas, drawing)
        else:
            _figure(canvas, drawing.data)
        page = io.BytesIO()
        metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"CreationDate": None}
        canvas.savefig(page, format=kind, metadata=metadata)
    data = page.getvalue()
    return inline(data.decode(), drawing.id).encode() if kind == "svg" else data


def inline(svg: str, name: str) -> str:
    """An SVG file as an element of a page: no prolog, ids of its own, the page's ink.

    >>> inline('<?xml?><svg><metadata>m</metadata><g id="a" fill="#0b0c0d"/></svg>', "f")
    '<svg><g id="f-a" fill="currentColor"/></svg>'
    """
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="|url\()#(?!claim-)', rf"\1#{name}-", svg)
    svg = svg.replace(INK, "currentColor")
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    svg = svg.replace(' xmlns="http://www.w3.org/2000/svg"', "").replace("xlink:href", "href")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(
        r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1), count=1)  # fmt: skip


# --- figures ------------------------------------------------------------------------------------


def _figure(canvas: Any, data: FigureData) -> None:
    count = len(data.panels)
    columns = 1 if count == 1 else 2
    rows = -(-count // columns)
    side = WIDTH / columns
    canvas.set_size_inches(WIDTH, rows * (side if data.equal else 0.58 * side) + 0.45)
    axes = canvas.subplots(rows, columns, squeeze=False)
    for number, panel in enumerate(data.panels):
        _panel(axes[number // columns][number % columns], panel, data)
    for number in range(count, rows * columns):
        axes[number // columns][number % columns].set_axis_off()
    handles = {
        label: handle
        for row in axes
        for axis in row
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    if handles:
        canvas.legend(
            list(handles.values()), list(handles), loc="outside lower center", ncols=len(handles)
            if len(handles) <= 3 else 2,
        )  # fmt: skip


def _panel(axis: Any, panel: Panel, data: FigureData) -> None:
    axis.set_xscale(data.x_scale)
    axis.set_yscale(data.y_scale)
    axis.set_xlabel(_label(data.x_label))
    axis.set_ylabel(_label(data.y_label))
    if panel.title:
        axis.set_title(_label(panel.title))
    if data.equal:
        axis.set_aspect("equal")
    axis.grid(alpha=0.25, linewidth=0.5, color=INK)
    named = 0
    for series in panel.series:
        _series(axis, series, named)
        named += bool(series.label) and series.style != "guide"
    whole = all(x.isdigit() for series in panel.series for x in series.x)
    if whole and data.x_scale == "linear":
        from matplotlib.ticker import MaxNLocator

        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if data.y_scale == "linear" and not data.equal:
        axis.set_ylim(bottom=0)


def _series(axis: Any, series: Series, named: int) -> None:
    x, y = ([float(v) for v in column] for column in (series.x, series.y))
    colour = COLOURS[named % len(COLOURS)]
    looks: dict[str, dict[str, Any]] = {
        "line": {"color": colour, "linestyle": LINES[named % len(LINES)], "linewidth": 1.6},
        "path": {"color": COLOURS[0], "linewidth": 0.8, "marker": "o", "markersize": 2.4},
        "points": {"color": colour, "linestyle": "none", "marker": "o", "markersize": 5},
        "mark": {"color": colour, "linestyle": "none", "marker": "x", "markersize": 6.5,
                 "markeredgewidth": 1.6},
        "bound": {"color": colour, "linestyle": "-", "linewidth": 1.2, "marker": "^",
                  "markersize": 4.5},
        "limit": {"color": colour, "linestyle": "--", "linewidth": 1.2},
        "guide": {"color": INK, "linestyle": ":", "linewidth": 1.0, "alpha": 0.75},
    }  # fmt: skip
    label = _label(series.label) if series.label else "_nolegend_"
    axis.plot(x, y, label=label, **looks[series.style])


def _label(text: str) -> str:
    """Words with symbols such as a_1 set as mathematics; nothing else is."""
    text = text.replace("$", r"\$")
    return SYMBOL.sub(
        lambda m: f"${m[1]}{m[3]}{{{m[4].strip('{}')}}}$" if m[3] and not m[2] else m[0], text
    )


# --- the graph ----------------------------------------------------------------------------------


def _graph(canvas: Any, graph: Graph) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyBboxPatch

    plan = layout({node.id: node.depends for node in graph.nodes})
    canvas.set_size_inches(WIDTH, max(0.62 * plan.height, 0.8) + 0.5)
    axis = canvas.subplots()
    axis.set_axis_off()
    axis.set_xlim(0, plan.width)
    axis.set_ylim(plan.height - 0.5, -0.5)
    half_x, half_y = 0.4, 0.21
    shape = "round,pad=0,rounding_size=0.1"
    for chain in plan.edges:
        xs, ys = [p[0] for p in chain], [p[1] for p in chain]
        ys[0] += half_y
        ys[-1] -= half_y
        axis.plot(xs[:-1], ys[:-1], color=INK, linewidth=0.7, alpha=0.6)
        axis.annotate(
            "", xy=(xs[-1], ys[-1]), xytext=(xs[-2], ys[-2]),
            arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.7, "alpha": 0.6,
                        "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7},
        )  # fmt: skip
    for node in graph.nodes:
        x, y = plan.places[node.id]
        box = FancyBboxPatch(
            (x - half_x, y - half_y), 2 * half_x, 2 * half_y, boxstyle=shape,
            facecolor=STATUS[node.status][0], edgecolor=INK, linewidth=0.7,
            linestyle="--" if node.status == "stated" else "-", zorder=3,
        )  # fmt: skip
        box.set_url(f"#{node.anchor}")
        axis.add_patch(box)
        text = axis.text(
            x, y, _label(node.id), ha="center", va="center", color="#000000", fontsize=8, zorder=4
        )
        text.set_url(f"#{node.anchor}")
    used = [name for name in STATUS if any(node.status == name for node in graph.nodes)]
    handles = [
        Line2D([], [], linestyle="none", marker="s", markersize=8, markeredgecolor=INK,
               markerfacecolor=STATUS[name][0])
        for name in used
    ]  # fmt: skip
    canvas.legend(handles, [STATUS[n][1] for n in used], loc="outside lower center", ncols=2)
