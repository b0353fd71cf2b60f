"""What L and g_m depend on: the energies of θ alone (S8), from the centraliser of R."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .calculus import Vector, circulant, dot, fourier, times, transposed
from .legacy import Derivation, Step, Term, conclude
from .legacy import ORTHOGONAL
from .rational import instances
from .symbolic import SymbolicModel

INVARIANCE = "N(0, I) is invariant under orthogonal maps"
MULTIPLICITY = (
    "every frequency of R has multiplicity one (with higher multiplicity the unitary group of "
    "the isotypic part takes the place of the circle; it is transitive on spheres too)"
)

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def _transpose_product(m: Any, u: Vector) -> Vector:
    return transposed(m, m.u, circulant(m, m.u, u))


def symmetry(k: int) -> Derivation:
    """S8: L and g_m depend on θ through the energies ``e_m = a_m²`` only.

    >>> symmetry(2).recheck()
    ()
    """
    faults: Faults = (
        ("any U, orthogonal or not", partial(_symmetry, k, product=lambda m, u: u)),
        ("UθU with j + 1 for j", partial(_symmetry, k, offset=1)),
        ("twice the phase factor", partial(_symmetry, k, factor=2)),
    )
    if k > 2:
        square = partial(_symmetry, k, product=lambda m, u: circulant(m, m.u, circulant(m, m.u, u)))
        faults += (("U² in place of UᵀU", square),)
    return _symmetry(k, faulty=faults)


def _symmetry(
    k: int,
    product: Callable[[Any, Vector], Vector] = _transpose_product,
    offset: int = 0,
    factor: int = 1,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def moved(m: Any) -> Any:
        x, theta = (circulant(m, m.u, vector) for vector in (m.x, m.theta))
        return [dot(x, m.turn(theta, j)) for j in range(k)]

    steps = (
        Step(
            "A real U that commutes with R is a polynomial Σ_l u_l R^l in it, and conversely.",
            term(r"UR\,v", lambda m: circulant(m, m.u, m.turn(m.v, 1))),
            term(r"RU\,v", lambda m: m.turn(circulant(m, m.u, m.v), 1)),
            "powers of R commute; a matrix commuting with a multiplicity-free R has this form",
        ),
        Step(
            "Such a U moves x and θ together at no cost when UᵀU = I: the E_j stay, so w_j(Ux;Uθ) "
            "= w_j(x;θ), and Ux is distributed as x.",
            term(r"\langle Ux,R^jU\theta\rangle", moved),
            term(
                r"\langle U^TUx,R^j\theta\rangle",
                lambda m: [dot(product(m, m.x), m.turn(m.theta, j + offset)) for j in range(k)],
            ),
            "U commutes with R^j",
        ),
        Step(
            "U is orthogonal iff its phases û_m have modulus 1.",
            term(r"U^TUf_m", lambda m: [product(m, m.mode(f)) for f in range(k)]),
            term(
                r"|\hat u_m|^2f_m",
                lambda m: [
                    times(fourier(m, m.u, f) * fourier(m, m.u, -f), m.mode(f)) for f in range(k)
                ],
            ),
            "S3 with u for π",
        ),
        Step(
            "U multiplies the Fourier coefficient of θ by û_m; so it reaches every vector with "
            "the same |θ̂_m|, with the choice û_m = θ̂'_m/θ̂_m.",
            term(
                r"\widehat{(U\theta)}_m",
                lambda m: [dot(m.mode(-f), circulant(m, m.u, m.theta)) for f in range(k)],
            ),
            term(
                r"\hat u_m\hat\theta_m",
                lambda m: [
                    factor * fourier(m, m.u, f) * dot(m.mode(-f), m.theta) for f in range(k)
                ],
            ),
            "the transpose of R is R^{-1}",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="S8",
        title="L and g_m depend on the energies only",
        statement_tex=(
            r"$L(U\theta)=L(\theta)$ and $g_m(U\theta)=g_m(\theta)$ for every orthogonal $U$ "
            r"commuting with $R$, and these $U$ are transitive on the $\theta$ of given energies "
            r"$e_m=a_m^2$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, INVARIANCE, MULTIPLICITY),
        steps=steps,
        depends=("S1", "S3", "S6"),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )
