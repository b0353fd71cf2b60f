"""The second reading of the operations of the mixture and of analysis.

A is a matrix with the entries π_{a−b}, transforms go by Horner's rule in the cyclotomic field,
moduli by complex conjugation, E of a polynomial of degree ≤ 2 over the corners of a cube (which
have mean 0 and covariance I), derivatives by dual numbers through the densities themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from overspec.proofs.language import analysis as an
from overspec.proofs.language import operators as op
from overspec.proofs.language.expression import ZERO, Env, Unevaluable
from overspec.proofs.language.reading.reader import index, numbers, read, scaled, summed
from overspec.proofs.machinery.cyclotomic import Cyclotomic
from overspec.proofs.machinery.expansion import Jet
from overspec.proofs.machinery.rational import Dual


def horner(c: Any, k: int, m: int) -> Cyclotomic:
    """``Σ_j c_j ω^{mj}``."""
    root, total = Cyclotomic.root(k, m), Cyclotomic.of(k)
    for value in reversed(c):
        total = total * root + value
    return total


def paired(u: Any, v: Any) -> Any:
    """``Σ_a u_a v_a``."""
    return summed([a * b for a, b in zip(u, v, strict=True)])


def columns(m: Any, place: str, f: Callable[[Any], Any]) -> list[list[Any]]:
    """The derivatives of the numbers f in each coordinate of x, θ or θ', one list a coordinate."""
    point = getattr(m, place)
    found = []
    for a in range(len(point)):
        moved = tuple(Dual(c, Fraction(int(a == b))) for b, c in enumerate(point))
        values = numbers(f(replace(m, **{place: moved})))
        found.append([v.slope if isinstance(v, Dual) else Fraction(0) for v in values])
    return found


@read.register
def _(node: op.Turn, m: Any, env: Env) -> Any:
    return m.turned(read(node.u, m, env), index(node.power, m, env))


@read.register
def _(node: op.Act, m: Any, env: Env) -> Any:
    c, u = read(node.c, m, env), read(node.u, m, env)
    side = -1 if node.transposed else 1
    rows = ([c[side * (a - b) % m.k] for b in range(m.k)] for a in range(m.k))
    return tuple(paired(row, u) for row in rows)


@read.register
def _(node: op.Inner, m: Any, env: Env) -> Any:
    return paired(read(node.u, m, env), read(node.v, m, env))


@read.register
def _(node: op.Norm2, m: Any, env: Env) -> Any:
    return summed([c * c for c in numbers(read(node.u, m, env))])


@read.register
def _(node: op.Hat, m: Any, env: Env) -> Any:
    return horner(read(node.c, m, env), m.k, index(node.m, m, env))


@read.register
def _(node: op.Abs2, m: Any, env: Env) -> Any:
    value = read(node.hat, m, env)
    return value * value.conjugate


@read.register
def _(node: op.Coefficient, m: Any, env: Env) -> Any:
    value = horner(read(node.u, m, env), m.k, index(node.m, m, env))
    return value * value.conjugate


@read.register
def _(node: op.Mode, m: Any, env: Env) -> Any:
    f = index(node.m, m, env)
    return tuple(Cyclotomic.root(m.k, f * a).conjugate for a in range(m.k))


@read.register
def _(node: op.Root_, m: Any, env: Env) -> Any:
    return Cyclotomic.root(m.k, index(node.power, m, env))


@read.register
def _(node: op.Chord2, m: Any, env: Env) -> Any:
    ends = (Cyclotomic.root(m.k, index(end, m, env)) for end in (node.a, node.b))
    chord = next(ends) - next(ends)
    return chord * chord.conjugate


@read.register
def _(node: op.Delta, m: Any, env: Env) -> Any:
    return Fraction(int((index(node.a, m, env) - index(node.b, m, env)) % m.k == 0))


@read.register
def _(node: op.Cosine, m: Any, env: Env) -> Any:
    root = Cyclotomic.root(m.k, index(node.turn, m, env))
    return (root + root.conjugate) / 2


@read.register
def _(node: op.Identity, m: Any, env: Env) -> Any:
    return tuple(tuple(Fraction(int(a == b)) for b in range(m.k)) for a in range(m.k))


@read.register
def _(node: op.Matrix, m: Any, env: Env) -> Any:
    basis = (tuple(Fraction(int(a == b)) for b in range(m.k)) for a in range(m.k))
    images = [read(node.image, replace(m, v=e), env) for e in basis]
    return tuple(tuple(image[a] for image in images) for a in range(m.k))


@read.register
def _(node: op.Apply, m: Any, env: Env) -> Any:
    v = read(node.v, m, env)
    return tuple(paired(row, v) for row in read(node.b, m, env))


@read.register
def _(node: op.Form, m: Any, env: Env) -> Any:
    v, rows = read(node.v, m, env), read(node.b, m, env)
    return summed(v[a] * rows[a][b] * v[b] for a in range(m.k) for b in range(m.k))


@read.register
def _(node: op.Outer, m: Any, env: Env) -> Any:
    u = read(node.u, m, env)
    return _outer(u, u)


@read.register
def _(node: op.Responsibilities, m: Any, env: Env) -> Any:
    return m.posterior


@read.register
def _(node: an.Gradient, m: Any, env: Env) -> Any:
    found = columns(m, node.of.name, lambda n: read(node.f, n, env))
    rows = tuple(zip(*found, strict=True))
    return rows if node.vector else rows[0]


@read.register
def _(node: an.Divergence, m: Any, env: Env) -> Any:
    found = columns(m, "x", lambda n: read(node.f, n, env))
    return summed([column[a] for a, column in enumerate(found)])


@read.register
def _(node: an.Flux, m: Any, env: Env) -> Any:
    found = columns(m, "x", lambda n: tuple(n.gauss * w for w in n.posterior))
    fluxes = zip(*found, strict=True)  # ∇(w_jG), one for each j
    back = (m.turned(tuple(flux), -j) for j, flux in enumerate(fluxes))
    return scaled(1 / m.gauss, summed(back))


@read.register
def _(node: an.Mean, m: Any, env: Env) -> Any:
    corners = [tuple(map(Fraction, c)) for c in product((-1, 1), repeat=m.k)]
    total = summed(read(node.f, replace(m, x=corner), env) for corner in corners)
    return scaled(Fraction(1, len(corners)), total)


@read.register
def _(node: an.Covariance, m: Any, env: Env) -> Any:
    c = read(node.c, m, env)
    points = [m.turned(m.x, index(node.power, m, {**env, "j": j})) for j in range(m.k)]
    own = [scaled(c[j], _outer(points[j], points[j])) for j in range(m.k)]
    pairs = [
        scaled(-c[i] * c[j], _outer(points[i], points[j])) for i, j in product(range(m.k), repeat=2)
    ]
    return summed(own + pairs)


def _outer(u: Any, v: Any) -> Any:
    return tuple(scaled(a, v) for a in u)


@read.register
def _(node: an.At, m: Any, env: Env) -> Any:
    if node.place != ZERO:
        raise Unevaluable("a place other than 0")
    return read(node.f, replace(m, **{node.where.name: (Fraction(0),) * m.k}), env)


@read.register
def _(node: an.Log, m: Any, env: Env) -> Any:
    value = read(node.f, m, env)
    if not isinstance(value, Dual):
        raise Unevaluable("a logarithm outside a derivative")
    return Dual(Fraction(0), value.slope / value.value)  # only the slope is rational


@read.register
def _(node: an.Power_e, m: Any, env: Env) -> Any:
    return m.exponential(read(node.f, m, env))


@read.register
def _(node: an.Integral, m: Any, env: Env) -> Any:
    """Three eighths: exact for polynomials of degree ≤ 3, as Simpson's rule is."""
    places = ((0, 1), (1, 3), (2, 3), (3, 1))
    moved = (replace(m, **{node.of.name: Fraction(n, 3)}) for n, _ in places)
    values = zip(moved, places, strict=True)
    return summed(scaled(Fraction(weight, 8), read(node.f, n, env)) for n, (_, weight) in values)


@read.register
def _(node: an.Computed, m: Any, env: Env) -> Any:
    return node.numeric(m)


@read.register
def _(node: op.Quantity, m: Any, env: Env) -> Any:
    return getattr(m, node.name)


@read.register
def _(node: an.Slope, m: Any, env: Env) -> Any:
    moved = replace(m, values={**m.values, node.of.name: Jet.variable(1, getattr(m, node.of.name))})
    value = read(node.f, moved, env)
    return value.c[1] if isinstance(value, Jet) else Fraction(0)


@read.register
def _(node: an.Table, m: Any, env: Env) -> Any:
    return node.recompute(m, read(node.of, m, env))


@read.register
def _(node: an.Abbreviation, m: Any, env: Env) -> Any:
    return read(node.body, m, env)
