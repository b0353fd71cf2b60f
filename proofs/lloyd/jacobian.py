"""The Jacobian of Lloyd's map at the regular simplex, exactly (math.md K2).

It commutes with the permutations of the components, so it is a number on each part of
R^k ⊗ V = (scaling) + (rotations Λ²V) + (shapes, k ≥ 4) + 2 V, but for a 2×2 block on 2 V. The
eigenvalue on the rotations is exactly 1, on the scaling 0; the others are below 1 for k ≤ 5, where
they are known in closed form. For d > k − 1 see math.md K3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy

from overspec.proofs.language.legacy import Derivation, Step, Term, conclude
from overspec.proofs.lloyd.fixed_point import (
    DECAY,
    SYMMETRIC,
    Faults,
    expected_maximum,
    flow,
    power_integral,
)
from overspec.proofs.machinery.expansion import Point, rational_points, symbolic_point

TRANSPORT = (
    "Reynolds transport: the facet between cells i and j moves towards j at "
    "(⟨x−c_i,δ_i⟩ − ⟨x−c_j,δ_j⟩)/|c_i−c_j|, and mass and moment change by what it sweeps"
)
SCHUR = "Schur's lemma: one vector of an irreducible, multiplicity-free part decides its eigenvalue"


@dataclass(frozen=True)
class Eigenvalue:
    """One eigenvalue of Lloyd's Jacobian, exact, with its multiplicity and what moves along it."""

    value: sympy.Expr
    multiplicity: int
    motion: str


def lloyd_spectrum(k: int) -> tuple[Eigenvalue, ...]:
    """The spectrum of Lloyd's Jacobian at the simplex, k(k−1) eigenvalues, 2 ≤ k ≤ 5.

    >>> [(e.motion, e.multiplicity) for e in lloyd_spectrum(3)]
    [('scaling', 1), ('rotation', 1), ('translation and size', 2), ('translation and size', 2)]
    """
    m = expected_maximum(k)
    if k == 2:
        # one cell boundary: a translation moves both centroids by m_2² each
        return (
            Eigenvalue(sympy.Integer(0), 1, "scaling"),
            Eigenvalue(sympy.expand(2 * m**2), 1, "translation"),
        )
    n = power_integral(0, 3, k - 3)
    f = power_integral(0, 4, k - 4) if k > 3 else sympy.Integer(0)
    (tt, ts), (st, ss) = _block(k, m, n, f)
    trace, determinant = tt + ss, tt * ss - ts * st
    root = sympy.sqrt(trace**2 - 4 * determinant)
    found = [
        Eigenvalue(sympy.Integer(0), 1, "scaling"),
        Eigenvalue(sympy.Integer(1), (k - 1) * (k - 2) // 2, "rotation"),
    ]
    if k > 3:
        found.append(Eigenvalue(_shape(k, m, f), k * (k - 3) // 2, "shape"))
    found += [
        Eigenvalue((trace + sign * root) / 2, k - 1, "translation and size") for sign in (1, -1)
    ]
    return tuple(found)


def rotations_alone(k: int) -> bool:
    """Whether every eigenvalue but the rotations' is below 1 (math.md K2), for 2 ≤ k ≤ 5.

    >>> rotations_alone(4)
    True
    """
    return all(bool(e.value < 1) for e in lloyd_spectrum(k) if e.motion != "rotation")


# In R^k: c_i = m k/(k−1) (e_i − 1/k). On the facet g_i = g_j = y ≥ g_l, with W, N, F the integrals
# of φ²Φ^{k−2}, φ³Φ^{k−3}, φ⁴Φ^{k−4}; by parts (step 1 of K2) these three give all moments.


def _tables(k: int, m: Any, n: Any, f: Any) -> tuple[Any, ...]:
    w = m / (k * (k - 1))
    p = (k - 3) * f / 3  # ∫ y φ³Φ^{k−3}
    y = (k - 2) * n / 2
    yy, yh, hh = (w + (k - 2) * p) / 2, -p, w - p
    return w, y, -n, yy, yh, hh, f


def _block(k: int, m: Any, n: Any, f: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Images of τ (δ_i = t) and σ (δ_i = t_i e_i), each in the basis (τ, σ)."""
    _, _, _, yy, yh, hh, mixed = _tables(k, m, n, f)
    size = m**2 / (k - 1) ** 2
    upper = (k - 2) * (yy - yh) / k
    lower = ((k - 2) * yh - hh - (k - 3) * mixed) / k
    alpha = upper - lower - m * k * n / 2
    beta = -m * k * (k - 2) * n / (2 * (k - 1)) + m * size
    tau = (k**2 * n / 2, k**2 * (size - k * n / 2))
    sigma = (-(k - 1) * alpha / m, (k - 1) * k * (alpha + beta) / m)
    return tau, sigma


def _shape(k: int, m: Any, f: Any) -> Any:
    return (k - 1) ** 2 * (m / (k * (k - 1)) - (k - 3) * f / 3 - f) / m


def _image(k: int, m: Any, n: Any, f: Any, delta: list[list[Any]]) -> list[Any]:
    """``(Jδ)_0`` for any δ with rows of sum 0, from the facet moments; all i are alike."""
    w, y, h, yy, yh, hh, mixed = _tables(k, m, n, f)

    def centre(i: int, u: list[Any]) -> Any:
        return m * k * u[i] / (k - 1)  # ⟨c_i, u⟩ for u of sum 0

    def second(i: int, j: int, a: int, b: int) -> Any:
        on = (a in (i, j)) + (b in (i, j))
        if on < 2:
            return yh if on else (hh if a == b else mixed)
        return yy

    total = [m * 0] * k
    for j in range(1, k):
        beta = [p - q for p, q in zip(delta[0], delta[j], strict=True)]
        offset = centre(j, delta[j]) - centre(0, delta[0])
        first = [y if a in (0, j) else h for a in range(k)]
        mass = sum(b * g for b, g in zip(beta, first, strict=True)) + offset * w
        for a in range(k):
            moment = sum(beta[b] * second(0, j, a, b) for b in range(k)) + offset * first[a]
            total[a] = total[a] + moment - (m * k * mass / (k - 1) if a == 0 else 0)
    mean = sum(total) / k
    return [(k - 1) * (value - mean) / m for value in total]


def lloyd_jacobian(k: int) -> Derivation:
    """K2: the Jacobian of Lloyd's map at the simplex on each of its invariant parts.

    >>> lloyd_jacobian(3).recheck()
    ()
    """
    faults: Faults = (
        ("scaling is kept", partial(_lloyd_jacobian, k, scale=1)),
        ("a translation as if R_0 were 0", partial(_lloyd_jacobian, k, offset=0)),
        ("φ² by parts with b − 1", partial(_lloyd_jacobian, k, lost=1)),
    )
    if k > 2:
        faults += (("rotations doubled", partial(_lloyd_jacobian, k, turn=1)),)
    return _lloyd_jacobian(k, faulty=faults)


def _lloyd_jacobian(
    k: int, turn: int = 0, scale: int = 0, offset: int = 1, lost: int = 0, faulty: Faults = ()
) -> Derivation:
    names = ("y", "phi", "Phi", "m", "N", "F")
    sizes = {"a": k, "b": k, "t": k}
    point = symbolic_point(k, names, sizes)
    term = partial(Term.of, point)

    def level(u: Any) -> list[Any]:
        mean = sum(u) / k
        return [value - mean for value in u]

    def axis(i: int, c: Any) -> list[Any]:
        return [c * (int(a == i) * k - 1) / k for a in range(k)]

    def act(m: Point, delta: list[list[Any]]) -> list[Any]:
        return _image(k, m.m, m.N, m.F, delta)

    def scaling(m: Point) -> list[list[Any]]:
        return [axis(i, m.y) for i in range(k)]

    def rotation(m: Point) -> list[list[Any]]:
        a, b = level(m.a), level(m.b)
        return [[a[i] * b[c] - b[i] * a[c] for c in range(k)] for i in range(k)]

    def shape(m: Point) -> list[list[Any]]:
        """A 4-cycle: symmetric, zero diagonal, rows of sum 0."""
        rows = [[m.y * 0] * k for _ in range(k)]
        for i, j, c in ((0, 1, 1), (2, 3, 1), (1, 2, -1), (0, 3, -1)):
            rows[i][j] = rows[j][i] = c * m.y
        return rows

    def pair(m: Point) -> list[list[list[Any]]]:
        t = level(m.t)
        return [[t for _ in range(k)], [axis(i, t[i]) for i in range(k)]]

    def combined(m: Point) -> list[Any]:
        tau, sigma = pair(m)
        images = []
        for row, (along, out) in enumerate(_block(k, m.m, m.N, m.F)):
            if row == 0 and not offset:
                out = out - k**2 * m.m**2 / (k - 1) ** 2
            images.append([along * a + out * b for a, b in zip(tau[0], sigma[0], strict=True)])
        return images

    powers = ((2, k - 2),) if k < 4 else ((2, k - 2), (3, k - 3))
    steps: tuple[Step, ...] = (
        *(
            Step(
                f"By parts: the moments with one more y, from φ^{b}Φ^{c}.",
                flow(
                    point,
                    rf"\tfrac{{d}}{{dy}}(\varphi^{b}\Phi^{{k-{b}}})",
                    lambda y, f, g, b=b, c=c: f**b * g**c,  # type: ignore[misc]
                ),
                term(
                    rf"(k-{b})\varphi^{b + 1}\Phi^{{k-{b + 1}}}-{b}y\varphi^{b}\Phi^{{k-{b}}}",
                    lambda m, b=b, c=c: [  # type: ignore[misc]
                        (c * m.phi ** (b + 1) * m.Phi ** (c - 1) if c else 0)
                        - (b - lost) * m.y * m.phi**b * m.Phi**c
                    ],
                ),
                "φ' = −yφ, Φ' = φ",
            )
            for b, c in powers
        ),
        Step(
            "Scaling: the cells stay.",
            term(r"J(c_i)_0", lambda m: act(m, scaling(m))),
            term("0", lambda m: [scale * v for v in scaling(m)[0]]),
            "the facets stay",
        ),
        Step(
            "Rotations: eigenvalue 1. (Lloyd's map commutes with them; here from the integrals.)",
            term(r"J(\Omega c_i)_0", lambda m: act(m, rotation(m))),
            term(
                r"\Omega c_0",
                lambda m: [(1 + turn) * v for v in rotation(m)[0]],
            ),
            "W = m_k/(k(k−1))",
        ),
        Step(
            "Translations τ and changes of size σ mix: a 2×2 block with entries in m_k, N, F.",
            term(r"(J\tau,J\sigma)_0", lambda m: [act(m, delta) for delta in pair(m)]),
            term(r"(\tau,\sigma)_0\cdot B(m_k,N,F)", combined),
            "sum over the facets of a cell",
        ),
    )
    if k > 3:
        steps += (
            Step(
                "Shapes: symmetric with zero diagonal.",
                term(r"J(Se_i)_0", lambda m: act(m, shape(m))),
                term(
                    r"\tfrac{(k-1)^2}{m_k}\big(\tfrac{m_k}{k(k-1)}-\tfrac{k}3F\big)Se_0",
                    lambda m: [_shape(k, m.m, m.F) * v for v in shape(m)[0]],
                ),
                "sum over the facets of a cell",
            ),
        )
    statement = conclude(steps)
    return Derivation(
        id="K2",
        title="the Jacobian of Lloyd's map at the simplex",
        statement_tex=(
            r"With $N=\int\varphi^3\Phi^{k-3}$, $F=\int\varphi^4\Phi^{k-4}$ the Jacobian $J$ of "
            r"Lloyd's map at the simplex is 1 on rotations, 0 on scaling, and: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(SYMMETRIC, TRANSPORT, SCHUR, DECAY),
        steps=steps,
        depends=("K1",),
        witnesses=rational_points(k, names, sizes),
        faulty=faulty,
    )
