"""Stability of the simplex under population Lloyd: the spectrum of the Lloyd map (math.md K2).

The map sends centres c_1 … c_k to the centroids of their Voronoi cells. A face F_ij moves by ``⟨x −
c_i, u⟩/|c_i − c_j|`` when c_i moves by u, and by ``−⟨x − c_j, u⟩/|c_i − c_j|`` when c_j does, so at
the fixed point, where every cell has mass 1/k,

    (J C)_i = (k/ℓ) Σ_{j≠i} ∫_{F_ij} (x − c_i) (⟨x − c_i, C_i⟩ − ⟨x − c_j, C_j⟩) φ dS,

with ``ℓ = |c_i − c_j|``.

With x = P y, y ~ N(0, I_k), P the projection along (1,…,1), c_i = ρ P e_i, ρ = (k/(k−1)) E max, the
face is ``y_i = y_j ≥ y_l`` and its moments are integrals over the common value s alone, with
``∫_{−∞}^s tφ = −φ(s)``, ``∫_{−∞}^s t²φ = Φ(s) − sφ(s)``.

J commutes with the permutations of the cells, which act on R^k ⊗ V, V the standard representation
(dimension k−1), as 1 + 2V + (k−2,2) + Λ²V. By Schur's lemma J is one number on each simple summand
and a 2×2 matrix on 2V: at most five eigenvalues, found by letting J act on one vector of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import acb, arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.enclosures.ball import Ball, Inconclusive, enclosure, lifted, to_ball
from overspec.verify.lloyd.radius import plan, r0
from overspec.weights import check_k

MAX_K = 40

Matrix = list[list[Ball]]


@dataclass(frozen=True)
class Mode:
    """An eigenvalue of the Lloyd map at the simplex: what moves, and how many such directions.

    Attributes:
        name: ``rotation`` (Λ²V, neutral), ``scaling`` (trivial), ``vertex+`` and ``vertex-`` (2V),
            ``pairs`` ((k−2,2), k ≥ 4).
        multiplicity: the dimension; the sum over all modes is k(k−1).
        value: the eigenvalue, enclosed.
    """

    name: str
    multiplicity: int
    value: Number | Inconclusive


def eigenvalues(k: int, digits: int = 15) -> tuple[Mode, ...]:
    """All eigenvalues of the Lloyd map's Jacobian at the regular simplex, d = k − 1.

    Args:
        k: 2 ≤ k ≤ 40.
        digits: the radius aimed at is 10^-digits.

    Raises:
        InputError: k or digits out of range.

    >>> [(m.name, m.multiplicity, round(float(m.value.value), 6)) for m in eigenvalues(2, 10)]
    [('scaling', 1, 0.0), ('vertex', 1, 0.63662)]
    """
    check_k(k)
    if k > MAX_K:
        raise InputError(f"k = {k}: stability is certified up to k = {MAX_K}")
    radius = r0(k, digits + 5)
    if isinstance(radius, Inconclusive):
        return (Mode("all", k * (k - 1), radius),)
    with ctx.workprec(int(digits * 3.33) + 60):
        inner = arb(to_ball(radius.value), to_ball(radius.error))
        rho = inner * (arb(k) / (k - 1)).sqrt()
        cut = arb(face_cut(digits))
        tail = face_tail(k, cut)
        modes = []
        for name, count, value in _spectrum(k, _Face.at(k, cut), rho):
            found = enclosure(value, [("truncation", tail)])
            modes.append(Mode(name, count, lifted(found, plan(k, digits).bits, k)))
    return tuple(modes)


def face_cut(digits: int) -> int:
    """Where the integrals over the common value s are cut off, on both sides.

    >>> face_cut(15)
    10
    """
    return int((2.4 * digits + 30) ** 0.5) + 2


def face_tail(k: int, cut: Ball) -> Ball:
    """What an eigenvalue may owe to the face integrals beyond ±T: ``200 k² T e^{−T²}``.

    Each integral's own tail, at most √2 T e^{−T²}, is in its ball already, so the enclosure holds
    without this line; a test sees that no eigenvalue moves by more when the tails are left out.
    """
    return 200 * k * k * cut * (-cut * cut).exp()


@dataclass(frozen=True)
class _Face:
    """Moments over the face y_i = y_j = s ≥ y_l, by the type of the coordinates: s or other."""

    mass: Ball
    first_s: Ball
    first_o: Ball
    second_ss: Ball
    second_so: Ball
    second_oo: Ball
    second_om: Ball  # two different others

    @classmethod
    def at(cls, k: int, cut: Ball, tails: bool = True) -> _Face:
        def integral(term: Callable[[acb, acb, acb], acb], least: int) -> Ball:
            if k < least:
                return arb(0)
            # every term is entire: powers of s, φ(s), Φ(s) with exponents ≥ 0
            inside = acb.integral(lambda s, _: term(s, _density(s), _below(s)), -cut, cut).real
            # Outside, 0 ≤ Φ ≤ 1 and φ < 1/2, |sφ| < 1/4 bound every term by (1 + s²) φ(s)², and
            # ∫_{|s|>T} (1 + s²) φ² ≤ (T/2 + 3/(4T)) e^{−T²}/π ≤ T e^{−T²} for T ≥ 1.
            outside = cut * (-cut * cut).exp() if tails else arb(0)
            return arb(2).sqrt() * (inside + arb(0, outside))

        return cls(
            integral(lambda s, p, q: p**2 * q ** (k - 2), 2),
            integral(lambda s, p, q: s * p**2 * q ** (k - 2), 2),
            integral(lambda s, p, q: -(p**3) * q ** (k - 3), 3),
            integral(lambda s, p, q: s**2 * p**2 * q ** (k - 2), 2),
            integral(lambda s, p, q: -s * p**3 * q ** (k - 3), 3),
            integral(lambda s, p, q: p**2 * (q - s * p) * q ** (k - 3), 3),
            integral(lambda s, p, q: p**4 * q ** (k - 4), 4),
        )

    def second(self, a: int, b: int, i: int, j: int) -> Ball:
        """∫ y_a y_b over F_ij."""
        ends = (a in (i, j)) + (b in (i, j))
        if ends == 2:
            return self.second_ss
        if ends == 1:
            return self.second_so
        return self.second_oo if a == b else self.second_om

    def first(self, a: int, i: int, j: int) -> Ball:
        """∫ y_a over F_ij."""
        return self.first_s if a in (i, j) else self.first_o


def _density(s: acb) -> acb:
    return (-s * s / 2).exp() / (2 * arb.pi()).sqrt()


def _below(s: acb) -> acb:
    return (-s / arb(2).sqrt()).erfc() / 2


def _apply(k: int, face: _Face, rho: Ball, centres: Matrix) -> Matrix:
    """J C; the rows C_i sum to 0."""
    result = []
    for i in range(k):
        row = [arb(0)] * k
        for j in range(k):
            if j == i:
                continue
            u, v = centres[i], centres[j]
            first = [face.first(a, i, j) for a in range(k)]
            along_u = sum((f * x for f, x in zip(first, u, strict=True)), arb(0))
            along_v = sum((f * x for f, x in zip(first, v, strict=True)), arb(0))
            for a in range(k):
                for b in range(k):
                    row[a] += face.second(a, b, i, j) * (u[b] - v[b])
                row[a] -= rho * first[a] * (u[i] - v[j])
            row[i] -= rho * (along_u - along_v) - rho * rho * face.mass * (u[i] - v[j])
        mean = sum(row, arb(0)) / k
        factor = k / (rho * arb(2).sqrt())
        result.append([factor * (x - mean) for x in row])
    return result


def _spectrum(k: int, face: _Face, rho: Ball) -> list[tuple[str, int, Ball]]:
    """Name, multiplicity, eigenvalue."""

    def image(entry: Callable[[int, int], Fraction]) -> Matrix:
        return _apply(k, face, rho, [[to_ball(entry(i, a)) for a in range(k)] for i in range(k)])

    def vertex(i: int, a: int) -> Fraction:  # P e_i
        return Fraction(a == i) - Fraction(1, k)

    def u(a: int) -> int:  # e_0 − e_1, a vector of V
        return (a == 0) - (a == 1)

    modes = [("scaling", 1, image(vertex)[0][0] / to_ball(vertex(0, 0)))]
    moved = image(lambda i, a: Fraction(u(a)))
    if k == 2:  # V occurs once
        return [*modes, ("vertex", 1, moved[0][0])]
    # 2V is spanned by C_i = u and C_i = u_i P e_i; J of each is read off rows 2 (where the second
    # vanishes) and 0 (whose entry 2 vanishes in the first)
    bulged = image(lambda i, a: u(i) * vertex(i, a))
    (p, q), (r, t) = ((rows[2][0], rows[0][2] / to_ball(vertex(0, 2))) for rows in (moved, bulged))
    half, discriminant = (p + t) / 2, (p - t) * (p - t) / 4 + q * r
    root = discriminant.sqrt()
    modes += [("vertex+", k - 1, half + root), ("vertex-", k - 1, half - root)]
    if k >= 4:
        pairs = {(0, 2): 1, (1, 3): 1, (0, 3): -1, (1, 2): -1}
        pattern = {**pairs, **{(b, a): x for (a, b), x in pairs.items()}}
        value = image(lambda i, a: Fraction(pattern.get((i, a), 0)))[0][2]
        modes.append(("pairs", k * (k - 3) // 2, value))
    turned = image(lambda i, a: vertex(i, 0) * vertex(1, a) - vertex(i, 1) * vertex(0, a))
    scale = vertex(0, 0) * vertex(1, 1) - vertex(0, 1) * vertex(0, 1)
    return [*modes, ("rotation", (k - 1) * (k - 2) // 2, turned[0][1] / to_ball(scale))]
