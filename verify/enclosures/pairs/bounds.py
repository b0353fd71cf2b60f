"""The error bounds of the pairs engine: images, frequency tail, aliasing, node tail.

Notation and formulas of `engines.pairs`; all bounds are free of what the weights do inside a
pair. A number is a sum of terms ``c E f(x_1) g(x_2) x_3^m F(z)``, |f| ≤ |x_1|^i, |g| ≤ |x_2|^j.

**Images** (of the sum over ξ). With w = nΛ − |z| real, ``sech² w ≤ 4e^{−s|w|}``, ``0 ≤ 1 − tanh w ≤
2e^{−sw}`` and ``log(1 + e^{−2w}) ≤ (2/s) e^{−sw}`` for 0 < s ≤ 2 (log(1+t) ≤ t^r/r, r = s/2). Of
the pair ±n the two tanh are subtracted, and ``log cosh(nΛ+z) + log cosh(nΛ−z) − 2 log cosh nΛ``
lies between 0 and the sum of both ``log(1 + e^{−2(nΛ±z)})``. So all images together are at most
``C_F e^{s|z|}/(e^{sΛ} − 1)`` with C = 8, 2, 4/s for sech², tanh, log cosh. ``|z| ≤ a_2|x_3| +
½(a_1|x_1| + a_1|x_2| + |b|)``, b = log((π_0+π_2)/(π_1+π_3)), as A lies within |u| of
log(π_0+π_2); and ``E|x|^i e^{c|x|} ≤ 2(1+c²)^{i/2}e^{c²/2}`` for i ≤ 2.

**Frequency tail.** |Φ_f Ψ_g| ≤ 1, and the rest falls at least geometrically: sinh gives e^{−πη/2}.

**Aliasing** (of the nodes). On x ± iy, φ = a_1y < π/2, A is analytic and |Im A| ≤ φ, so
|e^{iξA/2}| ≤ e^{ξφ/2}; |p|² and |1 − p²| are at most 1/cos²φ; |f| ≤ (|x|² + y²)^{i/2}/cos²φ.
Poisson summation and the shift give ``Q e^{ξφ/2}``, ``Q = 2/(e^{2πy/h} − 1)
e^{y²/2}(1+y²)/cos²φ``, for every transform; and for E A itself, where ``|A| ≤ |log(π_0+π_2)| +
|u| − log cos φ + φ``, Q with the mean of that in place of (1+y²)/cos²φ.

**Node tail.** The nodes beyond the last, x²φ(x) falling at least geometrically from |x| ≥ 2 on. An
error ε of a transform weighs (1 + ϑ)ε in a product: the other is at most 1 exactly and the mass ϑ
as a sum (`bounds.lattice_mass`, h ≤ 2π).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from overspec.verify.enclosures.ball import Ball
from overspec.verify.enclosures.bounds import geometric_pair, lattice_mass
from overspec.verify.engines.pairs.grid import PAIRS, Grid

#: Names of the numbers: E log S, g_1, g_2, and the entries of the radial matrix.
NAMES = ("log_partition", "g1", "g2", "11", "12", "22")


@dataclass(frozen=True)
class Lines:
    """Sums over the frequencies that are taken: ``Σ η ξ^r e^{−ξ²a_2²/2}(1 + a_2²ξ²) v/sinh(πξ/2)``,

    r = −1, 0, 1, for v = 1 (``mass``) and ``e^{ξφ/2}`` (``grown``), and what is beyond for v = 1.
    """

    mass: tuple[Ball, Ball, Ball]
    grown: tuple[Ball, Ball, Ball]
    beyond: tuple[Ball, Ball, Ball]


def pair_bounds(
    grid: Grid, weights: Sequence[Ball], amplitudes: Sequence[Ball]
) -> dict[str, list[tuple[str, Ball]]]:
    """The named bounds of every number in `NAMES`; not finite where a hypothesis fails.

    Hypotheses: 0 < η; 0 < s ≤ 2; where a_1 is not exactly 0, 0 < h ≤ 2π, 0 < y, a_1y < π/2 and
    (reach + 1)h ≥ 2.
    """
    first, second = (a.abs_upper() for a in amplitudes)
    masses = [weights[i] + weights[j] for i, j in PAIRS]
    images = _images(grid, first, second, abs(masses[0].log() - masses[1].log()))
    aliased, tail, grown = _line(grid, first)
    lines = _lines(grid, second, grown)
    down = -_cosine(grid, first).log()
    logs = [abs(m.log()) for m in masses]
    means = _alias(grid) * ((logs[0] + logs[1]) / 2 + first + down + grown)
    ends = tail * ((logs[0] + logs[1]) / 2 + first)
    both = 1 + (lattice_mass(arb(grid.step), arb(1)) if grid.step else arb(1))
    alone = _beyond(grid, arb(0), grid.alone)[0]
    # numbers as sums over r = −1, 0, 1: what multiplies the kernels, and the E f that stand alone
    shares: dict[str, tuple[tuple[float, float, float], int]] = {
        "log_partition": ((1, 0, 0), 0),
        "g1": ((0, 1, 0.5), 1),
        "g2": ((0, 0, 1), 0),
        "11": ((0, 1, 1), 1),
        "12": ((0, 0, 0.5), 0),
        "22": ((0, 0, 1), 0),
    }
    found = {}
    for name, (share, single) in shares.items():
        is_log = name == "log_partition"
        cut = _of(share, lines.beyond) + (alone if is_log else 0)
        alias = both * aliased * _of(share, lines.grown) + (means if is_log else single * aliased)
        end = both * tail * _of(share, lines.mass) + (ends if is_log else single * tail)
        found[name] = [
            ("images", images[name]),
            ("frequency tail", cut),
            ("aliasing", alias),
            ("node tail", end),
        ]
    return found


def _of(share: tuple[float, float, float], sums: tuple[Ball, Ball, Ball]) -> Ball:
    return sum((arb(c) * value for c, value in zip(share, sums, strict=True)), arb(0))


def _images(grid: Grid, first: Ball, second: Ball, tilt: Ball) -> dict[str, Ball]:
    """The images of each number."""
    s = arb(grid.slope)
    if not (grid.spacing > 0 and 0 < grid.slope <= 2):
        return dict.fromkeys(NAMES, arb.nan())
    period = 2 * arb.pi() / arb(grid.spacing)
    common = (s * tilt / 2).exp() / (s * period).expm1()

    def normal(power: int, c: Ball) -> Ball:
        return 2 * (c * c / 2).exp() * (1 + c * c).sqrt() ** power

    def moment(i: int, j: int, m: int) -> Ball:
        pair = normal(i, s * first / 2) * normal(j, s * first / 2)
        return common * pair * normal(m, s * second)

    sech, tanh = 8, 2
    plain = moment(0, 0, 0)
    return {
        "log_partition": 4 / s * plain,
        "g1": (tanh + arb(sech) / 2) * plain,
        "g2": sech * plain,
        "11": (tanh + arb(sech) / 2) * moment(2, 0, 0) + arb(sech) / 2 * moment(1, 1, 0),
        "12": sech * moment(1, 0, 1),
        "22": sech * moment(0, 0, 2),
    }


def _lines(grid: Grid, second: Ball, grown: Ball) -> Lines:
    mass, large = [arb(0)] * 3, [arb(0)] * 3
    step = (arb(grid.spacing) * grown / 2).exp()
    factor = (arb(grid.spacing) * grown / 4).exp()
    for n in range(grid.terms):
        for index, term in enumerate(_terms(grid, second, n)):
            mass[index] += term
            large[index] += term * factor
        factor *= step
    beyond = _beyond(grid, second, grid.terms)
    return Lines((mass[0], mass[1], mass[2]), (large[0], large[1], large[2]), beyond)


def _terms(grid: Grid, second: Ball, n: int) -> tuple[Ball, Ball, Ball]:
    """The term of ξ_n for r = −1, 0, 1."""
    xi = (arb(n) + 0.5) * arb(grid.spacing)
    square = xi * xi * second * second
    plain = arb(grid.spacing) / (arb.pi() * xi / 2).sinh() * (-square / 2).exp() * (1 + square)
    return plain / xi, plain, plain * xi


def _beyond(grid: Grid, second: Ball, count: int) -> tuple[Ball, Ball, Ball]:
    """All terms from n = count on: ratios fall with n, ``(1+a²ξ'²)/(1+a²ξ²) ≤ (ξ'/ξ)²``."""
    spacing = arb(grid.spacing)
    xi = (arb(count) + 0.5) * spacing
    fall = (-arb.pi() * spacing / 2 - second * second * spacing * (xi + spacing / 2)).exp()
    grow = (xi + spacing) / xi
    found = []
    for power, term in zip((2, 2, 3), _terms(grid, second, count), strict=True):
        ratio = fall * grow**power
        found.append(term / (1 - ratio) if ratio < 1 else arb.nan())
    return found[0], found[1], found[2]


def _line(grid: Grid, first: Ball) -> tuple[Ball, Ball, Ball]:
    """Q, the node tail of ``h φ(x) x²``, and φ = a_1y."""
    if not grid.step:
        return (arb(0), arb(0), arb(0)) if first.is_zero() else (arb.nan(),) * 3
    h, y = arb(grid.step), arb(grid.height)
    phi, last = first * y, (grid.reach + 1) * h
    if not (phi < arb.pi() / 2 and h <= 2 * arb.pi() and y > 0 and h > 0 and last >= 2):
        return (arb.nan(),) * 3
    cosine = _cosine(grid, first)
    ratio = (1 + h / last) ** 2 * (-last * h - h * h / 2).exp()
    density = (-last * last / 2).exp() / (2 * arb.pi()).sqrt()
    tail = 2 * h * density * last * last / (1 - ratio) if ratio < 1 else arb.nan()
    return _alias(grid) * (1 + y * y) / (cosine * cosine), tail, phi


def _alias(grid: Grid) -> Ball:
    """``2/(e^{2πy/h} − 1) e^{y²/2}``."""
    if not grid.step:
        return arb(0)
    y = arb(grid.height)
    return geometric_pair(2 * arb.pi() * y / arb(grid.step)) * (y * y / 2).exp()


def _cosine(grid: Grid, first: Ball) -> Ball:
    return (first * arb(grid.height)).cos()
