"""Exact vectors and matrices: read, multiplied, their rank and whether they are positive.

Entries are rational, or algebraic as SymPy expressions; every decision is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from overspec.errors import InputError, InputTypeError
from overspec.exact import Exact, afford, exact, sign, text_of

if TYPE_CHECKING:
    import sympy

Vector: TypeAlias = tuple[Exact, ...]
#: A matrix by its rows.
Matrix: TypeAlias = tuple[Vector, ...]

MAX_ENTRIES = 10_000  # of all the matrices of a model


def vector(value: object, name: str, size: int | None = None) -> Vector:
    """A vector from text ``"1,1/2"``, one number, or a sequence of exact numbers.

    Args:
        value: what to read.
        name: what it is, for the error message.
        size: how many entries there must be.

    Raises:
        InputError: entries that are not exact, none at all, or another number of them.

    >>> vector("1, 1/2", "theta"), vector(2, "theta")
    ((Fraction(1, 1), Fraction(1, 2)), (Fraction(2, 1),))
    """
    items = _items(value, ",")
    if len(items) > MAX_ENTRIES:
        raise InputError(f"{name}: {len(items)} entries; at most {MAX_ENTRIES} are read")
    afford(items, name)
    read = tuple(exact(item, f"entry {i} of {name}") for i, item in enumerate(items, start=1))
    if not read:
        raise InputError(f"{name} is empty; give its entries")
    if size is not None and len(read) != size:
        raise InputError(f"{name} has {len(read)} entries, not {size}; give exactly {size}")
    return read


def matrix(value: object, name: str) -> Matrix:
    """A matrix from text ``"1,0; 0,1"``, a sequence of rows, or one number (1×1).

    A NumPy array or a SymPy matrix is taken as its rows.

    Raises:
        InputError: entries that are not exact, or rows of unequal length.

    >>> matrix("1,0; 0,-1", "T_1") == matrix([[1, 0], [0, -1]], "T_1")
    True
    >>> matrix([[1, 0], [0]], "T_1")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: row 2 of T_1 has 1 entries, not 2; give exactly 2
    """
    rows = _items(value, ";")
    if not rows:
        raise InputError(f"{name} is empty; give its rows")
    if len(rows) > MAX_ENTRIES:
        raise InputError(f"{name}: {len(rows)} rows; at most {MAX_ENTRIES} are read")
    first = vector(rows[0], f"row 1 of {name}")
    rest = (vector(r, f"row {i} of {name}", len(first)) for i, r in enumerate(rows[1:], start=2))
    return (first, *rest)


def _items(value: object, separator: str) -> Sequence[object]:
    if isinstance(value, str):
        return value.split(separator)
    listed = getattr(value, "tolist", None)
    if listed is not None:
        value = listed()
    if isinstance(value, Sequence):
        return value
    if isinstance(value, (set, dict)) or value is None:
        raise InputTypeError(f"{value!r}: give text, a number or a sequence")
    return [value]


def apply(matrix: Matrix, u: Vector) -> Vector:
    """The product of a matrix and a vector.

    >>> apply(matrix("0,1; 1,0", "T"), vector("1,2", "u"))
    (Fraction(2, 1), Fraction(1, 1))
    """
    return tuple(inner(row, u) for row in matrix)


def inner(u: Vector, v: Vector) -> Exact:
    """``⟨u, v⟩``, a `Fraction` where it is rational.

    >>> inner(vector("sqrt(2),1", "u"), vector("sqrt(2),1", "v"))
    Fraction(3, 1)
    """
    pairs = list(zip(u, v, strict=True))
    if all(isinstance(c, Fraction) for pair in pairs for c in pair):
        return sum((a * b for a, b in pairs), start=Fraction(0))
    return exact(sum((_number(a) * _number(b) for a, b in pairs), start=_number(Fraction(0))))


def rank(matrix: Matrix) -> int:
    """The rank, decided exactly.

    >>> rank(matrix("1,2; 2,4", "T")), rank(matrix("1,sqrt(2); sqrt(2),2", "T"))
    (1, 1)
    """
    if all(isinstance(entry, Fraction) for row in matrix for entry in row):
        return _rational_rank([list(row) for row in matrix])
    from sympy.polys.matrices import DomainMatrix

    return int(DomainMatrix.from_Matrix(_sympy(matrix), extension=True).to_field().rank())


def _rational_rank(rows: list[list[Any]]) -> int:
    found = 0
    for column in range(len(rows[0])):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for r in range(found + 1, len(rows)):
            factor = rows[r][column] / rows[found][column]
            if factor:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def check_covariance(matrix: Matrix, name: str) -> None:
    """Raise InputError unless a square matrix is symmetric and positive definite (exactly).

    >>> check_covariance(matrix("2,1; 1,2", "Sigma"), "Sigma")
    >>> check_covariance(matrix("1,2; 2,1", "Sigma"), "Sigma")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: Sigma is not positive definite: its leading 2×2 minor is -3
    """
    size = len(matrix)
    if len(matrix[0]) != size:
        raise InputError(f"{name} has {size} rows and {len(matrix[0])} columns; give a square one")
    for i in range(size):
        for j in range(i):
            if sign(exact(_number(matrix[i][j]) - _number(matrix[j][i]))) != 0:
                raise InputError(
                    f"{name} is not symmetric: {text_of(matrix[i][j])} in row {i + 1}, column "
                    f"{j + 1} and {text_of(matrix[j][i])} across"
                )
    for size in range(1, len(matrix) + 1):
        minor = exact(_sympy(tuple(row[:size] for row in matrix[:size])).det())
        if sign(minor) <= 0:
            raise InputError(
                f"{name} is not positive definite: its leading {size}×{size} minor is "
                f"{text_of(minor)}"
            )


def identity(size: int) -> Matrix:
    """The identity.

    >>> identity(1)
    ((Fraction(1, 1),),)
    """
    return tuple(tuple(Fraction(int(a == b)) for b in range(size)) for a in range(size))


def scaled(matrix: Matrix, factor: Exact) -> Matrix:
    """A multiple, exactly.

    >>> text(scaled(identity(2), Fraction(1, 2)))
    '1/2,0; 0,1/2'
    """
    return tuple(tuple(inner((entry,), (factor,)) for entry in row) for row in matrix)


def text(matrix: Matrix) -> str:
    """The matrix as text that `matrix` reads back.

    >>> text(identity(2))
    '1,0; 0,1'
    """
    return "; ".join(",".join(text_of(entry) for entry in row) for row in matrix)


def _number(value: Any) -> sympy.Expr:
    import sympy

    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value


def _sympy(matrix: Matrix) -> sympy.Matrix:
    import sympy

    return sympy.Matrix([[_number(entry) for entry in row] for row in matrix])
