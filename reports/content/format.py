"""Numbers as text: never more digits than the error supports."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from overspec.decimals import decimal_above, decimal_below
from overspec.evidence import Evidence, Quantity


def quantity_text(quantity: Quantity, digits: int = 4) -> str:
    """A number of the ledger as a report prints it.

    Proved and certified: the decimal itself where it is exact, else ``[low, high]`` outward,
    or ``≥ low``. Measured and sampled: the estimate with its error in the last digits in
    parentheses, or ``> low`` where the search ended there. Nothing is rounded towards a claim.

    >>> proved, measured = Evidence.PROVED, Evidence.MEASURED
    >>> quantity_text(Quantity("0.33333333333", "0.33333333334", proved))
    '[0.3333, 0.3334]'
    >>> quantity_text(Quantity("0.0625", "0.0625", proved)), quantity_text(
    ...     Quantity("0.50999", "inf", proved))
    ('0.0625', '≥ 0.5099')
    >>> quantity_text(Quantity("0.6462", "0.6464", measured)), quantity_text(
    ...     Quantity("6", "inf", measured))
    ('0.6463(1)', '> 6')
    """
    low, high = Decimal(quantity.low), Decimal(quantity.high)
    if quantity.evidence in (Evidence.PROVED, Evidence.CERTIFIED):
        if low == high and len(low.normalize().as_tuple().digits) <= digits:
            return plain(low)
        if not high.is_finite():
            return f"≥ {plain(decimal_below(low, digits))}"
        return f"[{plain(decimal_below(low, digits))}, {plain(decimal_above(high, digits))}]"
    if not high.is_finite():
        return f"> {plain(decimal_below(low, digits))}"
    middle, half = (low + high) / 2, (high - low) / 2
    if half == 0:
        return plain(middle)
    error = decimal_above(half, 1)
    value = middle.quantize(Decimal(1).scaleb(error.adjusted()), rounding=ROUND_HALF_EVEN)
    return f"{value:f}({error.scaleb(-error.adjusted()):f})"


def at_most(left: Quantity, right: Quantity, digits: int = 4) -> tuple[str, str]:
    """Texts of two numbers whose printed digits still show that ``left ≤ right``.

    Takes as many digits as that needs, up to those of the ledger.

    Raises:
        ArithmeticError: the ledger's own digits do not show it.

    >>> close = Quantity("0.50001", "0.50002", Evidence.PROVED), Quantity(
    ...     "0.50003", "0.50004", Evidence.PROVED)
    >>> at_most(*close, digits=2)
    ('[0.50001, 0.50002]', '[0.50003, 0.50004]')
    """
    for places in range(digits, LEDGER_DIGITS + 1):
        top = decimal_above(Decimal(left.high), places)
        bottom = decimal_below(Decimal(right.low), places)
        if top <= bottom:
            return quantity_text(left, places), quantity_text(right, places)
    raise ArithmeticError(f"the ledger does not show that {left.high} <= {right.low}")


def positive(quantity: Quantity, digits: int = 4) -> str:
    """The text of a number whose printed digits still show that it is above 0.

    Raises:
        ArithmeticError: the ledger's own digits do not show it.

    >>> positive(Quantity("0.000012", "0.000013", Evidence.PROVED))
    '[0.000012, 0.000013]'
    """
    if not decimal_below(Decimal(quantity.low), digits) > 0:
        raise ArithmeticError(f"the ledger does not show that {quantity.low} > 0")
    return quantity_text(quantity, digits)


def printed(bounds: Sequence[str], total: str, digits: int = 3) -> list[str]:
    """Bounds of errors and their sum, rounded up, whose printed digits still add up.

    Raises:
        ArithmeticError: the ledger's own digits do not add up to at most the total.

    >>> printed(["0.00012344", "4E-20"], "0.00012345")
    ['0.000124', '4e-20', '0.000125']
    """
    rows = [decimal_above(Decimal(bound), digits) for bound in bounds]
    exact = sum(map(Fraction, bounds), Fraction(0))
    if exact > Fraction(total):
        raise ArithmeticError(f"the ledger's error budget adds up to more than {total}")
    shown = decimal_above(Decimal(total), digits)
    while sum(map(Fraction, rows), Fraction(0)) > Fraction(shown):
        shown = shown.next_plus(Context(prec=digits, rounding=ROUND_CEILING))
    return [plain(row) for row in (*rows, shown)]


LEDGER_DIGITS = 20


def plain(value: Decimal) -> str:
    """Without an exponent unless the number is far from 1.

    >>> plain(Decimal("2.50")), plain(Decimal("1E-12")), plain(Decimal(0))
    ('2.5', '1e-12', '0')
    """
    short = value.normalize()
    if short == 0:
        return "0"
    return f"{short:f}" if -7 <= short.adjusted() <= 15 else f"{short:e}"
