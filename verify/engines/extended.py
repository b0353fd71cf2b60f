"""The processor's own numbers beyond doubles, for 16 and 17 digits.

NumPy's ``longdouble`` has 64 bits on x86 (18 digits and a half), 113 on some processors, and is no
more than a double on others, where engines of these digits are refused. An array of it costs some
ten times that of doubles, a list of MPFR's numbers some hundred times.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.errors import OutOfReach
from overspec.exact import Exact
from overspec.verify.engines.moments import Real
from overspec.verify.engines.spectrum import real_context, to_mpf

Reals = NDArray[Any]

LONG = np.longdouble
DIGITS = 17  # decimal digits that are offered
CARRIED = 22  # decimal digits on the way in and out, more than 64 bits hold


def extended() -> bool:
    """Whether the processor has such numbers."""
    return bool(np.finfo(LONG).nmant >= 63)


def check_extended() -> None:
    """Raise `OutOfReach` where the processor has no such numbers."""
    if not extended():
        raise OutOfReach(
            f"more than 15 digits here take numbers of 64 bits, and this processor's longest have "
            f"{np.finfo(LONG).nmant + 1}; ask for 15",
            digits=15,
        )


def to_long(value: Exact) -> Any:
    """The exact number, rounded.

    >>> from fractions import Fraction
    >>> abs(float(to_long(Fraction(1, 3)) * 3 - 1)) < 1e-16
    True
    """
    context = real_context(CARRIED + 10)
    return LONG(context.nstr(to_mpf(value, context), CARRIED))


def to_real(value: Any, digits: int) -> Real:
    """An mpmath number of so many digits and 5 more."""
    text = np.format_float_scientific(LONG(value), precision=CARRIED, unique=False)
    return real_context(digits + 5).mpf(text)


def circle(k: int, real: Any = LONG) -> Reals:
    """cos and sin of 2πn/k, n < k, shape (2, k).

    >>> circle(4, np.float64).round(15).tolist()
    [[1.0, 0.0, -1.0, -0.0], [0.0, 1.0, 0.0, -1.0]]
    """
    angle = 8 * np.arctan(real(1)) * np.arange(k).astype(real) / k
    return np.stack([np.cos(angle), np.sin(angle)])
