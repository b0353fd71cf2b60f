"""Proved enclosures of Lloyd's radius and of the eigenvalues of the Lloyd map at the simplex.

With φ, Φ the normal density and distribution, ``R₀ = √(k/(k−1)) ∫ k s φ Φ^{k−1} ds`` (`bounds.line`
for what the sum leaves out). The face moments are ``√2 ∫ s^a φ^b Φ^c ds``, b ≥ 2, as sums of step h
over |s| ≤ T. On ``s ± iy``: ``|φ|^b = φ(s)^b e^{by²/2}`` and ``|Φ| ≤ 1 + y e^{y²/2}/√(2π) = Q``, so
that the sum over all nodes is off by at most ``2/(e^{2πy/h} − 1) Q^c e^{by²/2} (2π)^{−b/2} ∫
(|s|+y)^a e^{−s²} ds``, and beyond T ≥ 1, where ``s^a e^{−s²}`` falls for a ≤ 2, are ``2 T e^{−T²}``
at most.

With I = ∫1, a = ∫s, b = ∫y_l, A = ∫s², B = ∫s y_l, C = ∫y_l², D = ∫y_l y_l' (l ≠ l' off the pair)
and κ = k/(ρ√2), the map acts on centres moved by a symmetric T with zero diagonal and row sums as
κ(k−1)(C − D), on the span of ``C_i = u`` and ``C_i = u_i P e_i`` by a 2×2 matrix; rotations are
neutral by symmetry, and scaling all centres leaves their cells alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import gmpy2

from overspec.verify.check import bounds
from overspec.verify.check.bounds import pair, rational, real
from overspec.verify.check.subject import Subject
from overspec.verify.check.value import Enclosure, Purse, TooCostly, fraction, number

MOST_MODES = 40  # components up to which the eigenvalues are stated
MPFR = 300  # a special function, beside a product of doubles


@dataclass(frozen=True)
class Ends:
    """All real numbers between two rational ends; every operation encloses."""

    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, value: Ends | Fraction | int) -> Ends:
        """A single number, or what is one already."""
        return value if isinstance(value, Ends) else cls(Fraction(value), Fraction(value))

    def __add__(self, other: Ends | Fraction | int) -> Ends:
        b = Ends.of(other)
        return Ends(self.low + b.low, self.high + b.high)

    def __neg__(self) -> Ends:
        return Ends(-self.high, -self.low)

    def __sub__(self, other: Ends | Fraction | int) -> Ends:
        return self + -Ends.of(other)

    def __mul__(self, other: Ends | Fraction | int) -> Ends:
        b = Ends.of(other)
        ends = [x * y for x in (self.low, self.high) for y in (b.low, b.high)]
        return Ends(min(ends), max(ends))

    def __truediv__(self, other: Ends | Fraction | int) -> Ends:
        b = Ends.of(other)
        if b.low <= 0 <= b.high:
            raise TooCostly("an enclosure that holds 0 divides")
        return self * Ends(1 / b.high, 1 / b.low)

    def rounded(self, bits: int) -> Ends:
        """Outward, to multiples of 2^-bits."""
        scale = 1 << bits
        low, high = self.low * scale, self.high * scale
        return Ends(Fraction(math.floor(low), scale), Fraction(math.ceil(high), scale))

    def root(self, bits: int) -> Ends:
        """The square root, to 2^-bits.

        >>> two = Ends.of(2).root(20)
        >>> two.low ** 2 < 2 < two.high ** 2, two.high - two.low <= Fraction(1, 2**20)
        (True, True)
        """
        if self.low < 0:
            raise TooCostly("the root of what may be negative")
        scale = 1 << bits
        low = math.isqrt(math.floor(self.low * scale * scale))
        return Ends(
            Fraction(low, scale),
            Fraction(math.isqrt(math.ceil(self.high * scale * scale)) + 1, scale),
        )


def enclose(k: int, digits: int, purse: Purse) -> dict[Subject, Enclosure]:
    """``r0`` and, to k = 40, the eigenvalues, by their names in a file."""
    radius = _radius(k, digits, purse)
    found: dict[Subject, Ends] = {"r0": radius, "eigenvalue scaling": Ends.of(0)}
    if k <= MOST_MODES:
        found |= _modes(k, radius, digits, purse)
    return {name: (ends.low, ends.high) for name, ends in found.items()}


def _bits(digits: int, k: int) -> int:
    return math.ceil(digits * math.log2(10)) + 3 * k.bit_length() + 80


def _radius(k: int, digits: int, purse: Purse) -> Ends:
    """R₀ by the trapezoidal rule."""
    goal = digits * math.log(10) + 4
    given = _line(k, goal)
    purse.spend((2 * given["count"] + 1) * MPFR * (1 + digits / 30), "its sum for r0")
    broken, outside, _ = bounds.line(k, given)
    if broken:
        raise TooCostly(f"no line: {broken}")
    bits = _bits(digits, k)
    with gmpy2.context(gmpy2.get_context(), precision=bits, emin=-(10**9), emax=10**9):
        h, root = number(given["step"]), gmpy2.sqrt(gmpy2.mpfr(2))
        norm = h * k / gmpy2.sqrt(2 * gmpy2.const_pi())
        total = absolute = gmpy2.mpfr(0)
        for n in range(-given["count"], given["count"] + 1):
            x = n * h
            term = norm * x * gmpy2.exp(-x * x / 2) * (gmpy2.erfc(-x / root) / 2) ** (k - 1)
            total, absolute = total + term, absolute + abs(term)
        scale = gmpy2.sqrt(gmpy2.mpfr(k) / (k - 1))
        # the exponent −x²/2 and the power k − 1 turn roundings into so many
        factor = (
            8 * k + 8 * given["count"] + 8 * math.ceil(float(given["count"] * given["step"])) ** 2
        )
        rounding = fraction(scale * absolute) * Fraction(factor + 100, 2**bits)
        centre = fraction(scale * total)
    error = rounding + sum(outside.values(), Fraction(0)) * (1 + bounds.TOLERANCE)
    return Ends(centre - error, centre + error)


def _line(k: int, goal: float) -> dict[str, Any]:
    """Step, height, knee and count in doubles; nothing rigorous depends on the choice."""
    best = (0.0, 0.0, 0.0)
    for n in range(2, 200):
        knee = n / 16
        density = math.exp(-knee * knee / 2) / math.sqrt(2 * math.pi)
        mills = math.erfc(knee / math.sqrt(2)) / 2 / density
        y = mills * 0.98
        for _ in range(40):
            y = min(2.5, mills * 0.98 / math.exp(y * y / 2) * 0.5 + y * 0.5)
        swell = y * math.exp(y * y / 2)
        if swell > mills:
            continue
        lost = goal + math.log(k) + y * y / 2 + min(1e6, (k - 1) * density * swell) + 2
        best = max(best, (2 * math.pi * y / lost, y, knee))
    step, height, knee = best
    h = Fraction(math.floor(step * 2**16), 2**16)
    reach = math.sqrt(2 * (goal + math.log(k) + 6)) + 1
    return {
        "step": h, "height": Fraction(math.floor(height * 2**16), 2**16), "knee": Fraction(knee),
        "count": math.ceil(reach / float(h)) + 1, "cut": 10,
    }  # fmt: skip


class _Faces:
    """``∫ s^a φ^b Φ^c`` over one table of nodes."""

    def __init__(self, k: int, digits: int, purse: Purse) -> None:
        goal = digits * math.log(10) + 8 + 4 * math.log(k)

        def step(y: float) -> float:
            top = 1 + y * math.exp(y * y / 2) / math.sqrt(2 * math.pi)
            return 2 * math.pi * y / (goal + k * math.log(top) + 2 * y * y + 3)

        height = max((n / 32 for n in range(1, 64)), key=step)
        self.step = Fraction(math.floor(step(height) * 2**12), 2**12)
        self.height = Fraction(height)
        count = math.ceil((math.sqrt(goal + 4) + 1) / float(self.step))
        self.reach = count * self.step
        self.bits = _bits(digits, k) + 20
        purse.spend((2 * count + 1) * (MPFR + 12 * 20) * (1 + digits / 30), "its face moments")
        self.known: dict[tuple[int, int, int], Ends] = {}
        with self._precision():
            self.rows = []
            root, norm = gmpy2.sqrt(gmpy2.mpfr(2)), gmpy2.sqrt(2 * gmpy2.const_pi())
            for n in range(-count, count + 1):
                s = n * number(self.step)
                self.rows.append((s, gmpy2.exp(-s * s / 2) / norm, gmpy2.erfc(-s / root) / 2))

    def _precision(self) -> Any:
        return gmpy2.context(gmpy2.get_context(), precision=self.bits, emin=-(10**9), emax=10**9)

    def moment(self, a: int, b: int, c: int) -> Ends:
        """a ≤ 2 ≤ b, 0 ≤ c; nothing where the exponent c is negative: there is no such term."""
        if c < 0:
            return Ends.of(0)
        if (a, b, c) not in self.known:
            self.known[a, b, c] = self._sum(a, b, c)
        return self.known[a, b, c]

    def _sum(self, a: int, b: int, c: int) -> Ends:
        with self._precision():
            terms = [s**a * p**b * q**c for s, p, q in self.rows]
            h = number(self.step)
            total, absolute = sum(terms) * h, sum(map(abs, terms)) * h
        y, h = real(self.height), real(self.step)
        context = y.context
        top = 1 + y * context.exp(y * y / 2) / context.sqrt(2 * context.pi)
        half = context.sqrt(context.pi)
        mass = {0: half, 1: 1 + y * half, 2: half * (1 + 2 * y * y)}[a]
        aliasing = pair(context, 2 * context.pi * y / h) * top**c * mass
        aliasing *= context.exp(b * y * y / 2) / (2 * context.pi) ** (context.mpf(b) / 2)
        end = real(self.reach)
        outside = aliasing + 2 * end * context.exp(-end * end)
        roundings = len(self.rows) + 20 * (b + c + 2) + 4 * b * math.ceil(float(self.reach) ** 2)
        error = fraction(absolute) * Fraction(2 * roundings, 2**self.bits)
        error += rational(outside) * (1 + bounds.TOLERANCE)
        centre = fraction(total)
        return Ends(centre - error, centre + error).rounded(self.bits)


def _modes(k: int, radius: Ends, digits: int, purse: Purse) -> dict[Subject, Ends]:
    bits = _bits(digits, k) + 20
    root = Ends.of(2).root(bits)
    # ρ = m_k k/(k−1), m_k = R₀ √((k−1)/k)
    rho = (radius * (Ends.of(Fraction(k - 1, k)).root(bits)) * Fraction(k, k - 1)).rounded(bits)
    kappa = (Ends.of(k) / (rho * root)).rounded(bits)
    faces = _Faces(k, digits, purse)

    def face(a: int, b: int, c: int) -> Ends:
        return (root * faces.moment(a, b, c)).rounded(bits)

    mass = face(0, 2, k - 2)
    if k == 2:  # one direction: c_1 = −c_2 on a line
        return {"eigenvalue vertex": kappa * rho * rho * mass}
    a, b = face(1, 2, k - 2), -face(0, 3, k - 3)
    big_a, big_b = face(2, 2, k - 2), -face(1, 3, k - 3)
    big_c = face(0, 2, k - 2) - face(1, 3, k - 3)
    big_d = face(0, 4, k - 4)
    inner = rho * Fraction(k - 1, k)
    # the same moments with the factor ζ = s − ȳ − ρ(k−1)/k
    a_bent = big_a - (big_a * 2 + big_b * (k - 2)) / k - inner * a
    b_bent = big_b - (big_b * 2 + big_c + big_d * (k - 3)) / k - inner * b
    mass_bent = a - (a * 2 + b * (k - 2)) / k - inner * mass
    p, q = kappa * rho * (a - b), kappa * rho * k * (rho * mass - (a - b))
    r, t = -kappa * (a_bent - b_bent), kappa * k * (a_bent - b_bent - rho * mass_bent)
    half = (p - t) / 2
    spread = (half * half + q * r).rounded(bits).root(bits)
    found: dict[Subject, Ends] = {
        "eigenvalue vertex+": (p + t) / 2 + spread,
        "eigenvalue vertex-": (p + t) / 2 - spread,
        "eigenvalue rotation": Ends.of(1),
    }
    if k >= 4:
        found["eigenvalue pairs"] = kappa * (k - 1) * (big_c - big_d)
    return found
