"""What an enclosure of the checker's own says of a stated one: inside, outside, or neither yet.

Nothing here is estimated: a statement is proved when an enclosure of the checker's lies within it,
and false when the two are apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import gmpy2
import mpmath

from overspec.verify.check.format import Rejected, Statement
from overspec.verify.check.subject import Eigenvalue, Entry, Subject
from overspec.verify.check.value import Enclosure, TooCostly, number

Own = Callable[[int], Mapping[Subject, Enclosure]]

MOST_DIGITS = 400
MORE = (0, 3, 8)  # digits beyond what the statements are wide, one attempt after another


class Consistent(Exception):
    """Nothing is proved: all that was found fits, to ε."""

    def __init__(self, epsilon: Fraction, reason: str) -> None:
        super().__init__(reason)
        self.epsilon = epsilon


class Partly(Exception):
    """All that the file states is proved, and the file says that it leaves something out."""


def settle(statements: Sequence[Statement], own: Own) -> None:
    """Prove every statement.

    Args:
        own: enclosures of about so many digits; it may raise `TooCostly`.

    Raises:
        Rejected: one is false.
        Consistent: they could not be decided, and enclosures that are wider fit.
        TooCostly: not even that.
    """
    wanted = _digits(statements)
    open_ = list(statements)
    try:
        for more in MORE:
            found = own(wanted + more)
            open_ = [s for s in open_ if not within(s, found[s.quantity])]
            if not open_:
                return
        why = f"{open_[0].quantity}: the true value lies too near an end of the enclosure"
    except TooCostly as error:
        why = str(error)
    for digits in range(wanted - 1, 0, -1):
        try:
            found = own(digits)
        except TooCostly:
            continue
        for s in open_:
            within(s, found[s.quantity])
        epsilon = max(found[s.quantity][1] - found[s.quantity][0] for s in open_)
        raise Consistent(epsilon, why)
    raise TooCostly(why)


def within(s: Statement, own: Enclosure) -> bool:
    """Whether it is proved.

    Raises:
        Rejected: it is refuted.
    """
    low, high = own
    if high < s.lower or low > s.upper:
        raise Rejected(
            f"{s.quantity}: an independent quadrature proves {shown(low, high)}, outside "
            f"{shown(s.lower, s.upper)}"
        )
    return s.lower <= low and high <= s.upper


def _digits(statements: Sequence[Statement]) -> int:
    """Digits that resolve the narrowest radius; those that are exact need none."""
    radii = [s.upper - s.centre for s in statements]
    narrow = min((r for r in radii if r > 0), default=Fraction(1, 10**12))
    digits = 2
    while Fraction(1, 10**digits) > narrow / 5:
        digits += 1
    if digits > MOST_DIGITS:
        raise TooCostly(f"{digits} digits would be needed")
    return digits


def shown(low: Fraction, high: Fraction) -> str:
    """Both ends in decimals, rounded outward.

    >>> shown(Fraction(1, 3), Fraction(1001, 3000))
    '[0.33333, 0.33367]'
    """
    places = places_for(high - low) if low < high else 30
    return f"[{down(low, places)}, {up(high, places)}]"


def places_for(width: Fraction) -> int:
    """Decimal places that show an interval of this width to a twentieth of it; 400 at most."""
    places = 1
    while places < 400 and Fraction(1, 10**places) * 20 > width > 0:
        places += 1
    return places


def down(value: Fraction, places: int) -> str:
    """The largest decimal of so many places that is not above.

    >>> down(Fraction(-1, 3), 2), up(Fraction(-1, 3), 2), up(Fraction(3, 2), 3)
    ('-0.34', '-0.33', '1.500')
    """
    scaled = value.numerator * 10**places // value.denominator
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def up(value: Fraction, places: int) -> str:
    """The smallest that is not below."""
    negated = down(-value, places)
    if negated.startswith("-"):
        return negated[1:]
    return negated if set(negated) <= {"0", "."} else f"-{negated}"


def number_in_words(value: Fraction | str) -> str:
    """An exact number, never the text of the file; shortened when long."""
    if isinstance(value, Fraction):
        text = str(value)
    else:
        with gmpy2.context(gmpy2.get_context(), precision=60):
            return f"{float(number(value)):.12g}..."
    return text if len(text) <= 40 else f"{float(value):.12g}..."


def mixture_in_words(k: int, weights: Sequence[tuple[Fraction | str, int]]) -> str:
    """k and the weights, as they were read.

    >>> mixture_in_words(3, [(Fraction(1, 2), 1), (Fraction(1, 4), 2)])[:34]
    'k = 3, weights 1/2, 1/4 (2 times);'
    """
    named = [
        number_in_words(w) + (f" ({count} times)" if count > 1 else "") for w, count in weights[:6]
    ]
    more = f", ... ({len(weights)} runs)" if len(weights) > 6 else ""
    return (
        f"k = {k}, weights {', '.join(named)}{more}; x ~ N(0, I), components N(R^j theta, I), "
        "R the simplex action"
    )


# --- eigenvalues


def spectrum(entries: Mapping[Subject, Enclosure]) -> list[Enclosure]:
    """Of the symmetric matrix with these entries, ascending.

    With V near orthogonal, the eigenvalues of VᵀAV are those of A times factors within the spectrum
    of VᵀV (Ostrowski), and within ‖VᵀAV − Λ‖ of Λ (Weyl); both matrices are computed exactly. The
    radii of the entries move every eigenvalue by their Frobenius norm at most.

    >>> one, two = (Fraction(1),) * 2, (Fraction(2),) * 2
    >>> found = spectrum({Entry(1, 1): one, Entry(1, 2): two, Entry(2, 2): one})
    >>> [round(float(low), 9) for low, high in found], found[0][0] <= -1 <= found[0][1]
    ([-1.0, 3.0], True)
    """
    modes = sorted({part.m for part in entries if isinstance(part, Entry)})
    size = len(modes)

    def at(i: int, j: int) -> Enclosure:
        return entries[Entry(modes[min(i, j)], modes[max(i, j)])]

    a = [[_dyadic((at(i, j)[0] + at(i, j)[1]) / 2) for j in range(size)] for i in range(size)]
    radii = [[_radius(at(i, j), a[i][j]) for j in range(size)] for i in range(size)]
    slack = _norm(radii)
    context = mpmath.MPContext()
    context.dps = 80
    matrix = context.matrix([[context.mpf(x.numerator) / x.denominator for x in row] for row in a])
    values, vectors = context.eigsy(matrix)
    order = sorted(range(size), key=lambda n: values[n])
    v = [[_exact(vectors[i, n]) for n in order] for i in range(size)]
    lambdas = [_exact(values[n]) for n in order]
    gram = _product(_transposed(v), v)
    turned = _product(_transposed(v), _product(a, v))
    off = _norm([[gram[i][j] - (i == j) for j in range(size)] for i in range(size)])
    rest = _norm([[turned[i][j] - (i == j) * lambdas[i] for j in range(size)] for i in range(size)])
    if off >= Fraction(1, 2):
        raise TooCostly("no eigenvectors were found")
    found = []
    for value in lambdas:
        ends = [(value + side * rest) / (1 + turn * off) for side in (-1, 1) for turn in (-1, 1)]
        found.append((min(ends) - slack, max(ends) + slack))
    return found


def _dyadic(value: Fraction) -> Fraction:
    return Fraction(round(value * 2**400), 2**400)


def _exact(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return _dyadic((-1 if sign else 1) * Fraction(int(mantissa)) * Fraction(2) ** int(exponent))


def _radius(ends: Enclosure, centre: Fraction) -> Fraction:
    return max(ends[1] - centre, centre - ends[0])


def _norm(rows: list[list[Fraction]]) -> Fraction:
    """An upper bound of the Frobenius norm."""
    total = sum((x * x for row in rows for x in row), Fraction(0))
    scale = 2**600
    root = math.ceil(total * scale * scale)
    return Fraction(math.isqrt(root) + 1, scale)


def _transposed(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    return [list(row) for row in zip(*rows, strict=True)]


def _product(left: list[list[Fraction]], right: list[list[Fraction]]) -> list[list[Fraction]]:
    columns = _transposed(right)
    return [
        [sum((x * y for x, y in zip(row, c, strict=True)), Fraction(0)) for c in columns]
        for row in left
    ]


def with_spectrum(found: Mapping[Subject, Enclosure]) -> dict[Subject, Enclosure]:
    """The enclosures and, where there are entries, the eigenvalues of their matrix."""
    entries: dict[Subject, Enclosure] = {
        part: ends for part, ends in found.items() if isinstance(part, Entry)
    }
    values = spectrum(entries) if entries else []
    return {**found, **{Eigenvalue(n): ends for n, ends in enumerate(values, start=1)}}
