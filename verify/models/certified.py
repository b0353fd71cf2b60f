"""KL, the EM map, gradient, Hessian and Jacobian at one θ, each in an interval, to many digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from overspec.decimals import Number, decimal_interval, ends_in_text
from overspec.errors import InputError, OutOfReach
from overspec.evidence import Evidence
from overspec.exact import Exact, text_of, whole
from overspec.models.matrices import Vector, vector
from overspec.models.model import Model
from overspec.models.truth import Truth
from overspec.results.result import Facts, Part, Result
from overspec.verify.enclosures.ball import Ball, dyadic, to_ball
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import (
    Balls,
    Rows,
    check_pair,
    dot,
    in_balls,
    lattice,
)
from overspec.weights import Weights

MAX_DIGITS = 100
ONE = Fraction(1)


@dataclass(frozen=True, repr=False, eq=False)
class CertifiedModel(Result):
    """Enclosures at one θ; each number lies in its interval.

    Attributes:
        model, truth: what was asked about.
        theta: exact.
        kl: KL(P ‖ p_θ).
        after: M(θ), p numbers.
        gradient, hessian: of L; p and p×p numbers.
        jacobian: DM, in (θ, π, v), those that are learned.
        shares: W_j = E w_j, the weights after the step where they are learned.
        digits: what was asked for.
        weights: at which it was looked, where they are learned.
        variance: v at which it was looked.
        spread: v after the step, where it is learned.
        evidence: CERTIFIED.
    """

    model: Model
    truth: Truth
    theta: tuple[Exact, ...]
    kl: Number
    after: tuple[Number, ...]
    gradient: tuple[Number, ...]
    hessian: tuple[tuple[Number, ...], ...]
    jacobian: tuple[tuple[Number, ...], ...]
    shares: tuple[Number, ...]
    digits: int
    weights: Weights | None = None
    variance: Fraction = ONE
    spread: Number | None = None
    evidence: Evidence = Evidence.CERTIFIED

    def to_dict(self) -> dict[str, Any]:
        """Plain data: each number as ``[low, high]``, rounded outward."""

        def ends(values: Any) -> Any:
            if isinstance(values, tuple):
                return [ends(value) for value in values]
            return decimal_interval(values.lower, values.upper)

        names = ("kl", "after", "gradient", "hessian", "jacobian", "shares")
        state: dict[str, Any] = {}
        if self.weights is not None:
            state["weights"] = str(self.weights)
        if self.spread is not None:
            state |= {"variance": str(self.variance), "spread": ends(self.spread)}
        return {
            "what": "enclosures",
            "model": self.model.to_dict(),
            "truth": self.truth.to_dict(),
            "theta": [text_of(a) for a in self.theta],
            **state,
            **{name: ends(getattr(self, name)) for name in names},
            "evidence": self.evidence.value,
        }

    def headline(self) -> str:
        """KL in its interval."""
        low, high = decimal_interval(self.kl.lower, self.kl.upper)
        return f"KL in [{low}, {high}], {self.evidence.value}"

    def parts(self) -> Iterator[Part]:
        """All intervals, one kind a line."""
        data = {**self.to_dict(), "model": str(self.model), "truth": str(self.truth)}
        data["theta"] = ", ".join(data["theta"])
        del data["what"]
        yield Facts.of((name, in_words(value)) for name, value in data.items())


def certify_model(
    model: Model,
    truth: Truth,
    theta: object,
    digits: int = 15,
    *,
    weights: object = None,
    variance: object = 1,
) -> CertifiedModel:
    """Enclose KL, M, ∇L, ∇²L and DM at an exact state, every error bounded.

    With v ≠ 1 everything is computed for x/√v, of which the components have covariance I.

    Args:
        model: 15 digits of a pair take a tenth of a second in one dimension and less than a second
            in two; 10 digits take seconds in three.
        truth: of the same d.
        theta: p exact numbers.
        digits: the radii aimed at are about 10^−digits, 1 … 100.
        weights: the current ones where they are learned; uniform unless given.
        variance: the current v, rational, where it is learned.

    Raises:
        InputError: sizes that do not agree, numbers that are not exact, weights or a variance of a
            model that does not learn them.
        OutOfReach: too many nodes.

    >>> found = certify_model(Model.pairs(1), Truth.standard(1), "1/2", 20)
    >>> found.to_dict()["after"]
    [['0.4132419282838140745246912', '0.4132419282838140745247121']]
    """
    check_pair(model, truth)
    at = vector(theta, "theta", model.p)
    if not 1 <= whole(digits, "digits") <= MAX_DIGITS:
        raise InputError(f"digits = {digits}: use 1 … {MAX_DIGITS}")
    pi, v = _state(model, weights, variance)
    with ctx.workprec(int((digits + 4) * 3.33) + 40):
        maps, point = in_balls(model if pi is None and v == 1 else model.at(pi, v)), ball_of(at)
        nodes = lattice(maps, truth if v == 1 else truth.over_root(v), point, digits + 4)
        size = to_ball(v)
        learned = balls.Learned(model.learns_weights, size if model.learns_variance else None)
        try:
            found = balls.enclosed(maps, point, nodes, learned=learned)
        except ZeroDivisionError:
            raise OutOfReach("G cannot be inverted in balls at these digits; use more") from None
        spread = size * (found.squares - dot(found.after, found.pulled)) / model.d
        return CertifiedModel(
            model,
            truth,
            at,
            number(balls.divergence(maps, point, nodes)),
            tuple(map(number, found.after)),
            tuple(map(number, found.gradient)),
            _matrix(found.hessian),
            _matrix(found.jacobian),
            tuple(map(number, found.shares)),
            digits,
            pi,
            v,
            number(spread) if model.learns_variance else None,
        )


def ball_of(theta: Vector) -> Balls:
    """An exact θ as balls."""
    return [to_ball(a) for a in theta]


def _state(model: Model, weights: object, variance: object) -> tuple[Weights | None, Fraction]:
    """The weights where they are learned, and v."""
    if weights is not None and not model.learns_weights:
        raise InputError("weights: this model has fixed weights; leave them out")
    pi = Weights.of("uniform" if weights is None else weights, model.k)
    (v,) = vector(variance, "variance", 1)
    if not isinstance(v, Fraction) or v <= 0 or (v != 1 and not model.learns_variance):
        raise InputError(
            f"variance {variance}: use a rational number > 0"
            if model.learns_variance
            else f"variance {variance}: this model has covariance I; leave it out"
        )
    return pi if model.learns_weights else None, v


def in_words(value: Any) -> str:
    """Intervals as ``[low, high]``, lists of them with commas and semicolons between."""
    if not isinstance(value, list):
        return str(value)
    if all(isinstance(part, str) for part in value):
        return f"[{', '.join(value)}]"
    return ("; " if isinstance(value[0][0], list) else ", ").join(map(in_words, value))


def interval(found: Number) -> list[str]:
    """Both ends in decimals, rounded outward."""
    return ends_in_text(found)


def _matrix(rows: Rows) -> tuple[tuple[Number, ...], ...]:
    return tuple(tuple(map(number, row)) for row in rows)


def number(ball: Ball) -> Number:
    """A ball as an interval with exact ends.

    Raises:
        OutOfReach: the ball is not finite.
    """
    if not ball.is_finite():
        raise OutOfReach("an enclosure is not finite; use a smaller box or more digits")
    return Number.between(dyadic(arb(ball.lower())), dyadic(arb(ball.upper())))
