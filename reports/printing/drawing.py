"""Figures and the dependency graph as vector graphics: SVG for the page, PDF for LaTeX.

Needs matplotlib (extra ``figures``). The same data give the same bytes. A page has each drawing
twice, the second for narrow screens: letters that only shrink with the drawing become unreadable.
"""

from __future__ import annotations

import io
import re
import warnings
from importlib.util import find_spec
from itertools import chain, pairwise, repeat
from typing import Any

from markupsafe import escape

from overspec.figure import FigureData, Panel, Series
from overspec.reports.content.document import Figure, Graph, anchor
from overspec.reports.figures.looks import COLOURS, LOOKS, Look, looks_of
from overspec.reports.printing.lettering import ROMAN, set_roman, unquestioned
from overspec.reports.printing.tex import SYMBOL

WIDTH = 5.9  # inches; the page's text is a little wider
NARROW = 3.72  # of a drawing for a phone, which shows it in its own size
LEGEND = 0.2  # of one line of a legend
INK = "#0b0c0d"  # stands for the colour of the text, whatever it is on the page
TICKED = 12  # a log axis that spans this factor is labelled at powers of ten only
MARKERS = ("o", "s", "D", "v", "P", "*")
LINES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))
#: The states of a claim in the graph: colour and words.
STATUS = {
    "refuted": ("#d55e00", "refuted"),
    "stated": ("#999999", "stated only"),
    "supported": ("#e69f00", "supported by numbers"),
    "proved": ("#56b4e9", "proved, its ancestors not all"),
    "under": ("#66c2a5", "proved under hypotheses"),
    "fully": ("#009e73", "proved under no hypothesis"),
}
#: Their outlines: what is told apart without colour.
OUTLINE: dict[str, dict[str, Any]] = {
    "refuted": {"linewidth": 1.2, "linestyle": "-."},
    "stated": {"linewidth": 1.0, "linestyle": "--"},
    "supported": {"linewidth": 1.0, "linestyle": ":"},
    "proved": {"linewidth": 0.7, "linestyle": "-"},
    "under": {"linewidth": 1.0, "linestyle": "-"},
    "fully": {"linewidth": 1.6, "linestyle": "-"},
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


def draw(drawing: Figure | Graph, kind: str, width: float = WIDTH) -> bytes:
    """The drawing, so many inches wide, as ``svg`` (to be put into a page), ``pdf`` or ``png``."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE | (ROMAN if kind == "pdf" else {}))
        canvas = Canvas(layout="constrained")
        if isinstance(drawing, Graph):
            _graph(canvas, drawing, width)
        else:
            _figure(canvas, drawing.data, width)
        if kind == "pdf":
            set_roman(canvas)
        page = io.BytesIO()
        # a picture of its own may be shown on anything; the others lie on the page's ground
        ground = "#ffffff" if kind == "png" else "none"
        with unquestioned():
            canvas.savefig(page, format=kind, metadata=TIMELESS[kind], dpi=200, facecolor=ground)
    data = page.getvalue()
    if kind != "svg":
        return data
    name = drawing.id if width == WIDTH else f"{drawing.id}-narrow"
    svg = inline(data.decode(), name)
    return (named(svg, drawing) if isinstance(drawing, Graph) else svg).encode()


def named(svg: str, graph: Graph) -> str:
    """Links that stay on the page and say their claim to those who hear it; one Tab stop each.

    Both the box and the word of a node are links; the second one is there for the mouse only.
    """
    for node in graph.nodes:
        target = f'<a href="#{anchor(node.anchor)}"'
        first, *others = re.split(re.escape(target) + "[^>]*>", svg)
        ends = chain(
            (f' aria-label="{escape(node.label)}">',), repeat(' tabindex="-1" aria-hidden="true">')
        )
        svg = first + "".join(target + end + part for end, part in zip(ends, others, strict=False))
    return svg


#: Without the day or the version of the maker.
TIMELESS: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


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


def standalone(svg: bytes) -> bytes:
    """An SVG that was made for a page as a file of its own.

    >>> standalone(b'<svg viewBox="0 0 1 1"/>')
    b'<svg xmlns="http://www.w3.org/2000/svg" color="#0b0c0d" viewBox="0 0 1 1"/>'
    """
    names = f'<svg xmlns="http://www.w3.org/2000/svg" color="{INK}"'
    return svg.replace(b"<svg", names.encode(), 1)


# --- figures ------------------------------------------------------------------------------------


def _figure(canvas: Any, data: FigureData, width: float) -> None:
    count = len(data.panels)
    side_by_side = count > 2 and data.equal if width < WIDTH else count > 1
    columns = 2 if side_by_side else 1
    rows = -(-count // columns)
    side = width / columns
    if data.equal:
        canvas.set_layout_engine("compressed")  # the other one does not know of fixed aspects
    tall = side + 0.15 if data.equal else side * (0.58 if width == WIDTH else 0.8)
    axes = canvas.subplots(rows, columns, squeeze=False)
    for number, panel in enumerate(data.panels):
        axis = axes[number // columns][number % columns]
        _panel(axis, panel, data)
        if number % columns:  # panels share the names of their axes
            axis.set_ylabel("")
        if number + columns < count:
            axis.set_xlabel("")
    for number in range(count, rows * columns):
        axes[number // columns][number % columns].set_axis_off()
    handles = {
        label: handle
        for row in axes
        for axis in row
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    longest = max(map(len, handles), default=0)
    beside = max(1, min(len(handles), int(width / (0.06 * longest + 0.6))))
    legend = -(-len(handles) // beside) * LEGEND
    canvas.set_size_inches(width, rows * tall + legend + 0.2)
    if handles:
        canvas.legend(
            list(handles.values()), list(handles), loc="outside lower center", ncols=beside
        )


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
    _cells(axis, [series for series in panel.series if series.style == "cells"])
    # one look for one name in all panels; a curve without a name looks as the next one that has one
    named = dict.fromkeys(s.label for p in data.panels for s in p.series if _is_named(s))
    own = looks_of(named)
    names = [label for label in named if label not in own]
    taken = {look.colour for look in own.values()}
    free = [colour for colour in COLOURS if colour not in taken] or list(COLOURS)
    for n, series in enumerate(panel.series):
        if series.style != "cells":
            label = next((s.label for s in panel.series[n:] if _is_named(s)), "")
            order = names.index(label) if label in names else len(names)
            _series(axis, series, order, own.get(label), free[order % len(free)])
    whole = all(x.isdigit() for series in panel.series for x in series.x)
    if whole and data.x_scale == "linear":
        from matplotlib.ticker import MaxNLocator

        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if data.y_scale == "linear" and not data.equal and axis.get_ylim()[0] >= -_margin(axis):
        axis.set_ylim(bottom=0)
    for line, scale in ((axis.xaxis, data.x_scale), (axis.yaxis, data.y_scale)):
        low, high = line.get_view_interval()
        if scale == "log" and high / low >= TICKED:  # then a power of ten is there to be read
            from matplotlib.ticker import NullFormatter

            line.set_minor_formatter(NullFormatter())


def _is_named(series: Series) -> bool:
    return bool(series.label) and series.style not in ("guide", "cells")


def _margin(axis: Any) -> float:
    """What is added below the smallest value; 0 is the bottom where no value is negative."""
    low, high = axis.get_ylim()
    share = axis.margins()[1]
    return float((high - low) * share / (1 + 2 * share)) * (1 + 1e-9)


def _cells(axis: Any, shades: list[Series]) -> None:
    """A picture on a grid: the cells around each series' points, lighter to darker by series."""
    if not shades:
        return
    from matplotlib.collections import PolyCollection

    half = []
    for values, limits in (([s.x for s in shades], axis.set_xlim),
                           ([s.y for s in shades], axis.set_ylim)):  # fmt: skip
        places = sorted({float(v) for column in values for v in column})
        half.append(min(b - a for a, b in pairwise(places)) / 2)
        limits(places[0] - half[-1], places[-1] + half[-1])
    dx, dy = half
    for number, series in enumerate(shades):
        grey = 0.97 - 0.6 * number / max(len(shades) - 1, 1)
        corners = [
            [(x - dx, y - dy), (x + dx, y - dy), (x + dx, y + dy), (x - dx, y + dy)]
            for x, y in zip(map(float, series.x), map(float, series.y), strict=True)
        ]
        colour, label = str(grey), _label(series.label) if series.label else "_nolegend_"
        axis.add_collection(
            PolyCollection(corners, facecolor=colour, edgecolor=colour, linewidth=0.3,
                           zorder=0.5, label=label),
            autolim=False,
        )  # fmt: skip


def _series(axis: Any, series: Series, named: int, own: Look | None, free: str) -> None:
    """By the quantity's own look where it has one, else by its order among those that have none."""
    x, y = ([float(v) for v in column] for column in (series.x, series.y))
    colour = own.colour if own else free
    dash = own.dash if own else LINES[named % len(LINES)]
    looks: dict[str, dict[str, Any]] = {
        "line": {"color": colour, "linestyle": dash, "linewidth": 1.6},
        "path": {"color": LOOKS["em"].colour, "linewidth": 0.8, "marker": "o", "markersize": 2.4},
        "points": {"color": colour, "linestyle": "none", "marker": MARKERS[named % len(MARKERS)],
                   "markersize": 5},
        "mark": {"color": colour, "linestyle": "none", "marker": "x", "markersize": 6.5,
                 "markeredgewidth": 1.6},
        "bound": {"color": colour, "linestyle": own.dash if own else "-", "linewidth": 1.2,
                  "marker": "^", "markersize": 4.5},
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


def used(graph: Graph) -> list[str]:
    """The states that occur."""
    return [name for name in STATUS if any(node.status == name for node in graph.nodes)]


def graph_height(graph: Graph, width: float) -> float:
    """Inches, the legend included."""
    return graph.plan(width).height + LEGEND * (_legend_rows(graph, width) + 0.5)


def _legend_rows(graph: Graph, width: float) -> int:
    return -(-len(used(graph)) // (1 if width < WIDTH else 2))


def _graph(canvas: Any, graph: Graph, width: float) -> None:
    """Boxes and lines at the inches of the plan, the legend below."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyBboxPatch

    plan, height = graph.plan(width), graph_height(graph, width)
    canvas.set_layout_engine("none")
    canvas.set_size_inches(width, height)
    axis = canvas.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set_xlim(0, width)
    axis.set_ylim(height, 0)
    faint = {"color": INK, "linewidth": 0.7, "alpha": 0.55}
    for line in plan.edges:
        *_, before, end = line
        axis.plot([p[0] for p in line[:-1]], [p[1] for p in line[:-1]], **faint)
        axis.annotate(
            "", xy=end, xytext=before,
            arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6,
                        **faint},
        )  # fmt: skip
    for node in graph.nodes:
        box = plan.boxes[node.id]
        corner = (box.x - box.width / 2, box.y - box.height / 2)
        patch = FancyBboxPatch(
            corner, box.width, box.height, boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=STATUS[node.status][0], edgecolor=INK, zorder=3, **OUTLINE[node.status],
        )  # fmt: skip
        text = axis.text(
            box.x, box.y, _label(node.label), ha="center", va="center", color="#000000",
            fontsize=8.25 * plan.scale, zorder=4,
        )  # fmt: skip
        for part in (patch, text):
            part.set_url(f"#{anchor(node.anchor)}")
        axis.add_patch(patch)
    handles = [
        Line2D([], [], linestyle="none", marker="s", markersize=8, markeredgecolor=INK,
               markerfacecolor=STATUS[name][0])
        for name in used(graph)
    ]  # fmt: skip
    canvas.legend(
        handles, [STATUS[name][1] for name in used(graph)], loc="lower left",
        ncols=-(-len(handles) // _legend_rows(graph, width)), borderaxespad=0.2, labelspacing=0.4,
    )  # fmt: skip
