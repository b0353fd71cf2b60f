"""The certificate of a radius: the cover, box by box, so that others can go through it again."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

from overspec.errors import InputError
from overspec.exact import text_of
from overspec.verify.certificates.write import dyadic_text, sealed
from overspec.verify.enclosures.cover import Point
from overspec.verify.radius.bracket import CertifiedRadius
from overspec.verify.radius.far.tail import losses
from overspec.verify.radius.near.falling import Falling
from overspec.verify.radius.near.tip import Tip
from overspec.verify.radius.values import MATRIX, last_turn

#: What a cover assumes.
HYPOTHESES = (
    "the data are N(0, I) and the components N(R^j theta, I), R the simplex action",
    "the weights are positive and sum to 1",
    "between corners lambda is above their least by the bound on second derivatives",
)


def of_radius(result: CertifiedRadius, command: str) -> dict[str, Any]:
    """The certificate of `radius.bracket.certified_gamma`, ready to write.

    Raises:
        InputError: another action.
    """
    if not result.mixture.action.is_simplex:
        raise InputError("certificates of radii are for the simplex action")
    cover, mixture = result.cover, result.mixture
    over_two = result.orbit == "all" and mixture.k > 3
    rectangle = over_two and result.upper == math.inf and mixture.k == 4 and bool(cover.boxes)
    corner = tuple(max(at[axis] for at in cover.values) for axis in (0, 1)) if rectangle else ()
    threshold, near = result.threshold.upper, result.falling
    fall = near if isinstance(near, Falling) else None
    tip = near if isinstance(near, Tip) else None
    stated = as_weak_as_may_be(result) if over_two and not rectangle else cover.values
    return sealed(
        {
            "claim": "radius",
            "command": command,
            "inputs": {
                "k": mixture.k,
                "weights": [[text_of(v), count] for v, count in mixture.weights.runs],
                "kind": result.kind,
                "gap": text_of(result.gap),
                "orbit": result.orbit,
            },
            "engine": "cover",
            "parameters": {
                "lower": dyadic_text(result.lower),
                "upper": dyadic_text(result.upper) if isinstance(result.upper, Fraction) else "inf",
                "sigma": _texts((result.sigma.lower, result.sigma.upper)),
                "start": dyadic_text(min(result.start, fall.start if fall else result.lower)),
                "worst": _texts(result.worst_point or ()),
                "boxes": [[_texts(low), _texts(high)] for low, high in cover.boxes],
                "values": [
                    [_texts(point), dyadic_text(slack + threshold)]
                    for point, slack in stated.items()
                ],
                **({"falling": _texts((fall.before, fall.start))} if fall else {}),
                **({"tip": _tip(tip)} if tip else {}),
                **({"corner": _texts(corner)} if corner else {}),
                **(
                    {"mirrored": True}
                    if over_two and cover.boxes and last_turn(mixture) < 1
                    else {}
                ),
            },
            "hypotheses": list(HYPOTHESES),
            "statements": [],
        }
    )


def _tip(tip: Tip) -> dict[str, Any]:
    texts = map(dyadic_text, (tip.turn, tip.half, tip.start, tip.step))
    names = ["matrix" if m == MATRIX else f"g{m}" for m in tip.branches]
    return {**dict(zip(("turn", "half", "from", "step"), texts, strict=True)), "branches": names}


def as_weak_as_may_be(result: CertifiedRadius) -> dict[Point, Fraction]:
    """Slacks that the boxes still can do with, in few bits: what is easy to prove again."""
    of, cover = losses(result.mixture.k, result.kind), result.cover
    needed = dict.fromkeys(cover.values, Fraction(0))
    for low, high in cover.boxes:
        loss = sum(of(low, high), Fraction(0))
        for corner in product(*zip(low, high, strict=True)):
            needed[corner] = max(needed[corner], loss)
    return {point: min(slack, _above(needed[point])) for point, slack in cover.values.items()}


def _above(value: Fraction) -> Fraction:
    """A dyadic number above one that is positive, by a part in a thousand at most."""
    unit = Fraction(2) ** (math.floor(math.log2(value)) - 10)
    return (value // unit + 1) * unit


def _texts(point: Point) -> list[str]:
    return [dyadic_text(x) for x in point]
