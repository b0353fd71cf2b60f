"""How the centres of Lloyd's simplex can move: one motion of each kind that the symmetry knows."""

from __future__ import annotations

from typing import Any


def _level(u: Any) -> list[Any]:
    mean = sum(u) / len(u)
    return [value - mean for value in u]


def _axis(k: int, i: int, c: Any) -> list[Any]:
    return [c * (int(a == i) * k - 1) / k for a in range(k)]


def _scaling(m: Any) -> Any:
    return [_axis(m.k, i, m.y) for i in range(m.k)]


def _rotation(m: Any) -> Any:
    a, b = _level(m.a), _level(m.b)
    return [[a[i] * b[c] - b[i] * a[c] for c in range(m.k)] for i in range(m.k)]


def _bent(m: Any) -> Any:
    """A 4-cycle: symmetric, zero diagonal, rows of sum 0."""
    rows = [[m.y * 0] * m.k for _ in range(m.k)]
    for i, j, c in ((0, 1, 1), (2, 3, 1), (1, 2, -1), (0, 3, -1)):
        rows[i][j] = rows[j][i] = c * m.y
    return rows


def _shift(m: Any) -> Any:
    t = _level(m.t)
    return [t for _ in range(m.k)]


def _sizes(m: Any) -> Any:
    t = _level(m.t)
    return [_axis(m.k, i, t[i]) for i in range(m.k)]


MOTIONS = {"C": _scaling, "Omega": _rotation, "S": _bent, "tau": _shift, "sigma": _sizes}
