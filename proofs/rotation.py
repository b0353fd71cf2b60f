"""What R is: its exact matrix, and on the hyperplane its determinant and lack of symmetry."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from ..action import Action
from .legacy import Derivation, Step, Term, conclude

Faults = tuple[tuple[str, Callable[[], Derivation]], ...]


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


def shift_on_hyperplane(k: int) -> Derivation:
    """R on the hyperplane: ``det R = (−1)^{k−1}``; ``|R − Rᵀ|² = 2k`` for k > 2 and 0 for k = 2.

    So R is symmetric only for k = 2, and a rotation only for odd k.

    >>> shift_on_hyperplane(3).recheck()
    ()
    """
    return _shift_on_hyperplane(
        k,
        faulty=(
            ("det R = (−1)^k", partial(_shift_on_hyperplane, k, parity=0)),
            ("|R − Rᵀ|² = 2(k − 1)", partial(_shift_on_hyperplane, k, asymmetry=2 * (k - 1))),
            ("RᵀR = 2I", partial(_shift_on_hyperplane, k, norm=2)),
        ),
    )


def _shift_on_hyperplane(
    k: int,
    parity: int = 1,
    asymmetry: int | None = None,
    norm: int = 1,
    faulty: Faults = (),
) -> Derivation:
    matrix = _companion(k)
    back = _adjoint(matrix, k)
    size = k - 1
    defect = asymmetry if asymmetry is not None else (0 if k == 2 else 2 * k)
    sign = (-1) ** (k - parity)
    identity = tuple(norm * int(a == b) for a in range(size) for b in range(size))

    def gram(frame: Frame) -> tuple[Fraction, ...]:
        product = [
            [
                sum(frame.transposed[a][c] * frame.matrix[c][b] for c in range(size))
                for b in range(size)
            ]
            for a in range(size)
        ]
        return tuple(Fraction(entry) for row in product for entry in row)

    def constant(tex: str, values: tuple[int, ...]) -> Term:
        entries = tuple(sympy.Integer(v) for v in values)
        return Term(tex, entries, lambda frame: tuple(Fraction(v) for v in values))

    difference = matrix - back
    steps = (
        Step(
            "The shift permutes an orthonormal basis of R^k and keeps the hyperplane.",
            # symbolically the transpose is taken with respect to the Gram matrix of the basis
            Term("R^TR", tuple(back * matrix), gram),
            constant("I", identity),
            "a permutation matrix is orthogonal",
        ),
        Step(
            "In the basis e_i − e_{i+1}, R is the companion matrix of 1 + z + … + z^{k−1}.",
            Term(
                r"\det R",
                (matrix.det(),),
                lambda frame: (_determinant(frame.matrix),),
            ),
            constant(r"(-1)^{k-1}", (sign,)),
            "expand the determinant; a k-cycle has sign (−1)^{k−1} and fixes (1,…,1)",
        ),
        Step(
            "R − Rᵀ has squared Frobenius norm 2(k − 1) − 2 tr R², and R² moves every "
            "coordinate unless k = 2.",
            Term(
                r"\|R-R^T\|_F^2",
                (-(difference * difference).trace(),),
                lambda frame: (
                    2 * _trace_product(frame.matrix, frame.transposed)
                    - _trace_product(frame.matrix, frame.matrix)
                    - _trace_product(frame.transposed, frame.transposed),
                ),
            ),
            constant("0" if k == 2 else "2k", (defect,)),
            "tr R² on the hyperplane is −1 for k > 2 and 1 for k = 2",
        ),
    )
    statement = conclude(steps)
    kind = "symmetric" if k == 2 else "not symmetric"
    return Derivation(
        id="R",
        title="R is symmetric only for k = 2, a rotation only for odd k",
        statement_tex=(
            rf"On the hyperplane, for $k={k}$: "
            + ", ".join(f"${equation.tex}$" for equation in statement)
            + rf"; $R$ is {kind} and {'a rotation' if k % 2 else 'an improper rotation'}."
        ),
        statement=statement,
        hypotheses=("R is the cyclic shift of k coordinates restricted to the hyperplane Σ = 0",),
        steps=steps,
        depends=(),
        witnesses=_frames(k),
        faulty=faulty,
    )


def _companion(k: int) -> sympy.Matrix:
    """The shift in the basis b_i = e_i − e_{i+1}: b_i → b_{i+1}, and b_{k−2} → −Σ b_i."""
    size = k - 1
    return sympy.Matrix(size, size, lambda a, b: -1 if b == size - 1 else int(a == b + 1))


def _adjoint(matrix: sympy.Matrix, k: int) -> sympy.Matrix:
    """The transpose with respect to the inner product of R^k in the basis b_i."""
    size = k - 1
    gram = sympy.Matrix(size, size, lambda a, b: 2 if a == b else -int(abs(a - b) == 1))
    return gram.inv() * matrix.T * gram
