"""A = Σ_j π_j R^j: circulant form and eigenvalues (S3), Hessian at the optimum (S4), conditions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import gcd
from typing import Any

import sympy

from ..errors import InputError
from ..mixture import Mixture
from ..weights import MAX_LISTED
from .calculus import (
    Vector,
    circulant,
    dot,
    fourier,
    identity,
    minus,
    plus,
    responsibilities,
    times,
    transposed,
)
from .conditions import Condition, coordinates, invertibility_condition, real_polynomial
from .cyclotomic import (
    Terms,
    dft_energy,
    energy_terms,
    null_frequencies,
    null_orders,
    sum_sign,
)
from .legacy import Derivation, Step, Term, conclude
from .legacy import EXCHANGE, ORTHOGONAL
from .rational import instances
from .symbolic import SymbolicModel

NORMALISED = "the weights sum to 1"
WHITE = "the data are N(0, I), used through E xxᵀ = I only"

__all__ = [
    "Condition",
    "dft_eigenvalues",
    "hessian_at_optimum",
    "invertibility_condition",
    "invertible",
    "local_rate",
]

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


def invertible(mixture: Mixture) -> bool:
    """Whether A is invertible, ``π̂_m ≠ 0`` for every m ∈ F(R): decided exactly.

    >>> invertible(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    True
    >>> invertible(Mixture.simplex(10**12, "uniform"))
    False
    """
    if not mixture.weights.is_rational:
        return not null_frequencies(mixture.weights, mixture.action)
    k = mixture.k
    for n in null_orders(mixture.weights):
        step = k // n
        for band in (band for band, _ in mixture.action.bands if band):
            multiples = range(-(-max(band[0], 1) // step), band[-1] // step + 1)
            if any(gcd(u, n) == 1 for u in multiples):
                return False
    return True


def local_rate(mixture: Mixture) -> sympy.Expr:
    """``1 − min_m |π̂_m|²`` over F(R): the local contraction factor of EM (math.md S4, T1).

    Returns:
        The exact value, as `dft_energy` writes it; which frequency has the least energy is
        decided by exact zero tests and enclosures, never by rounding.

    Raises:
        InputError: weights of so many different entries that k energies cannot be compared.

    >>> local_rate(Mixture.simplex(4, "2/5,3/10,1/5,1/10"))
    24/25
    """
    weights, k = mixture.weights, mixture.k
    if not invertible(mixture):
        return sympy.Integer(1)
    ends = (m for band, _ in mixture.action.bands if band for m in (band[0], band[-1]))
    frequencies = [m for m in ends if m]
    if not frequencies:
        return sympy.Integer(0)  # R = I: the eigenvalue is 1
    first = energy_terms(weights, frequencies[0])
    if first is not None and set(first) <= {0} and _one_entry(mixture):
        return 1 - dft_energy(weights, frequencies[0])  # |π̂_m| is the same for all m ≠ 0
    if k > MAX_LISTED // 100:
        raise InputError(f"k = {k}: the energies of these weights are too many to compare")
    least, best = 0, Terms()
    for m in sorted(set(mixture.action.frequencies)):
        if m == 0:
            continue
        terms = energy_terms(weights, m)
        assert terms is not None  # k is small enough to list
        scale = gcd(m, k)
        lifted = {e * scale: c for e, c in terms.items()}
        if not least or _less(k, lifted, best):
            least, best = m, lifted
    return 1 - dft_energy(weights, least)


def _one_entry(mixture: Mixture) -> bool:
    """Whether all weights but one are equal."""
    counts: dict[Any, int] = {}
    for value, count in mixture.weights.runs:
        counts[value] = counts.get(value, 0) + count
    return len(counts) == 1 or (len(counts) == 2 and min(counts.values()) == 1)


def _less(k: int, a: Terms, b: Terms) -> bool:
    difference = dict(a)
    for e, c in b.items():
        difference[e] = difference.get(e, Fraction(0)) - c
    return sum_sign(k, difference) < 0


def dft_eigenvalues(k: int) -> Derivation:
    """S3: A commutes with R, is circulant, and has the eigenvalue π̂_m on frequency m.

    >>> dft_eigenvalues(2).recheck()
    ()
    """
    faults: Faults = (
        ("the eigenvalue of the next frequency", partial(_dft_eigenvalues, k, shift=1)),
        ("π̂ without π_0", partial(_dft_eigenvalues, k, first=1)),
        ("modes of squared norm k − 1", partial(_dft_eigenvalues, k, norm=k - 1)),
        ("twice the energy", partial(_dft_eigenvalues, k, factor=2)),
    )
    if k > 2:
        faults += (("the conjugate eigenvalue", partial(_dft_eigenvalues, k, turn=-1)),)
    return _dft_eigenvalues(k, faulty=faults)


def _dft_eigenvalues(
    k: int,
    shift: int = 0,
    first: int = 0,
    norm: int | None = None,
    factor: int = 1,
    turn: int = 1,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))
    length = k if norm is None else norm
    planes = range(1, k // 2 + 1)

    def eigenvalue(m: Any, frequency: int) -> Any:
        return sum(m.pi[j] * m.zeta((turn * frequency + shift) * j) for j in range(first, k))

    def energy(m: Any, frequency: int) -> Any:
        n, sums, forms = coordinates(k, frequency, m.pi)
        even = [(m.zeta(r * k // n) + m.zeta(-r * k // n)) / 2 for r in range(n)]
        odd = [(m.zeta(r * k // n) - m.zeta(-r * k // n)) / 2 for r in range(n)]
        value = real_polynomial(n, sums, forms, even.__getitem__, odd.__getitem__, -1)
        return factor * (value**2 if n == 2 else value)

    def gram(m: Any) -> Any:
        images = [circulant(m, m.pi, m.turn(m.v, b)) for b in range(k)]
        return [[dot(m.turn(m.v, a), images[b]) for b in range(k)] for a in range(k)]

    def shifted(m: Any) -> Any:
        along = [dot(m.v, m.turn(m.v, r)) for r in range(k)]
        row = [sum(m.pi[j] * along[(j + r) % k] for j in range(k)) for r in range(k)]
        return [[row[(b - a) % k] for b in range(k)] for a in range(k)]

    steps = (
        Step(
            "A is a polynomial in R.",
            term(r"AR\,v", lambda m: circulant(m, m.pi, m.turn(m.v, 1))),
            term(r"RA\,v", lambda m: m.turn(circulant(m, m.pi, m.v), 1)),
            "powers of R commute",
        ),
        Step(
            "On the orbit of any vector the form of A depends on b − a alone: circulant.",
            term(r"\langle R^av,AR^bv\rangle", gram),
            term(r"\sum_j\pi_j\langle v,R^{j+b-a}v\rangle", shifted),
            "R is orthogonal",
        ),
        Step(
            "The modes f_m, on which R acts as ω^m, diagonalise A.",
            term(r"Af_m", lambda m: [circulant(m, m.pi, m.mode(f)) for f in range(k)]),
            term(
                r"\hat\pi_mf_m",
                lambda m: [times(eigenvalue(m, f), m.mode(f)) for f in range(k)],
            ),
            "R^j f_m = ω^{mj} f_m",
        ),
        Step(
            "The modes are a basis, so A has no other eigenvalue: A is invertible iff π̂_m ≠ 0 "
            "for every frequency of R.",
            term(
                r"\overline{f_m}\cdot f_l",
                lambda m: [[dot(m.mode(-a), m.mode(b)) for b in range(k)] for a in range(k)],
            ),
            term(r"k\,\delta_{ml}", lambda m: identity(k, m.s * 0 + length)),
            "geometric sums of roots of unity",
        ),
        Step(
            "The eigenvalue vanishes iff a real polynomial of the weights does.",
            term(
                r"\hat\pi_m\overline{\hat\pi_m}",
                lambda m: [fourier(m, m.pi, f) * fourier(m, m.pi, -f) for f in planes],
            ),
            term(r"|\hat\pi_m|^2(\pi)", lambda m: [energy(m, f) for f in planes]),
            "reduce modulo the cyclotomic polynomial of order k/gcd(m,k); sum of squares",
        ),
    )
    statement = conclude(steps)
    conditions = ", ".join(f"${c.tex}$" for c in invertibility_condition(k))
    return Derivation(
        id="S3",
        title="A is circulant with DFT eigenvalues",
        statement_tex=(
            r"$A=\sum_j\pi_jR^j$ is invertible iff $\hat\pi_m\ne0$ for all $m\in F(R)$; "
            rf"for $k={k}$ and the simplex: {conditions}. Because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL,),
        steps=steps,
        depends=(),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def hessian_at_optimum(k: int) -> Derivation:
    """S4: ``DM(0) = I − AᵀA``, ``∇²L(0) = AᵀA`` with eigenvalues ``|π̂_m|²``.

    >>> hessian_at_optimum(2).recheck()
    ()
    """
    faults: Faults = (
        ("I + AᵀA: a sign", partial(_hessian_at_optimum, k, sign=-1)),
        ("A in place of AᵀA", partial(_hessian_at_optimum, k, product=lambda m, u: _a(m, u))),
        ("twice |π̂_m|²", partial(_hessian_at_optimum, k, factor=2)),
    )
    if k > 2:
        square = partial(_hessian_at_optimum, k, product=lambda m, u: _a(m, _a(m, u)))
        faults += (("A² in place of AᵀA", square),)
    return _hessian_at_optimum(k, faulty=faults)


def _a(m: Any, u: Vector) -> Vector:
    return circulant(m, m.pi, u)


def _ata(m: Any, u: Vector) -> Vector:
    return transposed(m, m.pi, _a(m, u))


def _hessian_at_optimum(
    k: int,
    sign: int = 1,
    product: Callable[[Any, Vector], Vector] = _ata,
    factor: int = 1,
    faulty: Faults = (),
) -> Derivation:
    term = partial(Term.of, SymbolicModel.of(k))

    def scatter(m: Any) -> Any:
        parts = (times(m.pi[j], _flat(m, j)) for j in range(k))
        mean = transposed(m, m.pi, m.x)
        return minus(plus(*parts), tuple(a * b for a in mean for b in mean))

    def limit(m: Any) -> Any:
        d, total = len(m.x), sum(m.pi)
        unit = identity(d, m.s * 0 + 1)
        columns = [product(m, unit[b]) for b in range(d)]
        return tuple(total * unit[a][b] - sign * columns[b][a] for a in range(d) for b in range(d))

    steps = (
        Step(
            "At θ = 0 the responsibilities are the weights.",
            term(
                r"w_j(x;0)\textstyle\sum_l\pi_l",
                lambda m: times(sum(m.pi), responsibilities(m.at_zero())),
            ),
            term(r"\pi_j", lambda m: m.pi),
            "all E_j are 1",
        ),
        Step(
            "So by S5 the Jacobian at 0 is the expectation of a quadratic form in x.",
            term(r"E\,\mathrm{Cov}_{j\sim\pi}(R^{-j}x)", lambda m: m.expect(scatter)),
            term(r"\textstyle(\sum_j\pi_j)I-A^TA", limit),
            "E xxᵀ = I and R^{-j}R^j = I",
        ),
        Step(
            "The modes of R diagonalise AᵀA.",
            term(r"A^TAf_m", lambda m: [_ata(m, m.mode(f)) for f in range(k)]),
            term(
                r"|\hat\pi_m|^2f_m",
                lambda m: [
                    times(factor * fourier(m, m.pi, f) * fourier(m, m.pi, -f), m.mode(f))
                    for f in range(k)
                ],
            ),
            "S3, and the transpose of R is R^{-1}",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="S4",
        title="Hessian at the optimum",
        statement_tex=(
            r"$DM(0)=I-A^TA$ and $\nabla^2L(0)=A^TA$ with eigenvalues $|\hat\pi_m|^2$, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + r" and $\sum_j\pi_j=1$."
        ),
        statement=statement,
        hypotheses=(ORTHOGONAL, EXCHANGE, NORMALISED, WHITE),
        steps=steps,
        depends=("S2", "S3", "S5"),
        witnesses=instances(k),
        faulty=faulty,
        root=k,
    )


def _flat(m: Any, j: int) -> Vector:
    """``R^{-j}x (R^{-j}x)ᵀ`` as one vector of entries."""
    point = m.turn(m.x, -j)
    return tuple(a * b for a in point for b in point)
