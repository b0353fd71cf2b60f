"""What is compared: the code is called on a case, and two arrays are left, got and wanted.

A failing check prints the lines of its body with the smallest case as a program (`example`), so
that what is printed is what was run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Sides = tuple[Any, Any]
Fn = Callable[..., Any]


def first_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[0]
    return got, wanted


def second_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[1]
    return got, wanted


def third_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)[2]
    return got, wanted


def output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra)
    return got, wanted


def mean_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = np.mean(fn(start, weights, data, *extra))
    return got, wanted


def sum_output(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, wanted: Any) -> Sides:
    got = fn(start, weights, data, *extra) / len(data)
    return got, wanted


def rescaled(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    got = fn(start.copy(), 2 * weights, data.copy(), *extra)
    wanted = fn(start, weights, data, *extra)
    return got, wanted


def turned(fn: Fn, start: Any, weights: Any, data: Any, extra: Any, turn: Any) -> Sides:
    got = fn(turn @ start, weights.copy(), data @ turn.T, *extra)
    wanted = turn @ fn(start, weights, data, *extra)
    return got, wanted


def centre(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.mean(axis=0)
    masses, moved = fn(start, weights, data, *extra)[:2]
    got = masses @ moved
    return got, wanted


def scatter_full(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.T @ data / len(data)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = np.einsum("j,jab->ab", masses, spread) + (masses * moved.T) @ moved
    return got, wanted


def scatter_tied(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = data.T @ data / len(data)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = spread + (masses * moved.T) @ moved
    return got, wanted


def scatter_diag(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = (data**2).mean(axis=0)
    masses, moved, spread = fn(start, weights, data, *extra)
    got = masses @ (spread + moved**2)
    return got, wanted


def scatter_spherical(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = (data**2).mean()
    masses, moved, spread = fn(start, weights, data, *extra)
    got = masses @ (spread + (moved**2).mean(axis=1))
    return got, wanted


def relabelled(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(start[::-1].copy(), weights[::-1].copy(), data.copy(), *extra)[:2]
    got = np.column_stack([masses, moved])[::-1]
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def mirrored(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(-start[:, ::-1], weights.copy(), -data[:, ::-1], *extra)[:2]
    got = np.column_stack([masses, -moved[:, ::-1]])
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def shifted(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    masses, moved = fn(start + 16, weights.copy(), data + 16, *extra)[:2]
    got = np.column_stack([masses, moved - 16])
    wanted = np.column_stack(fn(start, weights, data, *extra)[:2])
    return got, wanted


def reversed_rows(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    after = fn(start.copy(), weights.copy(), data[::-1].copy(), *extra)
    before = fn(start, weights, data, *extra)
    got = np.hstack([np.ravel(part) for part in after])
    wanted = np.hstack([np.ravel(part) for part in before])
    return got, wanted


def doubled_rows(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    after = fn(start.copy(), weights.copy(), np.repeat(data, 2, axis=0), *extra)
    before = fn(start, weights, data, *extra)
    got = np.hstack([np.ravel(part) for part in after])
    wanted = np.hstack([np.ravel(part) for part in before])
    return got, wanted


def twice(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    before = fn(start.copy(), weights.copy(), data.copy(), *extra)
    wanted = np.hstack([np.ravel(part) for part in before])
    got = np.hstack([np.ravel(part) for part in fn(start, weights, data, *extra)])
    return got, wanted


def in_between(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    before = fn(start.copy(), weights.copy(), data.copy(), *extra)
    wanted = np.hstack([np.ravel(part) for part in before])
    fn(1 - start, weights[::-1].copy(), data / 2 + 1, *extra)  # something else in between
    held = np.hstack([np.ravel(part) for part in before])
    again = np.hstack([np.ravel(part) for part in fn(start, weights, data, *extra)])
    got, wanted = np.hstack([held, again]), np.hstack([wanted, wanted])
    return got, wanted


def arguments(fn: Fn, start: Any, weights: Any, data: Any, extra: Any) -> Sides:
    wanted = np.hstack([a.ravel() for a in (start, weights, data, *extra)])
    fn(start, weights, data, *extra)
    got = np.hstack([a.ravel() for a in (start, weights, data, *extra)])
    return got, wanted
