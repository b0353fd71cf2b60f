"""The rounding model behind every error estimate in doubles.

Each rounded operation returns ``x(1 + δ)`` with ``|δ| ≤ u = 2⁻⁵³``. A worst-case bound adds all |δ|
and is an order of magnitude above what happens once hundreds of terms are summed. So the estimates
rest on the probabilistic model of Higham and Mary ("A new approach to probabilistic rounding error
analysis", SIAM J. Sci. Comput. 41, 2019, A2815): the δ are independent, of mean 0, here uniform on
[−u, u], of variance u²/3. To first order an error is then ``Σ_i s_i δ_i`` with the magnitudes s_i
that the program meets, and as a uniform variable is strictly sub-Gaussian

    P(|Σ_i s_i δ_i| > λ (u/√3) √(Σ_i s_i²)) ≤ 2 exp(−λ²/2),

0.022 for one number at λ = 3, and 0.0027 where many δ of like weight make the sum normal.
**What comes out is an estimate under that model, not a bound.** It knows no processor: where a
kernel has fused multiplications or several accumulators, it rounds less than the plain loop
assumed here. Errors that many terms share (of c, of a rounded weight) count once, and in full.

A *deviation* is ``√(Σ_i s_i²)``: the standard deviation of an error in units of u/√3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[Any]

U = 2.0**-53  # unit roundoff of a double, round to nearest
LAMBDA = 3.0  # deviations an estimate stands for

#: Largest error of an elementary function, in units of the last place (at most 2u of a value).
#: NumPy's validation sets (numpy/_core/tests/data/umath-validation-set-*.csv) hold float64 to 1 on
#: every dispatch: the C library's, AVX512F (Tang's exp, proved below 0.77) and Intel's SVML.
ULPS: Mapping[str, float] = MappingProxyType(
    dict.fromkeys(("exp", "log", "expm1", "log1p", "sin", "cos"), 1.0)
)


#: Root mean square of 1/m over significands m in [1, 2) that are log-uniform (Benford): errors are
#: uniform within half a unit in the last place, which is u of a value with m = 1, less above.
SIGNIFICAND = math.sqrt(3 / (8 * math.log(2)))
AMPLITUDE = math.sqrt(5 / 4)  # of a_m: an energy, its root


def elementary(name: str) -> float:
    """Deviation of an elementary function's relative error: its rounding, and what comes before.

    An error of at most U ulp, 2Uu, is the rounding of the result, u, and up to (2U − 1)u of the
    approximation that is rounded.

    >>> elementary("exp") == math.sqrt(2)
    True
    """
    return math.hypot(1.0, 2 * ULPS[name] - 1)


def summed(n: float) -> float:
    """Deviation of a sum of n terms of one sign, for a sum of 1: ``√(n/2)``.

    Added one after the other the roundings weigh as the partial sums. Of terms that rise and fall
    (all sums here run over a Gaussian or a kernel) half of the partial sums are small and half are
    about the whole, in either order. More accumulators, as in every BLAS, make it less.

    >>> summed(50)
    5.0
    """
    return math.sqrt(n / 2)


def pairwise(terms: Reals) -> Reals:
    """The sum over the first axis, one half added to the other until one is left.

    The same on every processor, unlike a product with a vector, which is left to BLAS.

    >>> pairwise(np.array([1.0, 2.0, 3.0])), pairwise(np.ones((5, 2))).tolist()
    (np.float64(6.0), [5.0, 5.0])
    """
    while len(terms) > 1:
        half = (len(terms) + 1) // 2
        rest = terms[half:]
        terms = terms[:half].copy()
        terms[: len(rest)] += rest
    total: Reals = terms[0]
    return total


def pairwise_deviation(terms: NDArray[np.float64]) -> float:
    """Deviation of `pairwise` for terms t of these magnitudes: ``√(2 (Σt)² + log₂n Σt²)``.

    A halving to p partial sums adds the sum of their squares, which is ``(Σt)²/p`` for equal ones
    and about Σt² more in general.

    >>> pairwise_deviation(np.array([1.0, 0.0])) == math.sqrt(3)
    True
    """
    total = float(np.abs(terms).sum())
    return math.sqrt(2 * total**2 + math.log2(len(terms)) * float(terms @ terms))


def in_order(terms: NDArray[np.float64]) -> float:
    """Deviation of the sum of given terms of one sign, one after the other: by its partial sums.

    An addition errs by at most the smaller of u times the result and the summand itself.

    >>> in_order(np.ones(3)) == math.hypot(2, 3)
    True
    """
    errors = np.minimum(np.cumsum(terms), terms / U)[1:]
    return math.sqrt(float(errors @ errors))


def effective(terms: NDArray[np.float64]) -> float:
    """How many equal terms average independent errors as well as these: ``(Σt)²/Σt²``.

    >>> effective(np.ones(5))
    5.0
    """
    return float(terms.sum()) ** 2 / float(terms @ terms)


def eigenvalues(n: int) -> float:
    """Deviation of the eigenvalues of a symmetric n×n matrix of norm 1 that LAPACK computes.

    n − 1 reflections to tridiagonal form and as many rotations, each of which errs by u of the norm
    (Higham, section 19.3) and keeps it; so do the entries' own errors, by their norm.

    >>> eigenvalues(1), eigenvalues(9)
    (0.0, 4.0)
    """
    return math.sqrt(2 * (n - 1))


def gamma(n: float) -> float:
    """The worst case ``γ_n = nu/(1 − nu)``: n roundings in a row, a dot product of n terms.

    Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., Lemma 3.1 and (3.5); a dot
    product in any order, with or without fused multiplication, differs from the exact one by at
    most ``γ_n Σ|x_i y_i|``.

    >>> gamma(1) == U / (1 - U)
    True
    """
    return n * U / (1 - n * U)


def joined(*deviations: float) -> float:
    """Independent errors together: the root of the sum of squares.

    >>> joined(3, 4)
    5.0
    """
    return math.hypot(*deviations)


def estimate(deviation: float) -> float:
    """The error that is reported for a deviation in units of u/√3: ``λ u/√3`` times it.

    >>> estimate(1.0) == LAMBDA * U / math.sqrt(3)
    True
    """
    return LAMBDA * U / math.sqrt(3) * deviation
