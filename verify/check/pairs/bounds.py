"""What each line of a budget of the engine ``pairs`` must come to, from the parameters, in mpmath.

With S = e^t P(u) + e^{−t} Q(v), P = π_0 e^u + π_2 e^{−u}, Q = π_1 e^v + π_3 e^{−v} at k = 4, every
number is a sum over frequencies ξ = (n + ½)η of transforms of sech², tanh or log cosh times two
sums over nodes x = ih. The errors (derived in math.md) are: images of the sum over ξ, at
distance Λ = 2π/η; the frequencies left out; aliasing of the nodes on contours x ± iy; the nodes
left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import gmpy2

from overspec.verify.check.bounds import pair, rational, real
from overspec.verify.check.subject import Entry, Subject
from overspec.verify.check.value import Place, Purse, fraction

Real = Any
TERM = 2000  # operations of a term of a bound, at 40 digits

#: For each number: how it weighs the sums of ξ^−1, 1, ξ, and whether E f stands in it alone.
WEIGHTS: dict[Subject, tuple[tuple[Fraction, Fraction, Fraction], int]] = {
    name: ((Fraction(a), Fraction(b), Fraction(c)), alone)
    for name, a, b, c, alone in (
        ("log_partition", 1, 0, 0, 0),
        ("g1", 0, 1, Fraction(1, 2), 1),
        ("g2", 0, 0, 1, 0),
        (Entry(1, 1), 0, 1, 1, 1),
        (Entry(1, 2), 0, 0, Fraction(1, 2), 0),
        (Entry(2, 2), 0, 0, 1, 0),
    )
}


def broken(point: Place, given: Mapping[str, Any]) -> str:
    """The first hypothesis that does not hold, or ""."""
    if point.k != 4:
        return "k = 4"
    if not (given["spacing"] > 0 and 0 < given["slope"] <= 2):
        return "0 < spacing, 0 < slope <= 2"
    first = _amplitudes(point)[0]
    step, height, reach = given["step"], given["height"], given["reach"]
    if first == 0 and step == 0 and reach == 0:
        return ""
    phase = real(height) * first
    if not (0 < step <= Fraction("6.28") and height > 0 and phase < phase.context.pi / 2):
        return "0 < step <= 2 pi, 0 < height and height * a_1 < pi/2"
    return "" if reach >= 0 and (reach + 1) * step >= 2 else "the last node is beyond 2"


def lines(
    point: Place, given: Mapping[str, Any], purse: Purse
) -> dict[Subject, dict[str, Fraction]]:
    """The bounds of every number, where no hypothesis is broken.

    Raises:
        TooCostly: too many terms.
    """
    purse.spend(TERM * given["terms"], "the bounds of the sums over frequencies")
    a, b = _amplitudes(point)
    context = a.context
    with gmpy2.context(gmpy2.get_context(), precision=140):
        p = point.pi()
        masses = [real(fraction(p[j] + p[j + 2])) for j in (0, 1)]
    logs = [context.log(mass) for mass in masses]
    images = _images(given, a, b, abs(logs[0] - logs[1]))
    # sums over nodes: Q, what lies beyond the last, both for |f| ≤ x²
    if given["step"]:
        h, y = real(given["step"]), real(given["height"])
        phase, last = a * y, (given["reach"] + 1) * h
        shift = pair(context, 2 * context.pi * y / h) * context.exp(y * y / 2)
        secant = 1 / context.cos(phase)
        aliased = shift * (1 + y * y) * secant**2
        ratio = (1 + h / last) ** 2 * context.exp(-last * h - h * h / 2)
        tail = 2 * h * context.npdf(last) * last**2 / (1 - ratio)
        mass = 1 + pair(context, 2 * (context.pi / h) ** 2)
    else:
        phase = shift = aliased = tail = context.mpf(0)
        secant = mass = context.mpf(1)
    middle = sum(map(abs, logs)) / 2 + a
    plain, grown = [context.mpf(0)] * 3, [context.mpf(0)] * 3
    for n in range(given["terms"]):
        xi, terms = _frequency(given, b, n)
        lift = context.exp(xi * phase / 2)
        plain = [s + t for s, t in zip(plain, terms, strict=True)]
        grown = [s + t * lift for s, t in zip(grown, terms, strict=True)]
    beyond = _beyond(given, b, given["terms"])
    undamped = _beyond(given, context.mpf(0), given["alone"])[0]
    found: dict[Subject, dict[str, Fraction]] = {}
    for name, (weights, single) in WEIGHTS.items():
        is_log = name == "log_partition"
        alone_alias = shift * (middle + context.log(secant) + phase) if is_log else single * aliased
        alone_tail = tail * (middle if is_log else single)
        bound = {
            "images": images[name],
            "frequency tail": _dot(weights, beyond) + (undamped if is_log else 0),
            "aliasing": (1 + mass) * aliased * _dot(weights, grown) + alone_alias,
            "node tail": (1 + mass) * tail * _dot(weights, plain) + alone_tail,
        }
        found[name] = {line: rational(context.mpf(value)) for line, value in bound.items()}
    return found | {"kl": found["log_partition"]}


def _amplitudes(point: Place) -> tuple[Real, Real]:
    with gmpy2.context(gmpy2.get_context(), precision=140):
        first, second = (real(fraction(a)) for a in point.amplitudes())
        return first, second


def _images(given: Mapping[str, Any], a: Real, b: Real, tilt: Real) -> dict[Subject, Real]:
    """``C E |x_1|^i |x_2|^j |x_3|^m e^{s|z|} / (e^{sΛ} − 1)``.

    ``E|x|^i e^{c|x|} ≤ 2(1+c²)^{i/2} e^{c²/2}``.
    """
    context = a.context
    s = real(given["slope"])
    common = context.exp(s * tilt / 2)
    common /= context.expm1(s * 2 * context.pi / real(given["spacing"]))

    def normal(power: int, c: Real) -> Real:
        return 2 * context.exp(c * c / 2) * context.sqrt(1 + c * c) ** power

    def moment(i: int, j: int, m: int) -> Real:
        return common * normal(i, s * a / 2) * normal(j, s * a / 2) * normal(m, s * b)

    # sech² ≤ 4e^{−s|w|} at ±n makes 8, tanh 2, log cosh 4/s
    return {
        "log_partition": 4 / s * moment(0, 0, 0),
        "g1": 6 * moment(0, 0, 0),
        "g2": 8 * moment(0, 0, 0),
        Entry(1, 1): 6 * moment(2, 0, 0) + 4 * moment(1, 1, 0),
        Entry(1, 2): 8 * moment(1, 0, 1),
        Entry(2, 2): 8 * moment(0, 0, 2),
    }


def _frequency(given: Mapping[str, Any], b: Real, n: int) -> tuple[Real, list[Real]]:
    """ξ_n and ``η ξ^r e^{−ξ²b²/2} (1 + b²ξ²)/sinh(πξ/2)``, r = −1, 0, 1."""
    context = b.context
    spacing = real(given["spacing"])
    xi = (n + context.mpf(1) / 2) * spacing
    square = (xi * b) ** 2
    term = spacing * context.exp(-square / 2) * (1 + square) / context.sinh(context.pi * xi / 2)
    return xi, [term / xi, term, term * xi]


def _beyond(given: Mapping[str, Any], b: Real, count: int) -> list[Real]:
    """Geometric sums above all terms from n = count on; infinite where they do not fall."""
    context = b.context
    spacing = real(given["spacing"])
    xi, terms = _frequency(given, b, count)
    fall = context.exp(-context.pi * spacing / 2 - b * b * spacing * (xi + spacing / 2))
    ratios = [fall * ((xi + spacing) / xi) ** power for power in (2, 2, 3)]
    return [t / (1 - q) if q < 1 else context.inf for t, q in zip(terms, ratios, strict=True)]


def _dot(weights: tuple[Fraction, ...], sums: list[Real]) -> Real:
    return sum(real(w) * value for w, value in zip(weights, sums, strict=True) if w)
