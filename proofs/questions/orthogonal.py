"""Any orthogonal family T_j in place of R^j (math.md section 9, Q1): S6, T7 and global convergence.

The means are ``T_jθ``, the T_j any orthogonal d×d matrices; ``A_w = Σ_j w_jT_j``,
``A = Σ_j π_jT_j``. S6 holds: ``M(θ) = (I − H)θ``, ``H = E A_wᵀA_w``, ``0 ⪯ H ⪯ I``. So
``|M(θ)|² ≤ ⟨θ, M(θ)⟩ = (1 − q)|θ|²`` with ``q(θ) = E|A_wθ|²/|θ|²``, and

* q > 0 for θ ≠ 0 (else all T_jθ are equal and A_wθ is their common value, which is not 0);
* ``q ≥ 1 − k(k−1)/(√(2π)|θ|)``, so q → 1 at infinity;
* ``q → |Au|²`` as θ → 0 along u.

Hence ``sup_θ (1 − q) < 1`` iff A is invertible: EM then converges linearly from **any** start, with
``|θ_{t+1}| ≤ √(sup(1−q)) |θ_t|``. No frequencies, cosets or simplex enter.

The symbolic side works in the free module on the words θ, T_jᵀx, T_jᵀT_iθ (i ≠ j) over the
functions of π and E_j: an identity there holds for every family. The rational side has random
orthogonal 3×3 matrices, reflections included, and dual numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.mixture import weight_symbols
from overspec.proofs.language.legacy import (
    CONTINUITY,
    EXCHANGE,
    STEIN,
    Derivation,
    Step,
    Term,
    conclude,
)
from overspec.proofs.machinery.calculus import Matrix, Vector, dot, identity, minus, plus, times
from overspec.proofs.machinery.expansion import Jet
from overspec.proofs.machinery.rational import Dual

FAMILY = "every T_j is orthogonal; nothing else is asked of the family"
COMPACT = (
    "q is continuous on θ ≠ 0 with limits |Au|² at 0, uniformly in u, and 1 at infinity: its "
    "infimum is positive iff A is invertible"
)
GAUSS = (
    "for ζ normal with variance s² and f ≥ 0: E f(ζ) ≤ ∫f/(s√(2π)); here ζ = log r with "
    "s = |T_iθ − T_jθ|"
)
DIMENSION = 3

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


@dataclass(frozen=True)
class Family:
    """A random exact instance; vectors in R^3."""

    k: int
    maps: tuple[Matrix, ...]
    x: Vector
    theta: Vector
    pi: Vector
    boltzmann: Vector
    r: Fraction
    h: Fraction
    substitution: None = None

    def apply(self, j: int, u: Vector) -> Vector:
        """``T_j u``."""
        return tuple(dot(row, u) for row in self.maps[j])

    def back(self, j: int, u: Vector) -> Vector:
        """``T_jᵀ u``."""
        return tuple(dot(column, u) for column in zip(*self.maps[j], strict=True))

    @property
    def w(self) -> Vector:
        """The responsibilities."""
        return _weights(self.pi, self.boltzmann)

    def gradients(self) -> list[Vector]:
        """``∇_x w_j`` by dual numbers; dE_j = E_j ⟨dx, T_jθ⟩."""
        means = [self.apply(j, self.theta) for j in range(self.k)]
        columns = []
        for direction in identity(DIMENSION, Fraction(1)):
            energies = tuple(
                Dual(e, e * dot(mean, direction))
                for e, mean in zip(self.boltzmann, means, strict=True)
            )
            columns.append([entry.slope for entry in _weights(self.pi, energies)])
        return list(zip(*columns, strict=True))

    def image(self) -> Vector:
        """``A_w θ``."""
        return plus(*(times(self.w[j], self.apply(j, self.theta)) for j in range(self.k)))


def _weights(pi: Vector, energies: Vector) -> Vector:
    terms = [p * e for p, e in zip(pi, energies, strict=True)]
    total = sum(terms[1:], terms[0])
    return tuple(term / total for term in terms)


def _families(k: int) -> Callable[[random.Random], tuple[Family, ...]]:
    def reflect(rng: random.Random) -> Matrix:
        normal = [Fraction(rng.choice([-3, -2, -1, 1, 2])) for _ in range(DIMENSION)]
        norm = sum(a * a for a in normal)
        return tuple(
            tuple(int(a == b) - 2 * normal[a] * normal[b] / norm for b in range(DIMENSION))
            for a in range(DIMENSION)
        )

    def orthogonal(rng: random.Random) -> Matrix:
        result = reflect(rng)
        for _ in range(rng.randint(0, 2)):
            other = reflect(rng)
            result = tuple(
                tuple(dot(row, column) for column in zip(*other, strict=True)) for row in result
            )
        return result

    def vector(rng: random.Random) -> Vector:
        return tuple(Fraction(rng.choice([-5, -3, -2, 1, 4, 7]), rng.randint(1, 5)) for _ in "xyz")

    def positive(rng: random.Random, size: int) -> Vector:
        return tuple(Fraction(rng.randint(1, 30), rng.randint(1, 9)) for _ in range(size))

    def draw(rng: random.Random) -> Family:
        return Family(
            k=k,
            maps=tuple(orthogonal(rng) for _ in range(k)),
            x=vector(rng),
            theta=vector(rng),
            pi=positive(rng, k),
            boltzmann=positive(rng, k),
            r=positive(rng, 1)[0],
            h=positive(rng, 1)[0],
        )

    return lambda rng: tuple(draw(rng) for _ in range(3))


def orthogonal_family(k: int) -> Derivation:
    """Q1o: the Stein form, and a global rate, for any orthogonal family.

    >>> orthogonal_family(2).recheck()
    ()
    """
    return _orthogonal_family(
        k,
        faulty=(
            ("I + A_wᵀA_w: a sign", partial(_orthogonal_family, k, sign=-1)),
            ("A_wᵀA_w without its diagonal", partial(_orthogonal_family, k, diagonal=0)),
            ("pairs counted twice", partial(_orthogonal_family, k, pairs=1)),
            ("(1−h)² with the wrong sign of h", partial(_orthogonal_family, k, shrink=-1)),
        ),
    )


def _orthogonal_family(
    k: int, sign: int = 1, diagonal: int = 1, pairs: int = 2, shrink: int = 1, faulty: Faults = ()
) -> Derivation:
    pi = weight_symbols(k)
    energies = tuple(sympy.Symbol(f"E_{j}", positive=True) for j in range(k))
    w = _weights(pi, energies)
    words = [(j, i) for j in range(k) for i in range(k) if i != j]
    slopes = [[sympy.diff(w[j], energies[i]) * energies[i] for i in range(k)] for j in range(k)]
    gram = {
        (i, j): sympy.Symbol("n" if i == j else f"g_{min(i, j)}_{max(i, j)}")
        for i in range(k)
        for j in range(k)
    }

    def module(x_part: list[Any], pair_part: Any) -> tuple[Any, ...]:
        """Coordinates in the free module; T_jᵀT_jθ = θ."""
        own = sum(pair_part(j, j) for j in range(k))
        return (*x_part, own, *(pair_part(j, i) for j, i in words))

    def start_numeric(f: Family) -> Vector:
        return plus(*(times(f.w[j], f.back(j, f.x)) for j in range(k)))

    def end_numeric(f: Family) -> Vector:
        image = plus(
            *(times(f.w[j], f.back(j, _image(f, j if diagonal == 0 else None))) for j in range(k))
        )
        gradients = f.gradients()
        flux = plus(*(f.back(j, minus(gradients[j], times(f.w[j], f.x))) for j in range(k)))
        return minus(minus(f.theta, times(sign, image)), flux)

    def end_pair(j: int, i: int) -> Any:
        counted = diagonal if i == j else 1
        return (int(i == j) * w[j] if i == j else 0) - sign * counted * w[j] * w[i] - slopes[j][i]

    steps = (
        Step(
            "Integrate by parts; the flux G^{-1}Σ_jT_jᵀ∇(w_jG) has expectation 0.",
            Term(
                r"\sum_jw_jT_j^Tx",
                module(list(w), lambda j, i: sympy.Integer(0)),
                start_numeric,
            ),
            Term(
                r"(I-A_w^TA_w)\theta-G^{-1}\sum_jT_j^T\nabla(w_jG)",
                module(list(w), end_pair),
                end_numeric,
            ),
            "∇E_j = E_j T_jθ, ∇G = −xG, T_jᵀT_j = I, Σ_j w_j = 1",
        ),
        Step(
            "The divergence of A_wθ in x, a sum over pairs: if A_wθ = 0 for all x, all T_jθ are "
            "equal, and A_wθ is their common value.",
            Term(
                r"\nabla_x\cdot(A_w\theta)",
                (sum(slopes[j][i] * gram[i, j] for i in range(k) for j in range(k)),),
                lambda f: (
                    sum(
                        dot(gradient, f.apply(j, f.theta))
                        for j, gradient in enumerate(f.gradients())
                    ),
                ),
            ),
            Term(
                r"\tfrac12\sum_{i,j}w_iw_j|T_i\theta-T_j\theta|^2",
                (_pairs_symbolic(k, w, gram, pairs),),
                lambda f: (_pairs_numeric(f, pairs),),
            ),
            "the derivative of w_j is w_j(T_jθ − A_wθ)ᵀ",
        ),
        Step(
            "The same sum is what A_w loses: 0 ⪯ A_wᵀA_w ⪯ I, with θ any vector.",
            Term(
                r"|\theta|^2-|A_w\theta|^2",
                (gram[0, 0] - sum(w[i] * w[j] * gram[i, j] for i in range(k) for j in range(k)),),
                lambda f: (dot(f.theta, f.theta) - dot(f.image(), f.image()),),
            ),
            Term(
                r"\tfrac12\sum_{i,j}w_iw_j|T_i\theta-T_j\theta|^2",
                (_pairs_symbolic(k, w, gram, pairs),),
                lambda f: (_pairs_numeric(f, pairs),),
            ),
            "Lagrange's identity",
        ),
        Step(
            "For an eigenvalue h ∈ [0, 1] of H: so (I − H)² ⪯ I − H and |M|² ≤ ⟨θ, M⟩.",
            _scalar(r"(1-h)-(1-h)^2", lambda h: (1 - h) - (1 - h) ** 2, "h"),
            _scalar(r"h(1-h)", lambda h: h * (1 - shrink * h), "h"),
            "expand",
        ),
        Step(
            "At infinity: w_iw_j ≤ r/(1+r)² with r = w_i/w_j, whose integral over log r is 1. "
            "So E w_iw_j ≤ 1/(√(2π)|T_iθ−T_jθ|), and 1 − q ≤ k(k−1)/(√(2π)|θ|) by the pairs.",
            Term(
                r"\tfrac{d}{dr}\tfrac r{1+r}",
                (sympy.diff(_R / (1 + _R), _R),),
                lambda f: ((Jet.variable(1, f.r) / (Jet.variable(1, f.r) + 1)).c[1],),
            ),
            _scalar(r"\tfrac1r\cdot\tfrac r{(1+r)^2}", lambda r: (1 / r) * r / (1 + r) ** 2, "r"),
            "quotient rule",
        ),
    )
    statement = conclude(steps)
    return Derivation(
        id="Q1o",
        title="any orthogonal family: Stein form and global linear rate",
        statement_tex=(
            r"For orthogonal $T_j$ in place of $R^j$, $M(\theta)=(I-E[A_w^TA_w])\theta$ and "
            r"$|M(\theta)|^2\le(1-q)|\theta|^2$, $q=E|A_w\theta|^2/|\theta|^2$; $\inf q>0$ iff "
            r"$A=\sum_j\pi_jT_j$ is invertible, because "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + "."
        ),
        statement=statement,
        hypotheses=(FAMILY, EXCHANGE, STEIN, CONTINUITY, GAUSS, COMPACT),
        steps=steps,
        depends=(),
        witnesses=_families(k),
        faulty=faulty,
    )


_R = sympy.Symbol("r", positive=True)


def _scalar(tex: str, formula: Callable[[Any], Any], name: str) -> Term:
    symbol = sympy.Symbol(name, positive=True)
    return Term(tex, (formula(symbol),), lambda f: (formula(getattr(f, name)),))


def _image(f: Family, without: int | None) -> Vector:
    """``A_wθ``, one component left out when asked (the mutant)."""
    parts = [times(f.w[i], f.apply(i, f.theta)) for i in range(f.k) if i != without]
    return plus(*parts)


def _pairs_symbolic(k: int, w: Vector, gram: dict[tuple[int, int], Any], pairs: int) -> Any:
    total = sympy.Integer(0)
    for i in range(k):
        for j in range(k):
            total += w[i] * w[j] * (gram[i, i] + gram[j, j] - 2 * gram[i, j])
    return total / pairs


def _pairs_numeric(f: Family, pairs: int) -> Fraction:
    total = Fraction(0)
    for i in range(f.k):
        for j in range(f.k):
            gap = minus(f.apply(i, f.theta), f.apply(j, f.theta))
            total += f.w[i] * f.w[j] * dot(gap, gap)
    return total / pairs
