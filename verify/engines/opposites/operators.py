"""The forms of which g_m and DM are expectations, in derivatives of each pair.

For a pair, ``e^{−Y}`` with ``Y = y_+ + y_−`` and ``D = y_+ − y_−``; T is ∂/∂τ, O is ∂/∂o, and ``Q =
T² − O²``, so that ``Q e^{−Y} = 4y_+y_−e^{−Y}``. They commute, and ``Σ_s T_s`` is nothing under the
integral over τ. By the heat equation ``∂E f/∂(a_m²) = ½ E D_m f``, where up to multiples of it

    −D_m = R_m = 2 Σ_{s<t} (T_sT_t − C_st X_sX_t) + [m odd] Σ_s Q_s,    X = O for odd m, else T,

    1 − g_m = ∫ E R_m e^{−ΣY} dτ,    DM_mn = δ_mn (1 − g_m) − a_m a_n ∫ E R_mR_n e^{−ΣY} dτ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from overspec.verify.engines.opposites.plan import Doubles, Halves

#: Powers of T, O and Q of one pair.
Power = tuple[int, int, int]
#: A product over the pairs, and the coefficient of each.
Form = Mapping[tuple[Power, ...], float]

NONE: Power = (0, 0, 0)


def form(halves: Halves, m: int) -> Form:
    """R_m."""
    p, cosines = halves.k // 2, halves.cosines(m)
    found: dict[tuple[Power, ...], float] = defaultdict(float)
    for s in range(p):
        if m % 2:
            found[_at(p, {s: (0, 0, 1)})] += 1
        for t in range(s):
            found[_at(p, dict.fromkeys((s, t), (1, 0, 0)))] += 2
            both = (0, 1, 0) if m % 2 else (1, 0, 0)
            found[_at(p, dict.fromkeys((s, t), both))] -= 2 * float(cosines[s, t])
    return dict(found)


def product(one: Form, other: Form) -> Form:
    """R_m R_n."""
    found: dict[tuple[Power, ...], float] = defaultdict(float)
    for a, x in one.items():
        for b, y in other.items():
            both = tuple((i[0] + j[0], i[1] + j[1], i[2] + j[2]) for i, j in zip(a, b, strict=True))
            found[both] += x * y
    return dict(found)


def _at(p: int, powers: Mapping[int, Power]) -> tuple[Power, ...]:
    return tuple(powers.get(s, NONE) for s in range(p))


def functions(p: list[Doubles], r: Doubles) -> dict[Power, Doubles]:
    """Those derivatives of ``E e^{−Y}`` over e that occur, from ``P_n = E Y^n e^{−Y}``.

    With ``D = rY`` and ``q = (1 − r²)Y²``, the polynomials before ``e^{−Y}`` are −Y, −D, Y² − Y,
    rY² − D, D² − Y, q, q(2 − Y), −qD and q² − 4qY + 4q.
    """
    q = 1 - r * r
    return {
        NONE: p[0],
        (1, 0, 0): -p[1],
        (0, 1, 0): -r * p[1],
        (2, 0, 0): p[2] - p[1],
        (1, 1, 0): r * (p[2] - p[1]),
        (0, 2, 0): r * r * p[2] - p[1],
        (0, 0, 1): q * p[2],
        (1, 0, 1): q * (2 * p[2] - p[3]),
        (0, 1, 1): -r * q * p[3],
        (0, 0, 2): q * (q * p[4] - 4 * p[3] + 4 * p[2]),
    }
