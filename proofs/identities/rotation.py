"""What R is: its exact matrix, and on the hyperplane its determinant and lack of symmetry."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from overspec.action import Action
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import ZERO, Env, Expr, Num, Pow
from overspec.proofs.language.lemmas import coefficient
from overspec.proofs.language.operators import I_, L_, Delta, J, K, Quantity, over
from overspec.proofs.language.ranges import Z_K
from overspec.proofs.language.render import Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    Iff,
    Named,
    Relation,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.rational import LARGE
from overspec.proofs.machinery.symbolic import EVERY


def rotation_matrix(action: Action, power: int = 1) -> sympy.Matrix:
    """``R^power`` in block coordinates: exact cosines and sines, radicals where SymPy has them.

    Args:
        action: R.
        power: any integer.

    Returns:
        A d×d matrix; coordinates in the order of `Action.blocks`.

    >>> rotation_matrix(Action.simplex(4))
    Matrix([
    [0, -1,  0],
    [1,  0,  0],
    [0,  0, -1]])
    """
    blocks = []
    for block in action.blocks:
        turns = sympy.Rational(block.frequency * power % action.k, action.k)
        c, s = sympy.cos(2 * sympy.pi * turns), sympy.sin(2 * sympy.pi * turns)
        blocks.append(sympy.Matrix([[c, -s], [s, c]]) if block.size == 2 else sympy.Matrix([[c]]))
    return sympy.diag(*blocks)


@dataclass(frozen=True)
class Frame:
    """A random rational basis of the hyperplane, with its dual basis."""

    basis: tuple[tuple[Fraction, ...], ...]  # k − 1 vectors of R^k with sum 0
    matrix: tuple[tuple[Fraction, ...], ...]  # R in that basis
    transposed: tuple[tuple[Fraction, ...], ...]  # Rᵀ in that basis
    substitution: Mapping[sympy.Symbol, sympy.Rational] | None = None

    @property
    def k(self) -> int:
        return len(self.basis) + 1

    @property
    def gram(self) -> tuple[Fraction, ...]:
        """The entries of RᵀR."""
        size = range(self.k - 1)
        rows, columns = self.transposed, list(zip(*self.matrix, strict=True))
        return tuple(sum((rows[a][c] * columns[b][c] for c in size), Fraction(0))
                     for a in size for b in size)  # fmt: skip

    @property
    def determinant(self) -> Fraction:
        return _determinant(self.matrix)

    @property
    def asymmetry(self) -> Fraction:
        """``|R − Rᵀ|² = 2 tr RᵀR − tr R² − tr (Rᵀ)²``."""
        r, t = self.matrix, self.transposed
        return Fraction(2 * _trace_product(r, t) - _trace_product(r, r) - _trace_product(t, t))


@dataclass(frozen=True)
class Shift:
    """The same of the companion matrix, by SymPy; the transpose is that of the Gram matrix."""

    k: int

    @property
    def gram(self) -> tuple[Any, ...]:
        matrix = _companion(self.k)
        return tuple(_adjoint(matrix, self.k) * matrix)

    @property
    def determinant(self) -> Any:
        return _companion(self.k).det()

    @property
    def asymmetry(self) -> Any:
        matrix = _companion(self.k)
        difference = matrix - _adjoint(matrix, self.k)
        return -(difference * difference).trace()


def _frames(k: int) -> Callable[[random.Random], tuple[Frame, ...]]:
    def draw(rng: random.Random) -> Frame:
        # lower triangular in the basis e_i − e_{k−1}, so independent
        rows = [
            [Fraction(rng.randint(-3, 3)) for _ in range(i)]
            + [Fraction(rng.choice([-2, -1, 1, 2]))]
            + [Fraction(0)] * (k - 2 - i)
            for i in range(k - 1)
        ]
        basis = tuple((*row, -sum(row, Fraction(0))) for row in rows)
        forward = [tuple(u[(a - 1) % k] for a in range(k)) for u in basis]
        backward = [tuple(u[(a + 1) % k] for a in range(k)) for u in basis]
        return Frame(basis, _in_basis(rows, forward), _in_basis(rows, backward))

    return lambda rng: (draw(rng), draw(rng))


def _in_basis(
    rows: list[list[Fraction]], images: list[tuple[Fraction, ...]]
) -> tuple[tuple[Fraction, ...], ...]:
    """Coordinates of the images, as columns: back substitution in the triangular basis."""
    size = len(rows)
    columns = []
    for image in images:
        rest, coordinates = list(image[:size]), [Fraction(0)] * size
        for i in reversed(range(size)):
            coordinates[i] = rest[i] / rows[i][i]
            rest = [r - coordinates[i] * b for r, b in zip(rest, rows[i], strict=True)]
        columns.append(coordinates)
    return tuple(zip(*columns, strict=True))


def _determinant(matrix: tuple[tuple[Fraction, ...], ...]) -> Fraction:
    """Gaussian elimination."""
    rows, value = [list(row) for row in matrix], Fraction(1)
    for i in range(len(rows)):
        pivot = next((r for r in range(i, len(rows)) if rows[r][i]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != i:
            rows[i], rows[pivot], value = rows[pivot], rows[i], -value
        value *= rows[i][i]
        for r in range(i + 1, len(rows)):
            ratio = rows[r][i] / rows[i][i]
            rows[r] = [a - ratio * b for a, b in zip(rows[r], rows[i], strict=True)]
    return value


def _trace_product(a: Any, b: Any) -> Any:
    return sum(a[i][j] * b[j][i] for i in range(len(a)) for j in range(len(a)))


R, BACK = letter("R"), Script(letter("R"), None, letter("T"))
GRAM, MATRIX = Quantity("gram", Row((BACK, R))), Quantity("matrix", R)
DETERMINANT = Quantity("determinant", Row((letter("det"), R)))
ASYMMETRY = Quantity(
    "asymmetry",
    Script(Fence(sign(r"\|", "‖"), Row((R, sign("-", " − "), BACK)), sign(r"\|", "‖")),
           letter("F"), number(2)),
)  # fmt: skip


@dataclass(frozen=True)
class Unit(Expr):
    """The identity on the hyperplane, entry by entry."""

    def value(self, m: Any, env: Env) -> Any:
        size = range(m.k - 1)
        return tuple(Fraction(int(a == b)) for a in size for b in size)

    def again(self, m: Any, env: Env) -> Any:
        row = (Fraction(1), *(Fraction(0),) * (m.k - 1))
        return (row * (m.k - 2) + row[:1]) if m.k > 2 else row[:1]

    def box(self) -> Any:
        return letter("I")


def shift_on_hyperplane(k: int) -> Derivation:
    """R on the hyperplane: ``det R = (−1)^{k−1}``; ``|R − Rᵀ|² = 2k`` for k > 2 and 0 for k = 2.

    So R is symmetric only for k = 2, and a rotation only for odd k.

    >>> shift_on_hyperplane(3).recheck()
    ()
    """
    at_one_k = () if k is EVERY else (("det R = (−1)^k", partial(_shift, k, parity=0)),)
    return _shift(
        k,
        faulty=(
            *at_one_k,
            ("b_i = e_i + e_{i+1}", partial(_shift, k, next_=-1)),
            ("|R − Rᵀ|² = 2(k − 1)", partial(_shift, k, asymmetry=2 * (K - 1))),
            ("RᵀR = 2I", partial(_shift, k, norm=2)),
        ),
    )


MINUS = Num(Fraction(-1))
CLOSED = 2 * K * (1 - Delta(Num(Fraction(2)), ZERO))  # δ_{2,0} is 1 for k = 2 only


def _shift(
    k: int,
    parity: int = 1,
    next_: int = 1,
    asymmetry: Expr = CLOSED,
    norm: int = 1,
    faulty: Faults = (),
) -> Derivation:
    i, a, b = I_, J, L_
    orthogonal = step(
        "R has the entries δ_{i,j+1}; it keeps the hyperplane and (1,…,1).",
        over(i, Delta(i, a + 1) * Delta(i, b + 1)),
        norm * Delta(a, b),
        "a permutation matrix is orthogonal",
        (a, Z_K),
        (b, Z_K),
    )
    closes = step(
        "The k vectors b_i = e_i − e_{i+1}, which R takes to the next, sum to 0.",
        over(i, Delta(a, i) - next_ * Delta(a, i + 1)),
        ZERO,
        "telescope",
        (a, Z_K),
    )
    far = step(
        "The squares of the entries of R − Rᵀ, which is 0 on (1,…,1).",
        over(i, over(a, (Delta(i, a + 1) - Delta(i, a - 1)) ** 2)),
        asymmetry,
        "1 and −1 meet in one entry only for k = 2",
    )
    whole, determinant, gap = _orthogonal(orthogonal), _companion_matrix(closes), _asymmetry(far)
    if k is not EVERY:
        words = "Once more at this k, in a basis of the hyperplane."
        whole = _confirmed(whole, step(words, GRAM, norm * Unit(), "multiply"))
        power = Pow(MINUS, K - parity)
        determinant = _confirmed(determinant, step(words, DETERMINANT, power, "expand"))
        gap = _confirmed(gap, step(words, ASYMMETRY, asymmetry, "multiply"))
    return Derivation(
        id="R",
        title="R is symmetric only for k = 2, a rotation only for odd k",
        theorem=together(determinant, gap, _kind(determinant, gap, whole), whole),
        setting=("R is the cyclic shift of k coordinates whose sum is 0",),
        model=Shift(k),
        witnesses=_large if k is EVERY else _frames(k),
        faulty=faulty,
        small=lambda size: lambda rng: (Shift(size),),
    )


def _large(rng: random.Random) -> tuple[Shift, ...]:
    return (Shift(rng.randint(*LARGE)),)


def _orthogonal(entries: Theorem) -> Theorem:
    """Σ_i R_ia R_ib = c δ_ab: RᵀR = cI, on the hyperplane too."""

    def infer(s: Statement) -> Statement:
        c, rest = coefficient(relation(opened(s)[1]).rhs)
        if rest != Delta(J, L_):
            raise DoesNotFollow("not the entries of a multiple of I")
        return equals(GRAM, Num(c) * Unit())

    return Rule("restrict to the hyperplane", infer)(entries)


COMPANION = Hypothesis(
    "companion matrix",
    "b_0, …, b_{k−2} is a basis of the hyperplane; if b_{k−1} = −Σ_i c_ib_i, the matrix of "
    "b_i ↦ b_{i+1} in it has the determinant (−1)^{k−1}c_0",
    "expansion along the first row",
)


def _companion_matrix(closes: Theorem) -> Theorem:
    """Σ_i b_i = 0, b_i = e_i − e_{i+1}: b_{k−1} is minus the sum of the others, so c_0 = 1."""

    def infer(s: Statement) -> Statement:
        r = relation(opened(s)[1])
        here, after = r.lhs.body.terms  # type: ignore[attr-defined]
        c, rest = coefficient(after)
        if r.rhs != ZERO or here != Delta(J, I_) or rest != Delta(J, I_ + 1):
            raise DoesNotFollow("not a sum of all b_i")
        return equals(DETERMINANT, -Num(c) * Pow(MINUS, K - 1))

    return Rule("a companion matrix", infer, (COMPANION,))(closes)


def _asymmetry(far: Theorem) -> Theorem:
    """R and Rᵀ fix (1,…,1): the norm of R − Rᵀ on the hyperplane is that on R^k."""

    def infer(s: Statement) -> Statement:
        return equals(ASYMMETRY, relation(s).rhs)

    return Rule("restrict to the hyperplane", infer)(far)


def _confirmed(general: Theorem, computed: Theorem) -> Theorem:
    """What holds for every k, with its value computed at this one as a step more."""

    def infer(first: Statement, second: Statement) -> Statement:
        if relation(first).lhs != relation(second).lhs:
            raise DoesNotFollow("another quantity")
        return first

    return Rule("computed at this k", infer)(general, computed)


def _kind(determinant: Theorem, far: Theorem, whole: Theorem) -> Theorem:
    """An orthogonal R is a rotation iff det R = 1, symmetric iff R − Rᵀ has norm 0."""

    def infer(first: Statement, second: Statement, third: Statement) -> Statement:
        d, asymmetry, gram = map(relation, (first, second, third))
        if (d.lhs, asymmetry.lhs, gram.lhs) != (DETERMINANT, ASYMMETRY, GRAM):
            raise DoesNotFollow("neither the determinant nor the asymmetry")
        rotates = {Pow(MINUS, K - 1): "is odd", -Pow(MINUS, K - 1): "is even"}
        if d.rhs not in rotates:
            raise DoesNotFollow("another determinant")
        same = Relation(MATRIX, "=", Quantity("transposed", BACK))
        if asymmetry.rhs == CLOSED:
            symmetric: Statement = Iff(same, equals(K, 2))
        else:
            symmetric = Relation(MATRIX, "!=", same.rhs)
        return Both((Iff(Named(MATRIX, "is a rotation"), Named(K, rotates[d.rhs])), symmetric))

    return Rule("determinant and norm", infer)(determinant, far, whole)


def _companion(k: int) -> sympy.Matrix:
    """The shift in the basis b_i = e_i − e_{i+1}: b_i → b_{i+1}, and b_{k−2} → −Σ b_i."""
    size = k - 1
    return sympy.Matrix(size, size, lambda a, b: -1 if b == size - 1 else int(a == b + 1))


def _adjoint(matrix: sympy.Matrix, k: int) -> sympy.Matrix:
    """The transpose with respect to the inner product of R^k in the basis b_i."""
    size = k - 1
    gram = sympy.Matrix(size, size, lambda a, b: 2 if a == b else -int(abs(a - b) == 1))
    return gram.inv() * matrix.T * gram
