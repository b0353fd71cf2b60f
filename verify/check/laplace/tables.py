"""The checker's own Laplace integrals: moments of independent components on a grid of τ, in MPFR.

With ``P_a(τ) = E e^{a(τ+cg)} exp(−e^{τ+cg})`` and its tilted moments ``ρ = P_1/P_0``, ``ν = P_2/P_0
− ρ²``, everything at a regular-simplex orbit is an integral over τ of a polynomial in moments of
the components. The same polynomials with all signs positive say how the errors of the P_a are
felt. Written apart from every engine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check.laplace.turns import FEW, apart, farthest_apart, squares, whole
from overspec.verify.check.subject import Entry, Singled, Subject
from overspec.verify.check.value import Mpfr, Orbit, counted, is_singled, number

Array = Any  # numpy arrays of MPFR numbers

_exp = np.frompyfunc(gmpy2.exp, 1, 1)

MPFR = 60  # what an operation in MPFR costs, beside one in doubles
PACKED = 10  # one of many in a product of long integers
SPARE = 40  # bits of the precision that the fixed-point numbers of the tables leave unused


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
        self.parts = [(number(w), n) for w, n in counted(point.weights).items()]
        n, step = line.inner, line.step
        scale = step / c
        bell = _exp(np.array([-((scale * j) ** 2) / 2 for j in range(-n, n + 1)], object))
        bell = bell * (scale / gmpy2.sqrt(2 * gmpy2.const_pi()))
        shift = gmpy2.mpfr(gmpy2.mpq(line.shift.numerator, line.shift.denominator))
        places = range(line.first - n, line.last + n + 1)
        rising = _exp(np.array([(place + shift) * step for place in places], object))
        bits = gmpy2.get_context().precision - SPARE
        kernel = whole(bell, bits)
        unit = gmpy2.exp2(-2 * bits)
        self.tables = []
        for weight, _ in self.parts:
            power = weight * rising
            term = _exp(-power)
            rows = []
            for _ in range(degree + 1):
                sums = _correlation(whole(term, bits), kernel)
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
        for rows, (_, count) in zip(tables, self.parts, strict=True):
            whole = whole * rows[0] ** count
        return whole

    def factors(self, tables: list[list[Array]]) -> dict[Subject, Mpfr]:
        """``∫ Π P_0`` and what `departures` consist of.

        "pairs" is ``∫ Σ_{i≠j} P_1 P_1 Π P_0``, "whole" the same with i = j, where P_0 divides.
        """
        density, ratios = self._density(tables)
        total = sum(q * n for q, (_, n) in zip(ratios, self.parts, strict=True))
        alone = sum(q * q * n for q, (_, n) in zip(ratios, self.parts, strict=True))
        return {
            "log_partition": density.sum(),
            "whole": (density * total**2).sum(),
            "pairs": (density * (total**2 - alone)).sum(),
        }

    def _density(self, tables: list[list[Array]]) -> tuple[Array, list[Array]]:
        return self.line.step * self.product(tables), [rows[1] / rows[0] for rows in tables]

    def departures(self, tables: list[list[Array]]) -> list[Mpfr]:
        """``1 − g_m = ∫ ((Σ_i q_i)² − |Σ_i q_i ω^{mi}|²) Π P_0`` of each m wanted."""
        density, ratios = self._density(tables)
        if len(self.parts) <= FEW:
            return apart(self.point, ratios, density, self.wanted)
        total = sum(q * n for q, (_, n) in zip(ratios, self.parts, strict=True))
        every = squares(self.point, ratios, self.wanted, len(density) * self.line.step)
        return [(density * (total**2 - square)).sum() for square in every]

    def farthest(self, tables: list[list[Array]]) -> Mpfr:
        """The largest of the `departures`."""
        if len(self.parts) > FEW:
            return max(self.departures(tables))
        density, ratios = self._density(tables)
        return farthest_apart(self.point, ratios, density, self.wanted)

    def second(self, tables: list[list[Array]]) -> dict[Subject, Mpfr]:
        """``1 − λ`` of the two eigenvalues, or ``δ − ∂²L`` of the entries; see `check_hessian`."""
        return self._singled(tables, -1) if self._is_singled() else self._matrix(tables)

    def largest(self, tables: list[list[Array]]) -> dict[Subject, Mpfr]:
        """The same with coefficients ≥ 0, no less than the absolute values of those of `second`.

        As polynomials in the P_a. Of the entries, by ``v ≤ 2s``: ``2δ T2 + c² s s' (8 T2 + 16 T3 +
        4 T4)``, T_n the products of n components that occur.
        """
        if self._is_singled():
            return self._singled(tables, 1)
        k, density = self.point.k, self.line.step * self.product(tables)
        two, three, four = ((density * x).sum() for x in self._neighbours(tables))
        found: dict[Subject, Mpfr] = {}
        for m, n in itertools.combinations_with_replacement(range(1, k // 2 + 1), 2):
            found[Entry(m, n)] = 8 * two + 16 * three + 4 * four
            found[Entry(m, n)] *= self.c**2 * scale_of(k, m) * scale_of(k, n)
            if m == n:
                found[Entry(m, n)] += 2 * two
        return found

    def _is_singled(self) -> bool:
        counts = [count for _, count in self.parts]
        return self.point.k > 3 and (len(counts) == 1 or (len(counts) == 2 and 1 in counts))

    def _neighbours(self, tables: list[list[Array]]) -> list[Array]:
        """``Σ ij``, ``Σ ijl``, ``Σ iji'j'``, where i ≠ j, i ≠ l and i' ≠ j', by power sums.

        A component counts as q = P_1/P_0, and as r = P_2/P_0 where it occurs twice. Components that
        differ give ``p1² − p2``, ``p1³ − 3p1p2 + 2p3``, …
        """
        ratios = [(rows[1] / rows[0], rows[2] / rows[0], n)
                  for rows, (_, n) in zip(tables, self.parts, strict=True)]  # fmt: skip
        p1, p2, p3, p4 = (sum(n * q**power for q, _, n in ratios) for power in (1, 2, 3, 4))
        v1, v2 = (sum(n * r**power for _, r, n in ratios) for power in (1, 2))
        once, square = (sum(n * r * q**power for q, r, n in ratios) for power in (1, 2))
        two = p1**2 - p2
        three = v1 * p1 - once + p1**3 - 3 * p1 * p2 + 2 * p3
        four = 2 * (v1**2 - v2)  # the same pair, twice in either order
        four += 4 * (v1 * two - 2 * once * p1 + 2 * square)  # one in common
        four += p1**4 - 6 * p1**2 * p2 + 3 * p2**2 + 8 * p1 * p3 - 6 * p4
        return [two, three, four]

    def _matrix(self, tables: list[list[Array]]) -> dict[Subject, Mpfr]:
        """``δ Q/s + c² (8 T1 − 2 T2 − 6 T3)``: T1 = Σ w V V', T2 = Σ w w v v', T3 = Q Q'."""
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
            total = self.c**2 * (4 * t1 - 2 * t2 - t3)
            if m == n:
                total += (density * form[m]).sum() / scale_of(k, m)
            found[Entry(m, n)] = self.line.step * total
        return found

    def _singled(self, tables: list[list[Array]], sign: int) -> dict[Subject, Mpfr]:
        """By counting: raw moments of the one (h) and of each of the others (s)."""
        k, density = self.point.k, self.product(tables)
        counts = [count for _, count in self.parts]
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


def work_of(point: Orbit, given: Mapping[str, Any], bits: int, wanted: int, second: bool) -> float:
    """About how many products of doubles the integrals on a grid are worth."""
    nodes = max(0, given["last"] - given["first"]) + 1
    terms = nodes + 2 * given["inner"]
    groups = len(counted(point.weights))
    dear = MPFR * (1 + (bits / 400) ** 1.6)
    work = groups * (3 if second else 2) * terms * (4 * dear + bits * math.log2(terms + 2) / 8)
    work += 8 * terms * dear + nodes * groups * 8 * dear
    if groups <= FEW:  # the sums of roots are kept: `cover.spectrum` has paid for them
        work += groups * (groups + 1) / 2 * (nodes * dear + wanted * PACKED)
    else:
        work += 2 * wanted * nodes * (groups * bits**2 / 16000 + dear)
        work += wanted * len(point.weights) * 4 * dear
    if second and is_singled(point):
        work += 150 * nodes * dear
    elif second:
        k, active = point.k, point.k // 2
        work += nodes * dear * (3 * k * k + active * k * k + 6 * k * active * (active + 1) / 2)
    return float(work)


def effects(
    moments: Moments, errors: Mapping[str, Sequence[Mpfr]], second: bool
) -> dict[Subject, dict[str, Fraction]]:
    """For each quantity, how much each named error of the P_a can move it, one after another."""
    stages, total = [], [gmpy2.mpfr(0)] * 3
    for extra in ([gmpy2.mpfr(0)] * 3, *errors.values()):
        total = [x + y for x, y in zip(total, [*extra, gmpy2.mpfr(0)][:3], strict=True)]
        tables = moments.raised(total)
        stages.append(moments.largest(tables) if second else moments.factors(tables))
        if not second:
            names = (f"g{m}" for m in moments.wanted)
            stages[-1] |= dict(zip(names, moments.departures(tables), strict=True))
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
