"""The checker's own enclosures of formulas.

A moment under N(ν, 1) is the sum over j of h f(ν + jh) φ(jh), f = x^p sech^m tanh^n of sx + b. For
y with |s| y ≤ 1 the strip |Im z| ≤ y has no pole, |sech| ≤ 1/cos 1 < 19/10 and |tanh| ≤ tan 1 <
8/5 there, |φ(z)| = φ(Re z) e^{y²/2}, and |ν + z|^p ≤ (|Re z| + A)^p with A = |ν| + y. So the
integral of |fφ| on every line of the strip is at most

    M = (19/10)^m (8/5)^n e^{y²/2} (8(3 + A⁴))^{p/4},

as (|z| + A)⁴ ≤ 8(z⁴ + A⁴) and by Jensen's inequality, and the sum over all j is off by at most
2M/(e^{2πy/h} − 1). On the real line |sech|, |tanh| ≤ 1, and the terms beyond the last node fall
faster than a geometric series with the ratio of the first two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from overspec.verify.check.moments.rounded import Rounded, Span
from overspec.verify.check.moments.tree import Moment, Node, Power
from overspec.verify.check.value import Enclosure, Purse, TooCostly

OPERATION = 600  # what a node costs beside a product of doubles: some ten MPFR operations
WIDEST = Fraction(5)  # half-width of a strip
MOST_TERMS = 20_000
SECH, TANH = Fraction(19, 10), Fraction(8, 5)


def enclose(node: Node, digits: int, purse: Purse) -> Enclosure:
    """An interval of about so many digits that contains the number.

    Raises:
        TooCostly: beyond the budget, or a function outside its domain as far as can be seen.

    >>> from overspec.verify.check.moments.tree import Apply
    >>> low, high = enclose(Apply("exp", (Fraction(1),)), 20, Purse(10**6))
    >>> Fraction("2.71828182845904523536") < low < high < Fraction("2.718281828459045235361")
    True
    """
    at = Rounded(math.ceil(digits * 3.33) + 60)
    return at.ends(_value(node, at, digits + 6, purse))


def _value(node: Node, at: Rounded, digits: int, purse: Purse) -> Span:
    if isinstance(node, Fraction):
        return at.of(node)
    if isinstance(node, Power):
        return at.power(_value(node.base, at, digits, purse), node.exponent)
    if isinstance(node, Moment):
        return _moment(node, at, digits, purse)
    purse.spend(OPERATION, "an operation")
    if node.op == "pi":
        return at.pi()
    values = [_value(a, at, digits, purse) for a in node.args]
    operations: dict[str, Callable[..., Span]] = {
        "+": at.add, "-": at.sub, "*": at.mul, "/": at.div, "exp": at.exp, "log": at.log,
        "sqrt": at.root, "atanh": at.atanh, "erf": at.erf,
    }  # fmt: skip
    return operations[node.op](*values)


def _moment(node: Moment, at: Rounded, digits: int, purse: Purse) -> Span:
    slope, shift = (_value(part, at, digits, purse) for part in (node.slope, node.shift))
    total = at.of(Fraction(0))
    for weight, mean in node.law:
        centre = _value(mean, at, digits, purse)
        part = _under(node, slope, shift, centre, at, digits, purse)
        total = at.add(total, at.mul(at.of(weight), part))
    return total


def _under(
    node: Moment, slope: Span, shift: Span, mean: Span, at: Rounded, digits: int, purse: Purse
) -> Span:
    """Under N(mean, 1)."""
    steepest, far = at.ends(at.size(slope))[1], at.ends(at.size(mean))[1]
    y = _strip(steepest)
    goal = digits * math.log(10) + 5 + math.log(8 * (3 + float(far + y) ** 4))
    step = Fraction(math.floor(2 * math.pi * float(y) / (goal + float(y) ** 2 / 2) * 2**24), 2**24)
    last = math.ceil(math.sqrt(2 * goal) / float(step)) + 2 if step else MOST_TERMS
    if last >= MOST_TERMS:
        raise TooCostly(f"a moment with a slope of {float(steepest):.1e} takes too many terms")
    purse.spend((2 * last + 1) * OPERATION * (1 + digits / 30), "a moment")
    total = at.of(Fraction(0))
    for j in range(-last, last + 1):
        node_ = at.of(j * step)
        x = at.add(mean, node_)
        total = at.add(total, at.mul(_integrand(node, slope, shift, x, at), _density(node_, at)))
    total = at.mul(total, at.of(step))
    missed = max(at.ends(_missed(node, y, step, last, far, at)))
    return at.add(total, Span(at.of(-missed).low, at.of(missed).high))


def _strip(steepest: Fraction) -> Fraction:
    """y with steepest·y ≤ 1."""
    if steepest * WIDEST <= 1:
        return WIDEST
    y = Fraction(math.floor(2**40 / steepest), 2**40)
    if not y:
        raise TooCostly("a moment with a slope beyond 2^40")
    return y


def _integrand(node: Moment, slope: Span, shift: Span, x: Span, at: Rounded) -> Span:
    value = at.power(x, node.degree)
    if node.sech or node.tanh:
        argument = at.add(at.mul(slope, x), shift)
        value = at.mul(value, at.power(at.sech(argument), node.sech))
        value = at.mul(value, at.power(at.tanh(argument), node.tanh))
    return value


def _density(x: Span, at: Rounded) -> Span:
    """``φ(x)``."""
    circle = at.mul(at.of(Fraction(2)), at.pi())
    square = at.div(at.power(x, 2), at.of(Fraction(-2)))
    return at.div(at.exp(square), at.root(circle))


def _missed(
    node: Moment, y: Fraction, step: Fraction, last: int, far: Fraction, at: Rounded
) -> Span:
    """What the sum misses: between the nodes, and beyond them."""
    one, two = at.of(Fraction(1)), at.of(Fraction(2))
    reach = at.of(8 * (3 + (far + y) ** 4))
    spread = at.power(at.root(at.root(reach)), node.degree)
    large = at.mul(at.of(SECH**node.sech * TANH**node.tanh), at.exp(at.of(y * y / 2)))
    decay = at.sub(at.exp(at.mul(at.pi(), at.of(2 * y / step))), one)
    between = at.div(at.mul(two, at.mul(large, spread)), decay)
    ends = [(last + n) * step for n in (1, 2)]
    terms = [at.mul(at.of((far + e) ** node.degree), _density(at.of(e), at)) for e in ends]
    ratio = at.div(terms[1], terms[0])
    if not ratio.high < 1:
        raise TooCostly("the terms of a moment do not fall yet")
    beyond = at.div(at.mul(at.of(2 * step), terms[0]), at.sub(one, ratio))
    return at.add(between, beyond)
