"""One check at one case: what came out, and how far from what must hold, in tolerances.

The tolerance of a case is `FLOOR`, or what rounding may do in the precision of the result: an
estimate from the posteriors, of which those near 0 and 1 are hardly moved by errors of the scores.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from overspec.verify.testing import posterior as plain
from overspec.verify.testing.calls import Called, WrongOutput
from overspec.verify.testing.cases import Case
from overspec.verify.testing.identities import EmCheck
from overspec.verify.testing.posterior import Array

FLOOR = 1e-8
ROUNDINGS = 32  # units in the last place, of the largest terms
SINGLE = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False)
class Trial:
    """A check at a case.

    Attributes:
        case: the case.
        kind: "value"; or "not finite", "shape" and "raises", which are breaches.
        got, wanted: both sides, where there are values.
        difference: the largest of them, nan where it is none.
        tolerance: what is allowed.
        text: what the code raised.
    """

    case: Case
    kind: str
    got: Array
    wanted: Array
    difference: float = math.nan
    tolerance: float = FLOOR
    text: str = ""

    @property
    def excess(self) -> float:
        """Difference in tolerances; above 1 it is a breach."""
        return self.difference / self.tolerance if self.kind == "value" else math.inf

    def like(self, other: Trial) -> bool:
        """Whether it breaks the check in the same way, if less."""
        if self.kind != "value" or other.kind != "value":
            return self.kind == other.kind and _gist(self.text) == _gist(other.text)
        return self.excess > 1 and self.excess >= math.sqrt(other.excess)


def _gist(text: str) -> str:
    return re.sub(r"[-+.\de]*\d", "#", text)


def try_case(check: EmCheck, code: Called, case: Case, tolerance: float | None = None) -> Trial:
    """Run a check at a case; whatever the code raises is an outcome.

    Args:
        check: the check.
        code: what is called.
        case: its arguments; the code gets copies.
        tolerance: in place of the estimate, relative to values above 1.
    """
    none, precisions = np.empty(0), [float(np.finfo(case.start.dtype).eps)]
    given = check.given(case)
    parts = case.start.copy(), case.weights.copy(), case.data
    try:
        with np.errstate(all="ignore"):
            got, wanted = check.body(code.noting(precisions), *parts, case.extra, **given)
            got, wanted = np.asarray(got), np.asarray(wanted)
            difference = float(np.abs(got - wanted).max())
    except WrongOutput as error:
        return Trial(case, "shape", none, none, text=str(error))
    except Exception as error:
        return Trial(case, "raises", none, none, text=f"{type(error).__name__}: {error}"[:300])
    allowed = FLOOR if tolerance is None else tolerance
    if tolerance is None:
        allowed = max(FLOOR, ROUNDINGS * max(precisions) * conditioning(case))
    finite = wanted[np.isfinite(wanted)]
    allowed *= max(1.0, float(np.abs(finite).max(initial=0)))
    kind = "value" if math.isfinite(difference) else "not finite"
    return Trial(case, kind, got, wanted, difference, allowed)


def conditioning(case: Case) -> float:
    """How much of a unit roundoff may be seen in masses, means or a step, relative to values ≥ 1.

    Scores err by ``(|x| + |μ|)²/λ`` units, λ the least eigenvalue of the covariances, posteriors by
    ``w (1 − w)`` of that; means divide by the masses.
    """
    means, weights, data, spread = case.exact()
    shares = plain.posterior(means, weights, data, spread)
    least = float(np.linalg.eigvalsh(spread).min())
    sizes = np.linalg.norm(data, axis=1)
    scores = (sizes + float(np.linalg.norm(means, axis=1).max())) ** 2 / least
    unsure = (shares * (1 - shares)).sum(axis=1)
    each = (1 + sizes) * (1 + unsure * scores)
    return float(each.mean() / max(shares.mean(axis=0).min(), 1e-12))
