"""The sums of the low-rank enclosure in numbers of 64 bits, with a bound for every rounding.

IEEE 754 rounds sums, products and quotients of the processor's extended numbers to a relative error
of at most ``u = 2^-64`` (``2^-113`` where they have 128 bits). The polynomials of the tables are
evaluated by Horner's rule: what is added in place m goes through at most 2m + 1 roundings. The
terms from m = HEAD on, which are small, are a product of matrices in doubles, of unit v = 2^-53: a
coefficient, a power, M sums. With ``|x| ≤ X``, coefficients off by d_m and places by δ

    |P̂_a − P_a| ≤ Σ_m {((2m+2)u|f_m| + [m ≥ HEAD] (m+M)v|f_m| + d_m) X^m + δm(|f_m| + d_m) X^{m−1}}.

All else is sums of products: of W, off by at most the share ``Σ_j δ_j + nu``, δ = |P̂_0 −
P_0|/P̂_0, n the roundings of products and sums, and of the ``ρ = P_1/P_0`` and ``ν = P_2/P_0 − ρ²``,
off by at most e. A product is off by no more than the product of the sizes, each with what it is
off by added, less the product itself. Of a polynomial p with coefficients ≥ 0, as this is, ``p(x +
e) − p(x) ≤ (p(x + te) − p(x))/t``, t ≥ 1, which doubles can take. Nodes where a P_0 is next to
nothing are left out, as if all P_a were 0 there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from overspec.verify.enclosures.ball import Ball
from overspec.verify.enclosures.lowrank.nodes import Point
from overspec.verify.enclosures.lowrank.plan import Shell
from overspec.verify.enclosures.lowrank.sums import Summed, Sums, modes, profile
from overspec.verify.enclosures.lowrank.tables import Tables

LONG = np.longdouble
U = 2.0**-64
U_DOUBLE = 2.0**-53
HEAD = 4  # terms of a polynomial in these numbers, the others in doubles
ROOM = 1.01  # for products of shares of at most MOST, and for what is computed in doubles
MOST = 1e-4  # share of a product that may be lost
T = 2.0**40  # t at most
LEAST = 1e-30  # a P_0 below is taken for 0
BLOCK = 16  # products that are added up in any order; of what comes out, two at a time
BITS = 64

Longs = NDArray[Any]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class LongTables:
    """Polynomials around lδ, l = low, low + 1, …

    Attributes:
        low: l of the first.
        terms, rest: coefficients of x^m, (HEAD, P_0 …, l) and the others in doubles.
        errors: what a value may be off by, (P_0 …, l).
    """

    low: int
    terms: Longs
    rest: Doubles
    errors: Doubles

    @classmethod
    def of(cls, tables: Tables, places: Sequence[Ball]) -> LongTables:
        """For these places, each a ball that is cut to its middle."""
        place = max(float(x.abs_upper()) for x in places) * ROOM
        off = max(float(x.rad()) for x in places) * ROOM + 2.0 ** (1 - BITS) * place
        count, cells = max(len(tables.rows[0]), HEAD + 1), len(tables.rows[0][0])
        terms = np.zeros((count, len(tables.rows), cells), LONG)
        apart = np.zeros(terms.shape)
        for a, row in enumerate(tables.rows):
            for m, line in enumerate(row):
                terms[m, a], apart[m, a] = _longs(line)
        size, degree = np.abs(terms).astype(np.float64), np.arange(count)[:, None, None]
        each = (2 * degree + 2) * U + np.where(degree >= HEAD, (degree + count) * 2 * U_DOUBLE, 0)
        errors = (each * size + apart) * place**degree
        errors[1:] += off * (degree * (size + apart))[1:] * place ** (degree[1:] - 1)
        rest = terms[HEAD:].astype(np.float64)
        return cls(tables.low, terms[:HEAD], rest, errors.sum(axis=0) * ROOM)

    def at(self, shell: Shell, points: Sequence[Point]) -> tuple[Longs, Doubles]:
        """All P_a at every node, and what each may be off by: (P_0 …, j, h, τ)."""
        functions, k = self.terms.shape[1], len(points[0].cells)
        cells = np.array([p.cells for p in points]).T.ravel()
        places = _longs([p.places[j] for j in range(k) for p in points])[0]
        found = np.empty((len(cells), functions, shell.nodes), LONG)
        errors = np.empty(found.shape)
        for cell in np.unique(cells):
            rows, start = np.flatnonzero(cells == cell), shell.first + int(cell) - self.low
            cut = slice(start, start + (shell.nodes - 1) * shell.stride + 1, shell.stride)
            if start < 0 or cut.stop > self.terms.shape[2]:
                raise IndexError(f"cells {cut.start} … {cut.stop}")
            x = places[rows]
            powers = np.vander(x.astype(np.float64), len(self.rest), increasing=True)
            value = np.tensordot(powers, self.rest[:, :, cut], 1).astype(LONG)
            for line in self.terms[::-1, :, cut]:
                value *= x[:, None, None]
                value += line
            found[rows], errors[rows] = value, self.errors[:, cut]
        shape = (k, len(points), functions, shell.nodes)
        return tuple(np.moveaxis(v.reshape(shape), 2, 0) for v in (found, errors))  # type: ignore[return-value]


def summed(
    tables: LongTables, shell: Shell, points: Sequence[Point], step: Ball, hessian: bool
) -> Summed | None:
    """What `sums.summed` encloses, in these numbers; None where they are not enough."""
    p, off = tables.at(shell, points)
    k, size = p.shape[1], np.abs(p.astype(np.float64))
    none = (size[0] < LEAST).any(axis=0)
    dropped = 0.0
    if none.any():
        dropped = float((size + off)[:, :, none].max(axis=0).min(axis=0).max()) * ROOM
        p[:, :, none], size[:, :, none], off[:, :, none] = 1, 1, 0
    weights, apart = _longs([point.weight * step for point in points])
    own = float((apart / weights.astype(np.float64)).max())
    n = 5 * k + 24 + BLOCK + none.size.bit_length()
    density = np.where(none, 0, weights[:, None])
    for factor in p[0]:
        density = density * factor
    off /= size[0]
    share = off[0].sum(axis=0) + own + n * U
    if not float(share.max()) < MOST:
        return None
    rho, nu = p[1] / p[0], p[2] / p[0] if hessian else None
    far, wide = rho.astype(np.float64), None
    e_rho = off[1] + far * (off[0] + 4 * U)
    if nu is not None:
        second = np.abs(nu.astype(np.float64))
        wide = second + far * far
        e_nu = off[2] + second * (off[0] + 4 * U) + e_rho * (2 * far + e_rho) + 4 * U * wide
        nu = nu - rho * rho
    weight = density.astype(np.float64)
    log = _ball(
        _added(density.reshape(1, -1), np.ones((1, none.size), LONG))[0, 0], (weight * share).sum()
    )
    parts = _parts(k, density, rho, nu, _added, -1)
    t = max(1.0, min(T, 2.0**-8 / float(share.max())))

    def lost(by: float) -> list[Any]:
        size = None if wide is None else wide + by * e_nu
        return _parts(k, weight * (1 + by * share), far + by * e_rho, size, _products, 1)

    rest = (none.size + 100) * 2.0**-51
    bounds = [
        (more - own) / t + rest / t * more for own, more in zip(lost(0), lost(t), strict=True)
    ]
    balls = tuple(
        arb_mat(
            [
                [_ball(v, e) for v, e in zip(*rows, strict=True)]
                for rows in zip(value, error, strict=True)
            ]
        )
        for value, error in zip(parts, bounds, strict=True)
    )
    return Summed(log, Sums(balls), dropped)


def _parts(k: int, density: Any, rho: Any, nu: Any, added: Any, sign: int) -> list[Any]:
    """Those of `Sums`; with sign + and sizes for all that is taken away, their sizes."""
    left, right = (
        list(side) for side in zip(*combinations_with_replacement(range(k), 2), strict=True)
    )
    density, rho = density.reshape(1, -1), rho.reshape(k, -1)
    products = rho[left] * rho[right]
    found = [added(density, products)]
    if nu is not None:
        nu = nu.reshape(k, -1)
        forms = np.stack([(rho * (_turns(k, m, rho.dtype) @ rho)).sum(axis=0) for m in modes(k)])
        found += [
            added(density * (rho + sign * nu), products),
            added(density * rho, nu),
            added(density * nu, nu),
            added(density * forms, forms),
        ]
    return found


def _products(left: Doubles, right: Doubles) -> Doubles:
    return left @ right.T


def _turns(k: int, m: int, real: Any) -> Any:
    """v_m(i − j)."""
    row = _longs([profile(k, m, lag) for lag in range(k)])[0].astype(real)
    return row[np.subtract.outer(np.arange(k), np.arange(k)) % k]


def _added(left: Longs, right: Longs) -> Longs:
    """``left @ right.T``; each term goes through at most BLOCK and the bits of its number sums."""
    whole = left.shape[1] // BLOCK * BLOCK
    a, b = (v[:, :whole].reshape(len(v), -1, BLOCK) for v in (left, right))
    rest = left[:, whole:] @ right[:, whole:].T
    total = np.concatenate([a.swapaxes(0, 1) @ b.transpose(1, 2, 0), rest[None]])
    while len(total) > 1:
        half = len(total) // 2
        total = np.concatenate([total[:half] + total[half : 2 * half], total[2 * half :]])
    return total[0]  # type: ignore[no-any-return]


def _longs(values: Sequence[Ball]) -> tuple[Longs, Doubles]:
    """Of balls the midpoints, cut to 64 bits, and what these may be off by."""
    high, low, exponents, radii = [], [], [], []
    for value in values:
        mantissa, exponent = value.mid().man_exp()
        whole = int(mantissa)
        cut = max(whole.bit_length() - BITS, 0)
        whole >>= cut
        high.append(float(whole >> 32))
        low.append(float(whole & 0xFFFFFFFF))
        exponents.append(int(exponent) + cut)
        radii.append(float(value.rad()))
    found = np.ldexp(np.array(high).astype(LONG) * 2**32 + np.array(low), exponents)
    apart = (np.array(radii) + 2.0 ** (1 - BITS) * np.abs(found).astype(np.float64)) * ROOM + 1e-300
    return found, apart


def _ball(value: Any, error: Any) -> Ball:
    """Around the number, which doubles add up to."""
    total, rest = arb(0, float(error) * ROOM), value
    while rest != 0:
        part = float(rest)
        total, rest = total + arb(part), rest - LONG(part)
    return total
