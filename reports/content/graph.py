"""The dependency graph in layers from left to right: ancestors first, edges through free places.

Lengths of a `Plan` are inches, with the origin in the upper left corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8  # rounds of the barycentre heuristic
ROOM = 0.45  # of an edge that passes by, in nodes
CHARACTER, PAD = 0.072, 0.15  # width of a box: of each character, and apart from them
GAP = 0.12  # between layers, at least
ROW, BOX = 0.25, 0.2  # from node to node in a layer: a fingertip; height of a box
EDGE = 0.02  # left free at both sides, for the outline

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Places in units of one node: x along a layer, y across them; edges as chains of points."""

    places: dict[str, Point]
    edges: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def layout(depends: Mapping[str, Sequence[str]]) -> Layout:
    """Layered places for a directed graph without cycles.

    A node stands one layer after the last of what it rests on. An edge over several layers is
    led through a place of its own in each. Edges that others imply are left out.

    >>> drawn = layout({"a": (), "b": ("a",), "c": ("a", "b")})
    >>> drawn.places["a"], drawn.places["c"], len(drawn.edges)
    ((0.5, 0.0), (0.5, 2.0), 2)
    """
    reduced = transitive_reduction(depends)
    level: dict[str, int] = {}

    def depth(node: str) -> int:
        if node not in level:
            level[node] = 1 + max((depth(parent) for parent in reduced[node]), default=-1)
        return level[node]

    for node in reduced:
        depth(node)
    layers: list[list[str]] = [[] for _ in range(1 + max(level.values(), default=0))]
    for node in reduced:
        layers[level[node]].append(node)
    parents: dict[str, list[str]] = {node: [] for node in reduced}
    chains: list[list[str]] = []
    for node in reduced:
        for parent in reduced[node]:
            chain = [parent]
            for row in range(level[parent] + 1, level[node]):
                waypoint = f"{parent} to {node} at {row}"
                layers[row].append(waypoint)
                parents[waypoint] = [chain[-1]]
                chain.append(waypoint)
            parents[node].append(chain[-1])
            chains.append([*chain, node])
    _untangle(layers, parents)
    places = _spread(layers, parents, frozenset(reduced))
    width = max((x for x, _ in places.values()), default=0.0) + 0.5
    return Layout(
        {node: places[node] for node in reduced},
        tuple(tuple(places[name] for name in chain) for chain in chains),
        width,
        float(len(layers)),
    )


@dataclass(frozen=True)
class Box:
    """A node: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plan:
    """Where everything of a graph is drawn; ``scale`` is the size of its letters, 1 at most."""

    boxes: dict[str, Box]
    edges: tuple[tuple[Point, ...], ...]
    width: float
    height: float
    scale: float


def plan(depends: Mapping[str, Sequence[str]], labels: Mapping[str, str], width: float) -> Plan:
    """Boxes and lines of a graph as wide as the paper; the letters shrink where they must.

    >>> drawn = plan({"a": (), "b": ("a",)}, {"a": "a", "b": "a long label"}, 3.0)
    >>> drawn.boxes["a"].x < drawn.boxes["b"].x, drawn.scale, drawn.width
    (True, 1.0, 3.0)
    """
    found = layout(depends)
    layers: list[float] = [0.0] * max(int(found.height), 1)
    widths = {node: PAD + CHARACTER * len(labels[node]) for node in found.places}
    for node, (_, layer) in found.places.items():
        layers[int(layer)] = max(layers[int(layer)], widths[node])
    inner = width - 2 * EDGE
    scale = min(1.0, inner / (sum(layers) + GAP * (len(layers) - 1)))
    layers = [wide * scale for wide in layers]
    gap = (inner - sum(layers)) / (len(layers) - 1) if len(layers) > 1 else 0.0
    left = [EDGE + sum(layers[:n]) + n * gap for n in range(len(layers))]
    right = [start + wide for start, wide in zip(left, layers, strict=True)]
    boxes = {
        node: Box(left[int(n)] + widths[node] * scale / 2, place * ROW, widths[node] * scale, BOX)
        for node, (place, n) in found.places.items()
    }
    edges = []
    ends = {(place, n): left[int(n)] + widths[node] * scale
            for node, (place, n) in found.places.items()}  # fmt: skip
    for start, *between, (last, end) in found.edges:
        line = [(ends[start], start[0] * ROW)]
        for place, n in between:
            line += [(left[int(n)], place * ROW), (right[int(n)], place * ROW)]
        edges.append((*line, (left[int(end)], last * ROW)))
    return Plan(boxes, tuple(edges), width, max(found.width, 1) * ROW, scale)


def transitive_reduction(depends: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The same order with the fewest edges.

    >>> transitive_reduction({"a": (), "b": ("a",), "c": ("a", "b")})["c"]
    ('b',)
    """
    above: dict[str, set[str]] = {}

    def ancestors(node: str) -> set[str]:
        if node not in above:
            above[node] = set()
            for parent in depends[node]:
                above[node] |= {parent} | ancestors(parent)
        return above[node]

    return {
        node: tuple(p for p in parents if not any(p in ancestors(q) for q in parents))
        for node, parents in depends.items()
    }


def _untangle(layers: list[list[str]], parents: Mapping[str, Sequence[str]]) -> None:
    """Order each layer by the mean place of its neighbours, downwards and upwards in turn."""
    children: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for node, above in parents.items():
        for parent in above:
            children[parent].append(node)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near: Mapping[str, Sequence[str]] = parents if down else children
        for layer in layers if down else layers[::-1]:
            share = {
                name: (index + 0.5) / len(row) for row in layers for index, name in enumerate(row)
            }

            def mean(
                name: str,
                near: Mapping[str, Sequence[str]] = near,
                share: Mapping[str, float] = share,
            ) -> float:
                beside = near[name]
                return sum(share[n] for n in beside) / len(beside) if beside else share[name]

            layer.sort(key=mean)


def _spread(
    layers: list[list[str]], parents: Mapping[str, Sequence[str]], nodes: frozenset[str]
) -> dict[str, Point]:
    """Places in each layer: near the mean of the neighbours, in the order found, not too close."""
    beside: dict[str, list[str]] = {name: list(parents[name]) for layer in layers for name in layer}
    for node, above in parents.items():
        for parent in above:
            beside[parent].append(node)
    room = {name: 1.0 if name in nodes else ROOM for name in beside}
    x = {}
    for layer in layers:
        total = sum(room[name] for name in layer)
        at = -total / 2
        for name in layer:
            x[name] = at + room[name] / 2
            at += room[name]
    for _ in range(SWEEPS):
        for layer in layers:
            wish = [
                sum(x[n] for n in beside[name]) / len(beside[name]) if beside[name] else x[name]
                for name in layer
            ]
            _separate(layer, wish, room, x)
    left = min((x[name] - room[name] / 2 for name in x), default=0.0)
    return {
        name: (x[name] - left, float(row)) for row, layer in enumerate(layers) for name in layer
    }


def _separate(
    layer: list[str], wish: list[float], room: Mapping[str, float], x: dict[str, float]
) -> None:
    """The mean of the leftmost and the rightmost places that keep order and distance."""
    gaps = [(room[a] + room[b]) / 2 for a, b in pairwise(layer)]
    right = list(wish)
    for i, gap in enumerate(gaps):
        right[i + 1] = max(right[i + 1], right[i] + gap)
    left = list(wish)
    for i in range(len(gaps) - 1, -1, -1):
        left[i] = min(left[i], left[i + 1] - gaps[i])
    for name, a, b in zip(layer, left, right, strict=True):
        x[name] = (a + b) / 2
