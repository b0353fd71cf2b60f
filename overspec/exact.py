"""Exact numbers: what a weight, an amplitude or a radius may be, and how text becomes one.

Rationals are `fractions.Fraction`; real algebraic numbers are SymPy expressions built from
rationals, ``sqrt`` and integer powers. A float is never accepted: 0.3 typed as a float is
not 3/10. Text is read by a small grammar of our own walk over Python's `ast`; nothing a
user supplies is ever evaluated.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from typing import TYPE_CHECKING, Any, TypeAlias

from overspec.errors import InputError, InputTypeError, OutOfReach

if TYPE_CHECKING:
    import sympy

#: An exact real number: a rational, or an algebraic number as a SymPy expression.
Exact: TypeAlias = "Fraction | sympy.Expr"

MAX_TEXT = 2_000  # characters of one number; keeps hostile text cheap
MAX_EXPONENT = 1_000  # |decimal exponent|; 1e-1000000000 would fill the memory
MAX_POWER = 64  # integer powers in the algebraic grammar
MAX_BITS = 7_000  # of numerator and denominator, so that squares can still be written in decimals
MAX_ROOTS = 5  # different square roots in one number: degree 32
MAX_ROOT_WORK = 300  # divisions and roots, times the degree: a second or two
MAX_TERMS = 3_000  # of a product of sums of roots, before like terms are collected
MOST_SECONDS = 2.0  # estimated, to read all the numbers of a list

_RATIO = re.compile(r"[0-9]+/0*[1-9][0-9]*", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?", re.ASCII)


def exact(value: object, name: str = "number") -> Exact:
    """An exact number from text, an integer, a rational or a SymPy algebraic number.

    Args:
        value: ``"1/2"``, ``"0.3"``, ``"2e-40"``, ``"(sqrt(5)-1)/4"``, an integer (NumPy's too), a
            `fractions.Fraction`, a `decimal.Decimal`, or a real algebraic SymPy expression without
            symbols.
        name: what the number is, for the error message.

    Returns:
        A `Fraction` whenever the value is rational, else a SymPy expression.

    Raises:
        InputError: text outside the grammar, values that are not finite reals, numbers of more than
            `MAX_BITS` bits or `MAX_ROOTS` different roots.
        InputTypeError: floats, and types that are no numbers.

    >>> exact("0.3"), exact("1/2 - 1/5")
    (Fraction(3, 10), Fraction(3, 10))
    >>> exact("sqrt(8)/4")
    sqrt(2)/2
    """
    if isinstance(value, str):
        return _parse(value, name)
    if isinstance(value, (bool, float)):
        raise InputTypeError(
            f"{name} {value} is not exact; write it as text ('{value}') or as Fraction(p, q)"
        )
    if isinstance(value, Rational):
        return _sized(Fraction(int(value.numerator), int(value.denominator)), name)
    if isinstance(value, Decimal):
        return _parse(str(value), name)  # its limits, and no NaN
    if type(value).__module__.split(".")[0] == "sympy":
        return _from_sympy(value, name)
    raise InputTypeError(
        f"{name} {value!r} of type {type(value).__name__} is not an exact number; "
        "use text such as '3/10', an int, a Fraction, a Decimal or a SymPy algebraic number"
    )


def afford(items: Iterable[object], name: str) -> None:
    """Refuse a list of numbers that would take more than `MOST_SECONDS` to read, before it begins.

    By measured times, rounded up: 10 µs a decimal or a fraction, 0.3 ms an expression; one with
    ``r`` square roots takes ``(roots and divisions)·2^r`` times 2 ms, its sign 6 ms times ``2^r``.

    Raises:
        OutOfReach: more than that.

    >>> afford(["1/3"] * 1000, "weights")
    >>> afford(["sqrt(2)+sqrt(3)+sqrt(5)"] * 1000, "pi")
    Traceback (most recent call last):
    ...
    overspec.errors.OutOfReach: pi: these numbers take more than 2 s to read; write fewer roots
    """
    total = 0.0
    for item in items:
        total += _seconds(item)
        if total > MOST_SECONDS:
            raise OutOfReach(
                f"{name}: these numbers take more than {MOST_SECONDS:.0f} s to read; "
                f"write fewer{' roots' if 'sqrt' in str(item) else ''}"
            )


def _seconds(item: object) -> float:
    if not isinstance(item, str) or len(item) > MAX_TEXT:  # refused at once, or read already
        return 1e-5
    roots = item.count("sqrt")
    if not roots:
        stripped = item.strip()
        return 1e-5 if _RATIO.fullmatch(stripped) or _DECIMAL.fullmatch(stripped) else 3e-4
    if roots > MAX_ROOT_WORK:
        return MOST_SECONDS
    scale = 1 << min(roots, MAX_ROOTS)
    return min((roots + item.count("/")) * scale * 2e-3, 1.2) + scale * 6e-3


def whole(value: object, name: str, advice: str = "use an integer") -> int:
    """An `int` from an `int` or whatever counts as one, such as a NumPy integer.

    Raises:
        InputTypeError: anything else, `bool` included.

    >>> whole(3, "steps")
    3
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise InputTypeError(f"{name} = {value!r} is not an integer; {advice}")


def flag(value: object, name: str) -> bool:
    """A `bool` from True or False, or NumPy's: nothing else, so that no text counts as True.

    Raises:
        InputTypeError: anything else.

    >>> flag(True, "tied")
    True
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise InputTypeError(f"{name} = {value!r}; use True or False")


def as_fraction(value: Exact) -> Fraction:
    """A rational number as such.

    Raises:
        TypeError: the number is irrational.

    >>> as_fraction(exact("0.3"))
    Fraction(3, 10)
    """
    if isinstance(value, Fraction):
        return value
    raise TypeError(f"{value} is irrational")


def is_zero(value: Exact) -> bool:
    """Whether an exact number is 0, decided exactly (minimal polynomial if irrational).

    >>> is_zero(exact("sqrt(2)*sqrt(3) - sqrt(6)"))
    True
    """
    if isinstance(value, Fraction) or value.is_Rational:
        return bool(value == 0)
    import sympy

    try:  # with as many digits as it takes for fifteen right ones
        if abs(value.evalf(15, strict=True)) > sympy.Rational(1, 10**6):
            return False
    except sympy.core.evalf.PrecisionExhausted:
        pass
    try:
        return bool(sympy.minimal_polynomial(value, x := sympy.Dummy("x")) == x)
    except NotImplementedError:  # more than one factor has a root so near
        raise OutOfReach(f"{text_of(value)[:80]}: zero or not takes too many digits") from None


def sign(value: Exact) -> int:
    """-1, 0 or 1. Zero is decided exactly first, so the numeric sign that follows is safe.

    >>> sign(exact("sqrt(2) - 3/2"))
    -1
    """
    if isinstance(value, Fraction):
        return (value.numerator > 0) - (value.numerator < 0)  # ten times as fast
    if is_zero(value):
        return 0
    digits = 30
    while True:  # ends: the value is not 0, so enough digits separate it from 0
        approximation = value.evalf(digits)
        if approximation.is_comparable and abs(approximation) > 10 ** (5 - digits):
            return 1 if approximation > 0 else -1
        digits *= 2


def text_of(value: Exact) -> str:
    """The number as text that `exact` reads back as the same: of powers, roots are square roots.

    >>> text_of(exact("0.125")), text_of(exact("sqrt(sqrt(2))"))
    ('1/8', 'sqrt(sqrt(2))')
    """
    return str(value) if isinstance(value, Fraction) else _printed(value)


def _printed(value: Any) -> str:
    from sympy.printing.str import StrPrinter

    class Roots(StrPrinter):  # type: ignore[misc]
        def _print_Pow(self, power: Any, rational: bool = False) -> str:
            exponent = power.exp
            if not exponent.is_Rational or exponent.is_Integer:
                return str(super()._print_Pow(power, rational))
            text, order = str(self._print(power.base)), int(exponent.q)
            while order > 1:
                text, order = f"sqrt({text})", order // 2
            return text if exponent.p == 1 else f"{text}**({exponent.p})"

    return str(Roots().doprint(value))


def _parse(text: str, name: str) -> Exact:
    stripped = text.strip()
    if not stripped:
        raise InputError(f"{name}: empty text; write a number such as '3/10' or '0.3'")
    if len(stripped) > MAX_TEXT:
        raise OutOfReach(f"{name}: {len(stripped)} characters; at most {MAX_TEXT} are read")
    match = _DECIMAL.fullmatch(stripped)
    if match:
        return _sized(_decimal(stripped, match, name), name)
    if _RATIO.fullmatch(stripped):
        return _sized(Fraction(stripped), name)
    try:
        tree = ast.parse(stripped, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _grammar_error(text, name) from None
    _afford(tree, text, name)
    try:
        return _reduce(_walk(tree.body, stripped, name))
    except ZeroDivisionError:
        raise InputError(f"{name} {_short(text)}: division by zero") from None
    except RecursionError:
        raise OutOfReach(f"{name} {_short(text)}: nested too deeply") from None


def _decimal(text: str, match: re.Match[str], name: str) -> Fraction:
    exponent = match.group(1)
    if exponent is not None and (len(exponent) > 6 or abs(int(exponent)) > MAX_EXPONENT):
        raise OutOfReach(f"{name} {_short(text)}: exponents beyond ±{MAX_EXPONENT} are not read")
    return Fraction(text)


def _afford(tree: ast.Expression, text: str, name: str) -> None:
    """Refuse what SymPy would take minutes for, before it begins."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    divisions = sum(isinstance(node, ast.Div) for node in ast.walk(tree))
    roots = len({ast.dump(node) for node in calls})
    if roots > MAX_ROOTS or (roots and (divisions + len(calls)) << roots > MAX_ROOT_WORK):
        raise OutOfReach(
            f"{name} {_short(text)}: too many square roots; at most {MAX_ROOTS} different ones are "
            "read, nested or side by side, and fewer where many are divided by"
        )


def _sized(value: Any, name: str) -> Any:
    """A value that is small enough to go on with."""
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits > MAX_BITS:
            raise OutOfReach(f"{name}: a number of {bits} bits; at most {MAX_BITS} are read")
    return value


def _terms(value: Any) -> int:
    import sympy

    return 1 if isinstance(value, Fraction) else len(sympy.Add.make_args(value))


def _few(terms: int, text: str, name: str) -> None:
    if terms > MAX_TERMS:
        raise OutOfReach(f"{name} {_short(text)}: multiplied out it has {terms} terms; simplify it")


def _walk(node: ast.expr, text: str, name: str) -> Any:
    """Value of a node: `Fraction` while rational, SymPy once a square root appears."""
    return _sized(_node(node, text, name), name)


def _node(node: ast.expr, text: str, name: str) -> Any:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            literal = ast.get_source_segment(text, node) or ""
            found = _DECIMAL.fullmatch(literal)
            if found:
                return _decimal(literal, found, name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand, text, name)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _walk(operand, text, name)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_walk(left, text, name), _walk(right, text, name), text, name)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _walk(left, text, name), _walk(right, text, name)
            if isinstance(a, Fraction) != isinstance(b, Fraction):
                a, b = _sympy(a), _sympy(b)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    _few(_terms(a) * _terms(b), text, name)
                    return a * b if isinstance(a, Fraction) else _expanded(a * b)
                case ast.Div():
                    if is_zero(_reduce(b)):
                        raise ZeroDivisionError
                    return a / b if isinstance(a, Fraction) else _expanded(a / b)
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
            import sympy

            inner = _reduce(_walk(argument, text, name))
            if sign(inner) < 0:
                raise InputError(f"{name} {_short(text)}: square root of a negative number")
            return sympy.sqrt(_sympy(inner))
    raise _grammar_error(text, name)


def _power(base: Any, exponent: Any, text: str, name: str) -> Any:
    if not isinstance(exponent, Fraction) or exponent.denominator != 1:
        raise InputError(f"{name} {_short(text)}: powers must be integers; use sqrt() for roots")
    if abs(exponent) > MAX_POWER:
        raise OutOfReach(f"{name} {_short(text)}: powers beyond ±{MAX_POWER} are not read")
    if exponent < 0 and is_zero(_reduce(base)):
        raise ZeroDivisionError
    power = int(exponent)
    if isinstance(base, Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
        if bits * abs(power) > MAX_BITS:
            raise OutOfReach(f"{name} {_short(text)}: more than {MAX_BITS} bits are not read")
        return base**power
    _few(math.comb(abs(power) + _terms(base) - 1, _terms(base) - 1), text, name)
    return _expanded(base**power)


def _expanded(value: Any) -> Any:
    import sympy

    return sympy.expand(value)


def _sympy(value: Any) -> Any:
    import sympy

    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value


def _reduce(value: Any) -> Exact:
    """`Fraction` when rational, else the SymPy expression."""
    if isinstance(value, Fraction):
        return value
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    import sympy

    simplified = sympy.radsimp(sympy.sqrtdenest(sympy.expand(value)))
    if simplified.is_Rational:
        return Fraction(int(simplified.p), int(simplified.q))
    result: Exact = simplified
    return result


def _from_sympy(value: Any, name: str) -> Exact:
    if getattr(value, "is_Float", False) or (hasattr(value, "has") and value.has(_float_class())):
        raise InputError(f"{name} {value} contains a SymPy Float; use Rational or sqrt")
    if not getattr(value, "is_number", False) or not value.is_real or value.is_algebraic is False:
        raise InputError(f"{name} {value} is not a real algebraic number without symbols")
    return _reduce(value)


def _float_class() -> Any:
    import sympy

    return sympy.Float


def _grammar_error(text: str, name: str) -> InputError:
    return InputError(
        f"{name} {_short(text)} is not an exact number; write an integer, a fraction (3/10), "
        "a decimal (0.3, 1e-40), or an expression of these with + - * / ** and sqrt()"
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
