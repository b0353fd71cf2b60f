"""What a check finds of a statement: computed from enclosures, never written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from overspec.decimals import Number, rounded_down, rounded_up
from overspec.errors import InputError
from overspec.verify.gallery.formula import RELATIONS, Comparison, Formula, Term, number
from overspec.verify.gallery.line import number as enclosed
from overspec.verify.gallery.line import precision

#: A bound is called sharp where it exceeds what it bounds by at most this share, with proof.
SHARP = Fraction(1, 1000)
#: How near an exponent seen at finitely many steps must come to that of a limit.
CLOSE = Fraction(1, 20)


class Known(Enum):
    """How the wording of a statement is known."""

    QUOTED = "quoted from the abstract"
    RESTATED = "restated from memory, wording to be confirmed"
    OWN = "stated by the user"


class Kind(Enum):
    """What a check can find, best first."""

    SHARP = "sharp"
    HOLDS = "holds"
    LOOSE = "loose"
    CONDITION = "condition"
    INCONCLUSIVE = "inconclusive"
    REFUTED = "refuted"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check.

    Attributes:
        kind: what was found.
        factor: of a loose bound, published over true or the inverse, at least 1.
        condition: under which the statement holds, where it is not stated.
        counterexample: where it fails.
    """

    kind: Kind
    factor: Number | None = None
    condition: str = ""
    counterexample: str = ""

    @property
    def accepts(self) -> bool:
        """Whether the statement was found true as it stands."""
        return self.kind in (Kind.SHARP, Kind.HOLDS, Kind.LOOSE)

    def words(self, known: Known = Known.OWN) -> str:
        """In words. What is restated from memory at most *holds as restated*.

        >>> Verdict(Kind.SHARP).words(), Verdict(Kind.SHARP).words(Known.RESTATED)
        ('sharp', 'holds as restated')
        """
        restated = known is Known.RESTATED
        holds = "holds as restated" if restated else "holds"
        if self.kind is Kind.SHARP:
            return holds if restated else "sharp"
        if self.kind is Kind.LOOSE and self.factor is not None:
            loose = f"loose by a factor {shown(self.factor)}"
            return f"{holds}, {loose}" if restated else loose
        if self.kind is Kind.CONDITION:
            return f"{holds} under an unstated condition: {self.condition}"
        if self.kind is Kind.REFUTED:
            return f"refuted as {'restated' if restated else 'worded'}: {self.counterexample}"
        return holds if self.kind is Kind.HOLDS else "inconclusive"


@dataclass(frozen=True)
class Finding:
    """What the check of one statement gives.

    Attributes:
        verdict: computed from the two that follow.
        published: the value that the statement gives; None where it gives none.
        true: an enclosure of what is bounded or claimed; None where there is no such number.
        of: what these two are, in words.
        notes: sentences with further numbers, each from enclosures.
        compared: two formulas for ``true`` and ``published``, which a certificate can state; None
            where there are none.
    """

    verdict: Verdict
    published: Number | None
    true: Number | None
    of: str
    notes: tuple[str, ...] = ()
    compared: Comparison | None = None


def at_most(true: Number, published: Number, at: str) -> Verdict:
    """Of the claim that the true value is at most the published one.

    Args:
        at: where the true value is taken, said where the claim fails.

    >>> third, half = (Number(Fraction(1, n)) for n in (3, 2))
    >>> at_most(third, half, "").words(), at_most(half, third, "x = 1").words()
    ('loose by a factor 1.5', 'refuted as worded: at x = 1 it is 0.5, and the bound 0.33333')
    """
    if true.lower > published.upper:
        return Verdict(
            Kind.REFUTED,
            counterexample=f"at {at} it is {shown(true)}, and the bound {shown(published)}",
        )
    if true.upper > published.lower:
        return Verdict(Kind.INCONCLUSIVE)
    return _graded(true, published)


def at_least(true: Number, published: Number, at: str) -> Verdict:
    """Of the claim that the true value is at least the published one."""
    if true.upper < published.lower:
        return Verdict(
            Kind.REFUTED,
            counterexample=f"at {at} it is {shown(true)}, and the bound {shown(published)}",
        )
    if true.lower < published.upper:
        return Verdict(Kind.INCONCLUSIVE)
    return _graded(published, true)


def compare(left: Formula, relation: str, right: Term, of: str, at: str) -> Finding:
    """A finding from two formulas: the verdict on ``left <= right`` or ``left >= right``.

    Args:
        left: the number that is bounded.
        relation: ``"<="`` or ``">="``.
        right: what is published.
        of: what they are, in words.
        at: where, said where the claim fails.

    Raises:
        InputError: another relation.

    >>> from overspec.verify.gallery.formula import moment
    >>> found = compare(moment(1, 0, sech=2), "<=", "7/10", "E sech(x)^2", "theta = 1")
    >>> found.verdict.words()
    'loose by a factor 1.1557'
    """
    if relation not in RELATIONS:
        raise InputError(f"relation {relation!r}; use '<=' or '>='")
    published = number(right)
    with precision():
        true, stated = (enclosed(side.enclose()) for side in (left, published))
    judge = at_most if relation == "<=" else at_least
    compared = Comparison(left, relation, published)
    return Finding(judge(true, stated, at), stated, true, of, (), compared)


def _graded(small: Number, large: Number) -> Verdict:
    """A bound that holds: sharp, loose, or neither with proof."""
    if small.lower <= 0:
        return Verdict(Kind.HOLDS)
    factor = ratio(large, small)
    if factor.upper <= 1 + SHARP:
        return Verdict(Kind.SHARP)
    return Verdict(Kind.LOOSE, factor) if factor.lower > 1 + SHARP else Verdict(Kind.HOLDS)


def of_order(true: Number, published: Fraction, at: str) -> Verdict:
    """Of the claim that something decays with an exponent of at least the published one.

    An exponent seen between two finite numbers of steps tells one of the limit to `CLOSE` only.

    >>> seen = Number.between(Fraction("1.99"), Fraction("1.995"))
    >>> [of_order(seen, Fraction(p), "").kind.value for p in ("0.5", "2", "5/2")]
    ['loose', 'sharp', 'refuted']
    """
    if true.upper < published - CLOSE:
        return Verdict(
            Kind.REFUTED, counterexample=f"at {at} the exponent is {shown(true)}, not {published}"
        )
    if true.lower > published + CLOSE:
        return Verdict(Kind.LOOSE, ratio(true, Number(published)))
    close = published - CLOSE <= true.lower and true.upper <= published + CLOSE
    return Verdict(Kind.SHARP if close else Kind.INCONCLUSIVE)


def ratio(over: Number, under: Number) -> Number:
    """The quotient of two numbers, the second positive."""
    ends = [a / b for a in (over.lower, over.upper) for b in (under.lower, under.upper)]
    return Number.between(min(ends), max(ends))


def shown(found: Number, digits: int = 5) -> str:
    """An enclosure in few digits: one decimal where both ends round to it, else both, outward.

    >>> shown(Number(Fraction(1, 3))), shown(Number.between(Fraction(1, 3), Fraction(1, 2)))
    ('0.33333', '[0.33333, 0.5]')
    """
    low, high = (f"{float(end):.{digits}g}" for end in (found.lower, found.upper))
    if low == high:
        return low
    return f"[{rounded_down(found.lower, digits)}, {rounded_up(found.upper, digits)}]"
