"""The Jacobian of Lloyd's map at the regular simplex, exactly (math.md K2).

It commutes with the permutations of the components, so it is a number on each part of
R^k ⊗ V = (scaling) + (rotations Λ²V) + (shapes, k ≥ 4) + 2 V, but for a 2×2 block on 2 V. The
eigenvalue on the rotations is exactly 1, on the scaling 0; the others are below 1, decided for each
k with m_k, N and F enclosed; for k ≤ 5 they are known in closed form. For d > k − 1 see math.md K3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import sympy

from overspec.proofs.language.analysis import Length
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (
    ONE,
    PREFIX,
    ZERO,
    Env,
    Expr,
    Mul,
    Sym,
    Tuple,
    product,
    terms_of,
    total,
)
from overspec.proofs.language.operators import K
from overspec.proofs.language.render import Box, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.lloyd.facets import facet_points, image, motion
from overspec.proofs.lloyd.fixed_point import (
    DECAY,
    SYMMETRIC,
    expected_maximum,
    lloyd_fixed_point,
    power_integral,
)
from overspec.proofs.lloyd.motions import MOTIONS
from overspec.proofs.lloyd.nodes import BIG, PHI, YY, Flow
from overspec.proofs.lloyd.parts import (  # fmt: skip
    Dimension,
    against_one,
    at_k,
    dimensions,
    eigenvalue,
    multiplicity,
    parts_of,
    roots_against_one,
)
from overspec.proofs.machinery.expansion import rational_points, symbolic_point

TRANSPORT = Hypothesis(
    "transport",
    "the facet between cells i and j moves towards j at "
    "(⟨x−c_i,δ_i⟩ − ⟨x−c_j,δ_j⟩)/|c_i−c_j|, and mass and moment change by what it sweeps",
    "Reynolds transport theorem",
)
SCHUR = Hypothesis(
    "Schur",
    "the Jacobian commutes with the permutations of the components, so the image of one motion "
    "that spans a part under them decides that of the part: a number on the scaling, the rotations "
    "Λ²V and the shapes (k ≥ 4), a 2×2 block on translations and sizes, which are two copies of V; "
    "these parts are irreducible, and for symbolic k of the dimensions of the hook length formula",
    "Schur's lemma",
)


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
    (tt, ts), (st, ss) = pair_block(k, m, n, f)
    trace, determinant = tt + ss, tt * ss - ts * st
    root = sympy.sqrt(trace**2 - 4 * determinant)
    found = [
        Eigenvalue(sympy.Integer(0), 1, "scaling"),
        Eigenvalue(sympy.Integer(1), (k - 1) * (k - 2) // 2, "rotation"),
    ]
    if k > 3:
        found.append(Eigenvalue(shape_value(k, m, f), k * (k - 3) // 2, "shape"))
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


def facet_tables(k: Any, m: Any, n: Any, f: Any) -> tuple[Any, ...]:
    w = m / (k * (k - 1))
    p = (k - 3) * f / 3  # ∫ y φ³Φ^{k−3}
    y = (k - 2) * n / 2
    yy, yh, hh = (w + (k - 2) * p) / 2, -p, w - p
    return w, y, -n, yy, yh, hh, f


def pair_block(k: Any, m: Any, n: Any, f: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Images of τ (δ_i = t) and σ (δ_i = t_i e_i), each in the basis (τ, σ)."""
    _, _, _, yy, yh, hh, mixed = facet_tables(k, m, n, f)
    size = m**2 / (k - 1) ** 2
    upper = (k - 2) * (yy - yh) / k
    lower = ((k - 2) * yh - hh - (k - 3) * mixed) / k
    alpha = upper - lower - m * k * n / 2
    beta = -m * k * (k - 2) * n / (2 * (k - 1)) + m * size
    tau = (k**2 * n / 2, k**2 * (size - k * n / 2))
    sigma = (-(k - 1) * alpha / m, (k - 1) * k * (alpha + beta) / m)
    return tau, sigma


def shape_value(k: Any, m: Any, f: Any) -> Any:
    return (k - 1) ** 2 * (m / (k * (k - 1)) - (k - 3) * f / 3 - f) / m


def image_of_rows(k: int, m: Any, n: Any, f: Any, delta: list[list[Any]]) -> list[Any]:
    """``(Jδ)_0`` for any δ with rows of sum 0, from the facet moments; all i are alike."""
    w, y, h, yy, yh, hh, mixed = facet_tables(k, m, n, f)

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


MM, NN, FF = Sym("m", "m_k"), Sym("N"), Sym("F")


@dataclass(frozen=True)
class Motion(Expr):
    """The first row δ_0 of a motion of the centroids, or of its image under the Jacobian."""

    name: str
    rows: Callable[[Any], Any]
    moved: bool = False
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        delta = self.rows(m)
        return tuple(image_of_rows(m.k, m.m, m.N, m.F, delta) if self.moved else delta[0])

    def again(self, m: Any, env: Env) -> Any:
        """From the integrals over the facets, in balls."""
        delta = motion(self.name, m)
        return image(m, delta) if self.moved else tuple(delta[0])

    def box(self) -> Box:
        motion = letter(self.name)
        inner = Row((letter("J"), motion)) if self.moved else motion
        return Script(Row((sign("("), inner, sign(")"))), number(0))


def lloyd_jacobian(k: int) -> Derivation:
    """K2: the Jacobian of Lloyd's map at the simplex on each of its invariant parts.

    >>> lloyd_jacobian(3).recheck()
    ()
    """
    faults: Faults = (
        ("scaling is kept", partial(_lloyd_jacobian, k, scale=1)),
        ("a translation as if R_0 were 0", partial(_lloyd_jacobian, k, offset=0)),
        ("φ² by parts with b − 1", partial(_lloyd_jacobian, k, lost=1)),
        ("one translation more", partial(_lloyd_jacobian, k, extra=1)),
    )
    if k > 2:
        faults += (("rotations doubled", partial(_lloyd_jacobian, k, turn=1)),)
    return _lloyd_jacobian(k, faulty=faults)


def _motion(name: str, moved: bool = False) -> Expr:
    return Motion(name, MOTIONS[name], moved)


def _lloyd_jacobian(
    k: int,
    turn: int = 0,
    scale: int = 0,
    offset: int = 1,
    lost: int = 0,
    extra: int = 0,
    faulty: Faults = (),
) -> Derivation:
    names = ("y", "phi", "Phi", "m", "N", "F")
    sizes = {"a": k, "b": k, "t": k}
    parts = [
        step(
            f"By parts: the moments with one more y, from φ^{b}Φ^{{k−{b}}}.",
            Flow(PHI**b * BIG ** (K - b)),
            (K - b) * PHI ** (b + 1) * BIG ** (K - b - 1)
            - (b - lost) * YY * PHI**b * BIG ** (K - b)
            if k > b
            else -(b - lost) * YY * PHI**b,
            "φ' = −yφ, Φ' = φ",
        )
        for b in ((2,) if k < 4 else (2, 3))
    ]
    scaling = step(
        "Scaling: the cells stay.", _motion("C", True), scale * _motion("C"), "the facets stay"
    )
    rotation = step(
        "Rotations: eigenvalue 1. (Lloyd's map commutes with them; here from the integrals.)",
        _motion("Omega", True),
        (1 + turn) * _motion("Omega"),
        "W = m_k/(k(k−1))",
    )
    (tt, ts), (st, ss) = pair_block(K, MM, NN, FF)
    ts = ts if offset else ts - K**2 * MM**2 / (K - 1) ** 2
    tau, sigma = _motion("tau"), _motion("sigma")
    block = step(
        "Translations τ and changes of size σ mix: a 2×2 block with entries in m_k, N, F.",
        Tuple((_motion("tau", True), _motion("sigma", True))),
        Tuple((tt * tau + ts * sigma, st * tau + ss * sigma)),
        "sum over the facets of a cell",
    )
    shapes: tuple[Theorem, ...] = ()
    if k > 3:
        shapes = (
            step(
                "Shapes: symmetric with zero diagonal.",
                _motion("S", True),
                shape_value(K, MM, FF) * _motion("S"),
                "sum over the facets of a cell",
            ),
        )
    return Derivation(
        id="K2",
        title="the Jacobian of Lloyd's map at the simplex",
        theorem=together(
            _spectrum(
                k,
                lloyd_fixed_point(k).cited(1),
                scaling,
                rotation,
                block,
                dimensions(k, extra),
                *parts,
                *shapes,
            ),
            rotation,
            scaling,
            *shapes,
        ),
        setting=(
            f"k = {k}, N = ∫φ³Φ^{{k−3}}, F = ∫φ⁴Φ^{{k−4}}; C scales, Ω rotates, τ translates, σ "
            "changes sizes and S shapes",
        ),
        model=symbolic_point(k, names, sizes),
        witnesses=rational_points(k, names, sizes),
        reading=facet_points(k),
        faulty=faulty,
    )


def _factor_of(r: Relation, name: str) -> Expr:
    """c in an image c·motion."""
    motion = _motion(name)
    if r.lhs != _motion(name, True):
        raise DoesNotFollow("another motion")
    if r.rhs == motion:
        return ONE
    *factors, last = r.rhs.factors if isinstance(r.rhs, Mul) else (r.rhs,)
    if not factors and last == ZERO:
        return ZERO
    if last != motion:
        raise DoesNotFollow("no eigenvector")
    return product(*factors)


def _spectrum(k: int, *premises: Theorem) -> Theorem:
    """The eigenvalues on the parts, with multiplicities; in modulus below 1 but on rotations."""

    def infer(maximum: Statement, scaling: Statement, rotation: Statement, block: Statement,
              sizes: Statement, *others: Statement) -> Statement:  # fmt: skip
        shapes = [s for s in others if isinstance(relation(s).lhs, Motion)]
        if not all(isinstance(relation(s).lhs, (Motion, Flow)) for s in others):
            raise DoesNotFollow("the moments on the facets are open")
        dims = relation(sizes)
        names = parts_of(k)
        if dims.lhs.parts != (*(Dimension((n,)) for n in names), Dimension(names)):  # type: ignore[attr-defined]
            raise DoesNotFollow("the dimensions of the parts are open")
        count = dict(zip(names, dims.rhs.parts[:-1], strict=True))  # type: ignore[attr-defined]
        found: list[Statement] = []

        def add(name: str, value: Expr) -> None:
            found.append(equals(eigenvalue(name), at_k(k, value)))
            found.append(equals(multiplicity(name), at_k(k, count[name])))
            found.append(Relation(Length(eigenvalue(name)), against_one(k, value), ONE))

        add("C", _factor_of(relation(scaling), "C"))
        if k > 2:
            add("Omega", _factor_of(relation(rotation), "Omega"))
        for shape in shapes:
            add("S", _factor_of(relation(shape), "S"))
        rows = [
            [_along(part, name) for name in ("tau", "sigma")]
            for part in relation(block).rhs.parts  # type: ignore[attr-defined]
        ]
        (tt, ts), (st, ss) = rows
        if k == 2:  # there σ is ½τ: one motion
            add("tau", tt + ts / 2)
            return Both(tuple(found))
        pair = ("tau", "sigma")
        one, two = map(eigenvalue, pair)
        found.append(equals(one + two, at_k(k, tt + ss)))
        found.append(equals(one * two, at_k(k, tt * ss - ts * st)))
        found += [equals(multiplicity(name), at_k(k, count[name])) for name in pair]
        kind = roots_against_one(k, tt + ss, tt * ss - ts * st)
        found += [Relation(Length(e), kind, ONE) for e in (one, two)]
        return Both(tuple(found))

    return Rule("one vector of each part", infer, (SYMMETRIC, TRANSPORT, SCHUR, DECAY))(*premises)


def _along(e: Expr, name: str) -> Expr:
    """The coefficient of a motion in a combination."""
    motion = _motion(name)
    return total(*(term.put({motion: ONE}) for term in terms_of(e) if term.has(motion)))
