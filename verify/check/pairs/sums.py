"""Proved enclosures at k = 4 in many digits: sums over frequencies and nodes of one dimension each.

With the pairs {0, 2}, {1, 3} of components, P = (1 + tanh z)/2 the weight of the first, s and q the
differences of the shares within them, and x = (x_1, x_2, x_3),

    g_1 = ½E(s²+q²) + ½E(s²−q²) tanh z − ¼E(s²+q²) sech² z,    g_2 = 1 − E sech² z,
    1 − H_11 = ½E[(1−s²)x_1² + (1−q²)x_2²] + ½E[(1−s²)x_1² − (1−q²)x_2²] tanh z
               + ¼E (s x_1 − q x_2)² sech² z,
    −H_12 = ½E x_3 (s x_1 − q x_2) sech² z,    1 − H_22 = E x_3² sech² z,

H = ∂²L/∂a_m∂a_n. z = a_2x_3 + (A − B)/2, A = log(π_0e^{a_1x_1} + π_2e^{−a_1x_1}), so that ``E
f(x_1) g(x_2) e^{iξz} = e^{−ξ²a_2²/2} E f e^{iξA/2} E g e^{−iξB/2}``, and sech² and tanh are Fourier
sums. What they leave out is in `bounds`. Rounding: a term is a product of factors each off by a few
units in the last place, and by ξ|A| of them where a sine is taken; `DEPTH` and the counts of terms
bound all of it together, relative to the sum of the sizes. `lattice` is another way to the same
numbers; it does for few digits.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import gmpy2
import numpy as np

from overspec.verify.check import lattice
from overspec.verify.check.bounds import TOLERANCE
from overspec.verify.check.lattice import Sums
from overspec.verify.check.pairs import bounds
from overspec.verify.check.subject import Entry
from overspec.verify.check.value import Enclosure, Place, Purse, TooCostly, fraction

DEPTH = 128  # operations that lead to one term, and twice as many to be safe
SLOW = 40  # an operation in MPFR, beside one in doubles
FEW = 9  # digits for which lattices do
EACH = 60  # operations for one node at one frequency
TRIES = 12

Array = Any  # of MPFR numbers

_exp, _log = np.frompyfunc(gmpy2.exp, 1, 1), np.frompyfunc(gmpy2.log, 1, 1)
_sin, _cos = np.frompyfunc(gmpy2.sin, 1, 1), np.frompyfunc(gmpy2.cos, 1, 1)


def enclose(place: Place, digits: int, purse: Purse, hessian: bool = True) -> Sums:
    """Enclosures of a width of about 10^-digits; no logarithm.

    Raises:
        TooCostly: more work than the purse holds; not k = 4.
    """
    if place.k != 4:
        raise TooCostly("pairs of components are for k = 4")
    given, errors = _grid(place, digits, purse)
    purse.spend(2 * given["terms"] * (2 * given["reach"] + 1) * EACH * SLOW, "sums over pairs")
    bits = math.ceil(digits * math.log2(10)) + 64
    with gmpy2.context(gmpy2.get_context(), precision=bits, emin=-(10**9), emax=10**9):
        found, slack = _sums(place, given)
        unit = gmpy2.exp2(-bits)

        def around(name: Any, value: Any) -> Enclosure:
            error = fraction(slack * unit) + errors[name] * (1 + TOLERANCE)
            return fraction(value) - error, fraction(value) + error

        factors = [around("g1", found["g1"]), around("g2", found["g2"])]
        active = [m for m, a in enumerate(place.amplitudes(), start=1) if a != 0]
        entries = {
            Entry(m, n): around(Entry(m, n), found[Entry(m, n)])
            for m, n in ((1, 1), (1, 2), (2, 2))
            if hessian and m in active and n in active
        }
    return Sums(None, factors, entries)


def at_amplitudes(place: Place, digits: int, purse: Purse, hessian: bool) -> Sums:
    """The same for k = 4 and 5, by `lattice` where that does."""
    if place.k == 4 and digits > FEW:
        return enclose(place, digits, purse, hessian)
    return lattice.enclose(place, digits, purse, log=False, hessian=hessian)


def _grid(place: Place, digits: int, purse: Purse) -> tuple[dict[str, Any], dict[Any, Fraction]]:
    """Steps and ranges, and what they leave out: at most 10^-digits / 2 of each number."""
    with gmpy2.context(gmpy2.get_context(), precision=60):
        a, b = map(float, place.amplitudes())
        p = [float(w) for w in place.pi()]
    tilt = abs(math.log((p[0] + p[2]) / (p[1] + p[3])))
    aim, goal = Fraction(1, 2 * 10**digits), digits * math.log(10) + 6
    for _ in range(TRIES):
        spread = b * b / 2 + a * a / 4
        # the images fall like e^{−sΛ}, Λ = 2π/spacing, and grow like e^{s²·spread}
        period, slope = min(
            ((goal + s * s * spread + s * tilt / 2 + 4 * math.log(2 + s * (a + b))) / s, s)
            for s in (n / 16 for n in range(1, 33))
        )
        edge = 1.0
        while math.pi * edge / 2 + (edge * b) ** 2 / 2 < goal + 3 * math.log(1 + edge):
            edge *= 1.05
        spacing = _dyadic(2 * math.pi / period)
        terms = math.ceil(edge / spacing) + 2
        given: dict[str, Any] = {
            "spacing": Fraction(spacing), "slope": Fraction(slope), "terms": terms, "alone": terms,
            "step": Fraction(0), "height": Fraction(0), "reach": 0,
        }  # fmt: skip
        if a:
            top = min(math.pi / (2 * a), 2 * math.sqrt(goal))

            def step(y: float, goal: float = goal) -> float:
                lost = y * y / 2 + math.log(1 + y * y) - 2 * math.log(math.cos(a * y))
                return 2 * math.pi * y / (goal + lost)

            y = max((top * n / 200 for n in range(1, 200)), key=step)
            h = _dyadic(min(6.0, step(y)))
            given["step"], given["height"] = Fraction(h), Fraction(_dyadic(y))
            given["reach"] = math.ceil(math.sqrt(2 * goal + 4 * math.log(2 * goal)) / h)
        why = bounds.broken(place, given)
        if why:
            raise TooCostly(f"no sums over pairs: {why}")
        lines = bounds.lines(place, given, purse)
        errors = {name: sum(parts.values(), Fraction(0)) for name, parts in lines.items()}
        worst = max(error for name, error in errors.items() if name not in ("log_partition", "kl"))
        if worst <= aim:
            return given, errors
        goal += max(1.0, math.log(float(worst / aim)) * 1.1)
    raise TooCostly("no sums over pairs reach the digits wanted")


def _dyadic(value: float) -> float:
    """Ten bits of it, not above."""
    mantissa, exponent = math.frexp(value)
    return math.ldexp(math.floor(mantissa * 1024), exponent - 10)


def _number(value: Fraction) -> Any:
    return gmpy2.mpfr(gmpy2.mpq(value.numerator, value.denominator))


def _pair(p: Any, q: Any, a: Any, given: dict[str, Any]) -> tuple[list[Array], Array]:
    """At the nodes: h φ times 1, s², s x, (1 − s²)x², s²x²; A."""
    one = gmpy2.mpfr(1)
    n = given["reach"]
    x = np.array([_number(given["step"] * i) for i in range(-n, n + 1)], object)
    bell = _exp(-x * x / 2) * (
        _number(given["step"]) / gmpy2.sqrt(2 * gmpy2.const_pi()) if given["step"] else one
    )
    left, right = p * _exp(a * x), q * _exp(-a * x)
    whole = left + right
    s = (left - right) / whole
    inside = 4 * left * right / (whole * whole)  # 1 − s², without cancellation
    return [bell, bell * s * s, bell * s * x, bell * inside * x * x, bell * s * s * x * x], _log(
        whole
    )


def _sums(place: Place, given: dict[str, Any]) -> tuple[dict[Any, Any], Any]:
    """The numbers, and by how many units (of 2^−bits) rounding may move each."""
    p, (a, b) = place.pi(), place.amplitudes()
    spacing, half = _number(given["spacing"]), gmpy2.const_pi() / 2
    first, second = _pair(p[0], p[2], a, given), _pair(p[1], p[3], a, given)
    means = [[row.sum() for row in rows] for rows, _ in (first, second)]
    size = max(sum(abs(row).sum() for row in rows) for rows, _ in (first, second))
    largest = max(abs(logs).max() for _, logs in (first, second))
    zero = gmpy2.mpfr(0)
    names = ("sech", "tanh", "square", "across", "spread", "moved", "mixed", "double")
    total = dict.fromkeys(names, zero)
    weight = depth = zero
    for n in range(given["terms"]):
        xi = (gmpy2.mpfr(2 * n + 1) / 2) * spacing
        damped = gmpy2.exp(-((xi * b) ** 2) / 2) * spacing / gmpy2.sinh(half * xi)
        turned = []
        for rows, logs in (first, second):
            cos, sin = _cos(logs * (xi / 2)), _sin(logs * (xi / 2))
            turned.append([(row.dot(cos), row.dot(sin)) for row in rows])

        def both(f: int, g: int, turned: Any = turned) -> tuple[Any, Any]:
            """Real and imaginary part of Φ_f Ψ_g*."""
            (c, d), (e, h) = turned[0][f], turned[1][g]
            return c * e + d * h, d * e - c * h

        one = both(0, 0)
        total["sech"] += damped * xi * one[0]
        total["double"] += damped * xi * (1 - (xi * b) ** 2) * one[0]
        total["tanh"] += damped * (both(1, 0)[1] - both(0, 1)[1])
        total["square"] += damped * xi * (both(1, 0)[0] + both(0, 1)[0])
        total["spread"] += damped * (both(3, 0)[1] - both(0, 3)[1])
        total["moved"] += damped * xi * (both(4, 0)[0] + both(0, 4)[0] - 2 * both(2, 2)[0])
        total["mixed"] -= damped * xi * xi * b * (both(2, 0)[1] - both(0, 2)[1])
        weight += damped * (1 + xi) * (1 + xi) * (1 + (xi * b) ** 2)
        depth = max(depth, xi * (largest + 8))
    counts = 2 * given["reach"] + 1 + given["terms"] + DEPTH
    slack = 8 * (counts + 2 * depth) * (1 + weight) * (1 + size) ** 2
    found: dict[Any, Any] = {
        "g2": 1 - total["sech"],
        "g1": (means[0][1] + means[1][1] + total["tanh"]) / 2 - total["square"] / 4,
        Entry(1, 1): 1 - (means[0][3] + means[1][3] + total["spread"]) / 2 - total["moved"] / 4,
        Entry(1, 2): -total["mixed"] / 2,
        Entry(2, 2): 1 - total["double"],
    }
    return found, slack
