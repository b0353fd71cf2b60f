"""Conjecture G for k = 3 and all weights: a cover of the weights, besides what pairs decide.

L is radial and unchanged by permuting the weights (every permutation of three components is an
orthogonal map of the plane), so ``π ∝ (e^α, e^β, 1)`` with ``0 ≤ β ≤ α ≤ log ratio``. In a square
of half-width η/2 around a centre the logarithms of the weights change by a vector f of range at
most η. Along the segment between, ``d/dt E Var_w Z = E Cov_w(f, Z̄²)``, at most ``(η/2) K_2/4`` by
``sd_w f ≤ η/2``, ``sd_w Z̄² ≤ ρ²/4``. So ``L'' > η K_2/8`` at the centre proves L'' > 0 in the whole
square. The expansion at 0 and the tail bound are evaluated with the weights as balls. Ratios from
e^{7/2} on, and radii with ``r² ≥ 3/2``, are those of `convexity_pairs`.

    python -m overspec.verify.studies.convexity_weights [--log-ratio Q] [--state FILE]

proves it for all weights, in minutes, or for those within a ratio. What is covered so far is
written to FILE every few seconds; the same command goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from flint import arb, ctx

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.evidence import Evidence
from overspec.files import write_atomically
from overspec.mixture import Mixture
from overspec.verify.enclosures.ball import Ball, Inconclusive, dyadic, to_ball
from overspec.verify.enclosures.cover import cover
from overspec.verify.radius.bracket import BITS, BUDGET
from overspec.verify.radius.far.tail import losses, range_moment
from overspec.verify.radius.values import above, on_simplex
from overspec.verify.studies.convexity import sixth_range_moment
from overspec.verify.studies.convexity_pairs import LEAST_RATIO, Pairs, certified_pairs

FIRST = 8  # squares along a side before any is divided
FINEST = Fraction(1, 2000)  # half-width of a square that is given up
CENTRE = 2**24
DIGITS = 6
WITHIN = Fraction(1225, 1000)  # r² ≥ 3/2 beyond
EVERY = 5.0  # seconds between states that are written

Square = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Region:
    """``∇²L(θ) ≻ 0`` for all θ ≠ 0 and all k = 3 weights with ``max π ≤ ratio · min π``."""

    log_ratio: Fraction
    squares: int
    points: int
    evidence: Evidence = Evidence.CERTIFIED


@dataclass(frozen=True)
class State:
    """How far a cover of the weights has come; `pending` are squares (α, β, half-width)."""

    log_ratio: Fraction
    pending: tuple[Square, ...]
    squares: int = 0
    points: int = 0

    @classmethod
    def of(cls, log_ratio: Fraction) -> State:
        """Nothing is covered yet."""
        side = log_ratio / FIRST
        first = [
            ((a + Fraction(1, 2)) * side, (b + Fraction(1, 2)) * side, side / 2)
            for a in range(FIRST)
            for b in range(a + 1)
        ]
        return cls(log_ratio, tuple(first))

    @property
    def share(self) -> float:
        """Of the area of the first squares, how much is covered."""
        whole = FIRST * (FIRST + 1) / 2 * float(self.log_ratio / FIRST) ** 2
        return 1 - sum(4 * float(half) ** 2 for *_, half in self.pending) / whole

    @property
    def text(self) -> str:
        """As JSON."""
        pending = [[str(number) for number in square] for square in self.pending]
        return json.dumps({"log_ratio": str(self.log_ratio), "squares": self.squares,
                           "points": self.points, "pending": pending})  # fmt: skip

    @classmethod
    def read(cls, path: Path) -> State:
        """From a file that `text` was written to; it is believed.

        Raises:
            InputError: no such state in it.
        """
        try:
            found = json.loads(path.read_text())
            pending = [tuple(Fraction(str(n)) for n in square) for square in found["pending"]]
            state = cls(Fraction(str(found["log_ratio"])), tuple((a, b, h) for a, b, h in pending),
                        int(found["squares"]), int(found["points"]))  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
            raise InputError(f"{path}: no state of a cover of the weights ({error})") from error
        return state

    def step(self, within: Fraction | None = None) -> State | Inconclusive:
        """One square further: proved, divided, or given up."""
        *rest, (alpha, beta, half) = self.pending
        found = certified_square(alpha, beta, half, within)
        if found is not None:
            return replace(self, pending=tuple(rest), squares=self.squares + 1,
                           points=self.points + found)  # fmt: skip
        if half < FINEST:
            return Inconclusive("no proof around these log-ratios of the weights", (alpha, beta))
        quarter = half / 2
        rest += [
            (alpha + a * quarter, beta + b * quarter, quarter)
            for a in (-1, 1)
            for b in (-1, 1)
            if beta + b * quarter <= alpha + a * quarter + 2 * quarter
        ]
        return replace(self, pending=tuple(rest))


def certified_region(
    log_ratio: Fraction,
    within: Fraction | None = None,
    start: State | None = None,
    on_state: Callable[[State], None] = lambda _: None,
) -> Region | Inconclusive:
    """Cover all weights of three components with ``log(max π/min π) ≤ log_ratio``.

    Minutes for large ratios; `certified_square` is one step.

    Args:
        log_ratio: of the largest weight to the smallest.
        within: |θ| up to here only; all θ unless given.
        start: where an earlier cover stopped.
        on_state: told of every step.

    Raises:
        InputError: the start is that of another ratio.
    """
    state = start or State.of(log_ratio)
    if state.log_ratio != log_ratio:
        raise InputError(f"the cover that was begun is for the log-ratio {state.log_ratio}")
    while state.pending:
        found = state.step(within)
        if isinstance(found, Inconclusive):
            return found
        state = found
        on_state(state)
    return Region(log_ratio, state.squares, state.points)


@dataclass(frozen=True)
class AllWeights:
    """``∇²L(θ) ≻ 0`` for k = 3, all θ ≠ 0 and all weights."""

    region: Region
    pairs: Pairs
    evidence: Evidence = Evidence.CERTIFIED


def certified_for_all_weights(
    start: State | None = None, on_state: Callable[[State], None] = lambda _: None
) -> AllWeights | Inconclusive:
    """Conjecture G at k = 3: pairs for ratios from e^{7/2} on and r² ≥ 3/2, else a cover."""
    pairs = certified_pairs()
    if isinstance(pairs, Inconclusive):
        return pairs
    region = certified_region(LEAST_RATIO, WITHIN, start, on_state)
    return region if isinstance(region, Inconclusive) else AllWeights(region, pairs)


def certified_square(
    alpha: Fraction, beta: Fraction, half: Fraction, within: Fraction | None = None
) -> int | None:
    """The points of the cover that proves it for ``|log(π_0/π_2) − α|, |log(π_1/π_2) − β| ≤ half``.

    None where it does not. ``within``: |θ| up to here only.

    >>> certified_square(Fraction(1), Fraction(1, 2), Fraction(1, 40)) is not None
    True
    """
    centre = [math.exp(alpha), math.exp(beta), 1.0]
    parts = [Fraction(max(1, round(c / sum(centre) * CENTRE)), CENTRE) for c in centre]
    total = sum(parts)
    weights = [p / total for p in parts]
    with ctx.workprec(BITS):
        logs = [to_ball(w).log() for w in weights]
        # the square, seen from the centre that is used
        moves = [
            to_ball(alpha) - (logs[0] - logs[2]) + arb(0, to_ball(half)),
            to_ball(beta) - (logs[1] - logs[2]) + arb(0, to_ball(half)),
            arb(0),
        ]
        eta = max(_up(a - b) for a in moves for b in moves)
        powers = [(log + move).exp() for log, move in zip(logs, moves, strict=True)]
        pi = [p / sum(powers, arb(0)) for p in powers]
        near = _near(pi)
        far = _far([log + move for log, move in zip(logs, moves, strict=True)])
        needed = _up(to_ball(eta) * range_moment(3, 2) / 8)
    if near is None:
        return None
    mixture = Mixture.simplex(3, weights)
    far = far if within is None else min(far, within)
    slack = above(on_simplex(mixture, "second"), Number(needed), DIGITS)
    found = cover((near,), (max(near, far),), slack, losses(3, "convexity"), BUDGET)
    return None if isinstance(found, Inconclusive) else found.points


def _near(pi: list[Ball]) -> Fraction | None:
    """A radius up to which the expansion of `radius_convexity` at 0 is positive for these balls."""
    squares = sum((p * p for p in pi), arb(0))
    products = pi[0] * pi[1] + pi[1] * pi[2] + pi[2] * pi[0]
    sigma = squares - products  # |π̂_1|²
    quartic = fourth_at_zero(pi) / 2
    sixth = arb(31) / 64 * sixth_range_moment(3) / 24
    for n in range(2, 13):
        square = Fraction(1, n) ** 2
        least = arb(max(sigma.lower(), arb(0)))
        if least / to_ball(square) + quartic - sixth * to_ball(square) > 0:
            return Fraction(1, n)
    return None


def fourth_at_zero(pi: list[Ball]) -> Ball:
    """``L⁗(0) = −E κ₄`` under π along a unit θ, k = 3, by Wick with the centred Gram matrix."""
    half = arb(1) / 2
    gram = [[arb(1) if i == j else -half for j in range(3)] for i in range(3)]
    row = [sum((pi[j] * gram[i][j] for j in range(3)), arb(0)) for i in range(3)]
    mean = sum((pi[i] * row[i] for i in range(3)), arb(0))
    c = [[gram[i][j] - row[i] - row[j] + mean for j in range(3)] for i in range(3)]
    total = arb(0)
    for i in range(3):
        total -= 3 * pi[i] * c[i][i] * c[i][i]
        for j in range(3):
            total += 3 * pi[i] * pi[j] * (c[i][i] * c[j][j] + 2 * c[i][j] * c[i][j])
    return total


def _far(logs: list[Ball]) -> Fraction:
    """A radius with ``Σ_{i<j} (π²/3 + b_ij²)/(√(2π) √3 r³) < 1`` (`radius_tail`)."""
    gaps = [logs[0] - logs[1], logs[1] - logs[2], logs[2] - logs[0]]
    total = arb.pi() ** 2 + sum((abs(b) * abs(b) for b in gaps), arb(0))
    bound = total / ((2 * arb.pi()).sqrt() * arb(3).sqrt())
    far = Fraction(math.ceil(math.cbrt(float(bound.upper())) * 1.001 * 2**12), 2**12)
    assert bound < to_ball(far) * to_ball(far) * to_ball(far)
    return far


def _up(value: Ball) -> Fraction:
    return dyadic(value.upper())


def main() -> int:
    """Prove it, say how far it is, and print what was proved."""
    parser = argparse.ArgumentParser(description="Conjecture G for k = 3.")
    parser.add_argument("--log-ratio", type=Fraction, help="all weights unless given")
    parser.add_argument("--state", type=Path, help="written to, and gone on from if it exists")
    wanted = parser.parse_args()
    try:
        start = State.read(wanted.state) if wanted.state and wanted.state.exists() else None
        found: AllWeights | Region | Inconclusive
        if wanted.log_ratio is None:
            found = certified_for_all_weights(start, _told(wanted.state))
        else:
            found = certified_region(wanted.log_ratio, None, start, _told(wanted.state))
    except InputError as error:
        parser.error(str(error))
    print(found)
    return 3 if isinstance(found, Inconclusive) else 0


def _told(path: Path | None) -> Callable[[State], None]:
    """A line every few seconds, and the state in its file; the last one too."""
    shown = time.monotonic()

    def on_state(state: State) -> None:
        nonlocal shown
        if state.pending and time.monotonic() - shown < EVERY:
            return
        shown = time.monotonic()
        print(f"{state.share:.0%} of the weights, {state.squares} squares", file=sys.stderr)
        if path is not None:
            write_atomically(path, state.text)

    return on_state


if __name__ == "__main__":
    sys.exit(main())
