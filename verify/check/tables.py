"""The checker's own Laplace integrals: moments of independent components on a grid of τ, in MPFR.

With ``P_a(τ) = E e^{a(τ+cg)} exp(−e^{τ+cg})`` and its tilted moments ``ρ = P_1/P_0``, ``ν = P_2/P_0
− ρ²``, everything at a regular-simplex orbit is an integral over τ of a polynomial in moments of
the components. The same polynomials with all signs positive say how the errors of the P_a are
felt. Written apart from every engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check.subject import Entry, Singled, Subject
from overspec.verify.check.value import Mpfr, Orbit, groups

Array = Any  # numpy arrays of MPFR numbers

_exp = np.frompyfunc(gmpy2.exp, 1, 1)

SPARE = 40  # bits of the precision that the fixed-point numbers of the tables leave unused


def _whole(values: Iterable[Mpfr], bits: int) -> list[Any]:
    """v·2^bits, to a whole number less than 1 away."""
    scale = gmpy2.exp2(bits)
    return [gmpy2.mpz(v * scale) for v in values]


def _correlation(left: list[Any], right: list[Any]) -> list[Any]:
    """``Σ_j left[i + j] right[j]``, right symmetric, as one product of long integers, exactly."""
    longest = max(left).bit_length() + max(right).bit_length()
    slot = longest + len(right).bit_length() + 1
    product = gmpy2.unpack(gmpy2.pack(left, slot) * gmpy2.pack(right, slot), slot)
    short = len(left) + len(right) - 1 - len(product)
    whole: list[Any] = product + [gmpy2.mpz(0)] * short
    return whole[len(right) - 1 : len(left)]


@dataclass(frozen=True)
class Line:
    """Nodes τ = (l + shift)·step, first ≤ l ≤ last; inner sums over |n| ≤ inner."""

    step: Mpfr
    first: int
    last: int
    inner: int
    shift: Fraction = Fraction(0)


class Moments:
    """P_0, P_1, P_2 of every distinct weight at the nodes of a line."""

    def __init__(
        self, point: Orbit, c: Mpfr, line: Line, wanted: Sequence[int], degree: int = 2
    ) -> None:
        self.point, self.c, self.line, self.wanted = point, c, line, wanted
        self.parts = groups(point, wanted)
        n, step = line.inner, line.step
        scale = step / c
        bell = _exp(np.array([-((scale * j) ** 2) / 2 for j in range(-n, n + 1)], object))
        bell = bell * (scale / gmpy2.sqrt(2 * gmpy2.const_pi()))
        shift = gmpy2.mpfr(gmpy2.mpq(line.shift.numerator, line.shift.denominator))
        places = range(line.first - n, line.last + n + 1)
        rising = _exp(np.array([(place + shift) * step for place in places], object))
        bits = gmpy2.get_context().precision - SPARE
        kernel = _whole(bell, bits)
        unit = gmpy2.exp2(-2 * bits)
        self.tables = []
        for weight, _, _ in self.parts:
            power = weight * rising
            term = _exp(-power)
            rows = []
            for _ in range(degree + 1):
                sums = _correlation(_whole(term, bits), kernel)
                rows.append(np.array([value * unit for value in sums], object))
                term = term * power
            rows[0] = rows[0] + unit  # never 0: it divides
            self.tables.append(rows)
        #: Of every P_a: each of the 2n + 1 products is off by a unit of either factor at most (the
        #: terms are at most 1), and the exponentials are exact to 2^-SPARE units.
        self.rounding = (2 * n + 4 + sum(bell)) * gmpy2.exp2(1 - bits)

    def raised(self, errors: Sequence[Mpfr]) -> list[list[Array]]:
        """The tables with P_a + errors[a]."""
        return [[row + e for row, e in zip(rows, errors, strict=True)] for rows in self.tables]

    def product(self, tables: list[list[Array]]) -> Array:
        whole = 1
        for rows, (_, count, _) in zip(tables, self.parts, strict=True):
            whole = whole * rows[0] ** count
        return whole

    def factors(self, tables: list[list[Array]], every: bool = True) -> dict[Subject, Mpfr]:
        """``∫ Π P_0``, the ``1 − g_m``, and what they are parts of.

        "pairs" is ``∫ Σ_{i≠j} P_1 P_1 Π P_0``, "whole" the same with i = j, where P_0 divides.
        """
        density = self.product(tables)
        ratios = [rows[1] / rows[0] for rows in tables]
        total = sum(q * n for q, (_, n, _) in zip(ratios, self.parts, strict=True))
        found: dict[Subject, Mpfr] = {"log_partition": self.line.step * density.sum()}
        alone = sum(q * q * n for q, (_, n, _) in zip(ratios, self.parts, strict=True))
        found["whole"] = self.line.step * (density * total**2).sum()
        found["pairs"] = self.line.step * (density * (total**2 - alone)).sum()
        if every:
            for m, square in zip(self.wanted, self._turned(ratios), strict=True):
                found[f"g{m}"] = self.line.step * (density * (total**2 - square)).sum()
        return found

    def _turned(self, ratios: list[Array]) -> Iterator[Array]:
        """``|Σ_i q_i B_i|²`` at every node, of each m wanted, ``B_i = Σ ω^{mj}`` over a weight.

        In whole units u, all nodes in one long integer, so that a product is of all of them. The
        q_i and B_i are off by u at most: the sums by ``u (k + Σ q)``, as |B_i| is at most the
        number of its components, and the integral of their squares by ``u (2k ∫Π P_0 +
        (2k + 4) ∫Π P_0 (Σ q)²)``. With this u it is less than a rounding of the larger integral,
        and of 1.
        """
        nodes, k = len(ratios[0]), self.point.k
        most = (2 * k + 4) * (1 + gmpy2.ceil(nodes * self.line.step))
        bits = gmpy2.get_context().precision + gmpy2.mpz(most).bit_length()
        whole = [_whole(q, bits) for q in ratios]
        largest = (k + 1) * max(map(max, whole)) << bits  # a sum, roundings included
        slot = largest.bit_length() + 1
        packed = [gmpy2.pack(q, slot) for q in whole]
        middle = gmpy2.mpz(1) << (slot - 1)  # lifts the sums above 0
        lift = gmpy2.pack([middle] * nodes, slot)
        unit = gmpy2.exp2(-4 * bits)

        def summed(at: int, side: int) -> list[Any]:
            turns = _whole([sums[at][side] for _, _, sums in self.parts], bits)
            product = sum((b * q for b, q in zip(turns, packed, strict=True)), lift)
            return [value - middle for value in gmpy2.unpack(product, slot)]

        for at in range(len(self.wanted)):
            sides = zip(summed(at, 0), summed(at, 1), strict=True)
            yield np.array([(x * x + y * y) * unit for x, y in sides], object)

    def second(self, tables: list[list[Array]], sign: int) -> dict[Subject, Mpfr]:
        """``1 − λ`` of the two eigenvalues, or ``δ − ∂²L`` of the entries; see `check_hessian`."""
        singled = [count for _, count, _ in self.parts]
        if self.point.k > 3 and (len(singled) == 1 or (len(singled) == 2 and 1 in singled)):
            return self._singled(tables, sign)
        return self._matrix(tables, sign)

    def _matrix(self, tables: list[list[Array]], sign: int) -> dict[Subject, Mpfr]:
        """``δ Q/s + c² (8 T1 ∓ 2 T2 ∓ 6 T3)``: T1 = Σ w V V', T2 = Σ w w v v', T3 = Q Q'."""
        k, density = self.point.k, self.product(tables)
        order = component_groups(self.point)
        rho = [tables[g][1] / tables[g][0] for g in order]
        nu = [tables[g][2] / tables[g][0] - (tables[g][1] / tables[g][0]) ** 2 for g in order]
        heavy = [density * r for r in rho]
        lag_rn, lag_rr, lag_nn = [], [], []
        for a in range(k):
            ahead = [(j + a) % k for j in range(k)]
            lag_rn.append(sum((heavy[j] * nu[i]).sum() for j, i in enumerate(ahead)))
            lag_rr.append(sum((heavy[j] * rho[i]).sum() for j, i in enumerate(ahead)))
            lag_nn.append(sum((density * nu[j] * nu[i]).sum() for j, i in enumerate(ahead)))
        profile, along, form = {}, {}, {}
        for m in range(1, k // 2 + 1):
            v = profile[m] = profile_of(k, m)
            along[m] = [sum(v[(i - j) % k] * rho[i] for i in range(k)) for j in range(k)]
            form[m] = sum(r * x for r, x in zip(rho, along[m], strict=True))
        found: dict[Subject, Mpfr] = {}
        for m, n in itertools.combinations_with_replacement(profile, 2):
            both = [x * y for x, y in zip(along[m], along[n], strict=True)]
            lags = [x * y for x, y in zip(profile[m], profile[n], strict=True)]
            t1 = sum((h * x).sum() for h, x in zip(heavy, both, strict=True)) + _dot(lags, lag_rn)
            t2 = _dot(lags, lag_rr)
            t3 = (density * form[m] * form[n]).sum() + 2 * _dot(lags, lag_nn)
            t3 += 4 * sum((density * x * v).sum() for x, v in zip(both, nu, strict=True))
            total = self.c**2 * (4 * t1 + sign * (2 * t2 + t3))
            if m == n:
                total += (density * form[m]).sum() / scale_of(k, m)
            found[Entry(m, n)] = self.line.step * total
        return found

    def _singled(self, tables: list[list[Array]], sign: int) -> dict[Subject, Mpfr]:
        """By counting: raw moments of the one (h) and of each of the others (s)."""
        k, density = self.point.k, self.product(tables)
        counts = [count for _, count, _ in self.parts]
        one = tables[counts.index(1) if 1 in counts else 0]
        each = tables[counts.index(max(counts))]
        h, h2, s, s2 = one[1] / one[0], one[2] / one[0], each[1] / each[0], each[2] / each[0]
        if len(counts) == 1:
            density = one[0] ** k
        pairs = 2 * (k - 1) * h * s + (k - 1) * (k - 2) * s**2
        cubic = (k - 1) * h * (s2 + (k - 2) * s**2)
        cubic += (k - 1) * s * (h2 + 2 * (k - 2) * h * s + (k - 2) * (s2 + (k - 3) * s**2))
        quartic = 4 * (k - 1) * h2 * s2 + 2 * (k - 1) * (k - 2) * s2**2
        quartic += 4 * (k - 1) * (k - 2) * (h2 * s**2 + s2 * s * (2 * h + (k - 3) * s))
        quartic += (k - 1) * (k - 2) * (k - 3) * s**3 * (4 * h + (k - 4) * s)
        departure = pairs * k / (k - 1)
        radial = departure + self.c**2 * k / (k - 1) * (4 * cubic + sign * (2 * pairs + quartic))
        same = h * s2 + s * h2 + (k - 2) * s * s2  # B_aa
        cross = 3 * h * s**2 + (k - 3) * s**3  # B_ab
        lag = 2 * h * s + (k - 2) * s**2  # C_a
        square = 2 * h2 * s2 + (k - 2) * s2**2 + 2 * h2 * s**2 + 4 * s2 * h * s  # C_a²
        square += 2 * (k - 3) * s2 * s**2 + 4 * (k - 3) * h * s**3 + (k - 3) * (k - 4) * s**4
        mixed = 4 * h2 * s**2 + 8 * s2 * h * s + 4 * (k - 3) * s2 * s**2  # C_a C_b
        mixed += 4 * (k - 4) * h * s**3 + (k - 4) ** 2 * s**4
        even = departure + self.c**2 * (
            4 * same + 2 * mixed + sign * (4 * cross + 2 * lag + 2 * square)
        )
        return {
            Singled.RADIAL: self.line.step * (density * radial).sum(),
            Singled.EVEN: self.line.step * (density * even).sum(),
        }


def effects(
    moments: Moments, errors: Mapping[str, Sequence[Mpfr]], second: bool
) -> dict[Subject, dict[str, Fraction]]:
    """For each quantity, how much each named error of the P_a can move it, one after another."""
    stages, total = [], [gmpy2.mpfr(0)] * 3
    for extra in ([gmpy2.mpfr(0)] * 3, *errors.values()):
        total = [x + y for x, y in zip(total, [*extra, gmpy2.mpfr(0)][:3], strict=True)]
        tables = moments.raised(total)
        stages.append(moments.second(tables, 1) if second else moments.factors(tables))
    return {
        quantity: {
            name: _fraction(stages[n + 1][quantity] - stages[n][quantity])
            for n, name in enumerate(errors)
        }
        for quantity in stages[0]
        if quantity not in ("whole", "pairs")
    }


def component_groups(point: Orbit) -> list[int]:
    """For each component the position of its weight among the distinct ones."""
    distinct = list(dict.fromkeys(value for value, _ in point.weights))
    return [distinct.index(value) for value, count in point.weights for _ in range(count)]


def scale_of(k: int, m: int) -> Mpfr:
    return gmpy2.sqrt(gmpy2.mpfr(1 if 2 * m == k else 2) / k)


def profile_of(k: int, m: int) -> list[Mpfr]:
    turn = 2 * gmpy2.const_pi() / k
    return [scale_of(k, m) * (1 - gmpy2.cos(turn * (m * a % k))) for a in range(k)]


def _dot(left: Sequence[Mpfr], right: Sequence[Mpfr]) -> Mpfr:
    return sum((x * y for x, y in zip(left, right, strict=True)), gmpy2.mpfr(0))


def _fraction(value: Mpfr) -> Fraction:
    numerator, denominator = value.as_integer_ratio()
    return Fraction(int(numerator), int(denominator))
