"""X5, X6: the limit of sample EM, and Lloyd's simplex on samples (``samples``, ``lloyd``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.expression import ONE, Expr, expr
from overspec.proofs.language.operators import M_, K
from overspec.proofs.language.ranges import Range, Sum
from overspec.proofs.language.render import Accent, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.render import Quotient as Over
from overspec.proofs.language.statement import Both, Relation, equals
from overspec.verify.claims.claim import SUMMARY, Claim, Form, Scope
from overspec.verify.claims.laws.number import Measured, judge, mean
from overspec.verify.claims.sentences.judge import form
from overspec.verify.claims.sentences.letters import Quantity, Root, Seen, energy
from overspec.verify.em.sample import sample_em
from overspec.verify.em.sample_update import powers
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.engines.spectrum import dft_energy, float_weights, sigma
from overspec.verify.lloyd.radius import r0

Array = NDArray[np.float64]
SEED = 0

sampled = partial(judge, evidence=Evidence.SAMPLED)


def _rows(count: int, n: int, d: int) -> Sequence[Array]:
    streams = np.random.SeedSequence(SEED).spawn(count)
    return [np.random.default_rng(stream).standard_normal((n, d)) for stream in streams]


# --- X5: samples ----------------------------------------------------------------------------------

N = 8000
#: Weights and samples. At k = 3 the frequencies 2m are the m again; at k = 4 they are not, and the
#: sums over the two differ so much that few samples tell them apart.
SAMPLED = (("7/10,3/20,3/20", 100), ("3/5,1/10,1/5,1/10", 10))


def _limits(scope: Scope) -> tuple[Measured, ...]:
    """n E|θ̂|² of the limit θ̂ of sample EM; the next term is of relative order Σ|π̂|^-2/(nσ).

    Sampled is the difference to n|A⁻¹x̄|², whose mean is the trace of (AAᵀ)⁻¹ exactly: a control
    variate, without which 5 % would take thousands of samples.
    """
    found = []
    for weights, samples in SAMPLED:
        mixture = Mixture.simplex(weights.count(",") + 1, weights)
        start, differences = Energies.regular_simplex(mixture.k, "1/2"), []
        inverse = np.linalg.inv(np.tensordot(float_weights(mixture), powers(mixture), 1))
        for rows in _rows(samples, N, mixture.d):
            run = sample_em(rows, mixture, start, 100, tolerance=1e-5)
            linear = float(((inverse @ rows.mean(axis=0)) ** 2).sum())
            differences.append(N * (run.steps[-1].norm ** 2 - linear))
        difference, error = mean(differences, 0.0)
        value = difference + float((inverse**2).sum())
        bias = value * _inverse_energy(mixture) / (N * float(sigma(mixture)))
        found.append(Measured("square", "n E|θ̂|²", mixture, value, error + bias, start))
    return tuple(found)


def _inverse_energy(mixture: Mixture) -> float:
    """Σ_m |π̂_m|^-2 over the k − 1 nonzero frequencies."""
    k = mixture.k
    return math.fsum(1 / float(dft_energy(mixture.weights, m)) for m in range(1, k))


_THETA = Accent(letter("theta"), "hat")
SQUARE = Seen(
    "square",
    Row(
        (
            letter("n"),
            sign(r"\,", " "),
            letter("E"),
            Script(Fence(sign("|"), _THETA, sign("|")), None, number(2)),
        )
    ),
)
SPECTRUM = Range("", ONE, K - 1)


def scatters(value: Expr) -> Form:
    """n times the mean square of the limit."""
    return form(Relation(SQUARE, "to", value))


INVERSE = Sum(M_, ONE / energy(), SPECTRUM)

LIMIT = Claim(
    id="X5",
    title="experiment samples: the limit of sample EM scatters by the inverse spectrum",
    statement=r"For regular weights, with $\hat\theta$ the limit of EM on $n$ samples: "
    f"{scatters(INVERSE).payload.tex}.",
    source="math.md section 8",
    depends=(),
    measure=_limits,
    judge=sampled,
    stated=scatters(INVERSE),
    mutants=(
        scatters(K - 1),
        scatters(Sum(M_, ONE / energy() ** 2, SPECTRUM)),
        scatters(2 * INVERSE),
    ),
    hypotheses=(f"n = {N}, seed {SEED}; larger n, the law of KL and the bound on the path are in "
                "the experiment",),
    theta="the limit of sample EM",
)  # fmt: skip

# --- X6: lloyd ------------------------------------------------------------------------------------

POINTS, STARTS = 40_000, 8
PART = POINTS // 4  # comes to rest first
STEPS = 20  # of the whole sample after that: it still turns, and bends a little as it does


def _lloyd(scope: Scope) -> tuple[Measured, ...]:
    """Lloyd's algorithm on samples of N(0, I_{k−1}) from random rows: size and shape of its end."""
    found = []
    for k in (3, 4):
        mixture = Mixture.simplex(k)
        ends = [_run(rows, k) for rows in _rows(STARTS, POINTS, k - 1)]
        radii, ratios = zip(*ends, strict=True)
        size, error = mean(radii, 1 / POINTS)
        found.append(Measured("radius", "norm of the centres", mixture, size, error))
        # a sample bends the simplex by the order of n^(-1/2), never the other way
        bend, error = mean(ratios, 0.0)
        half = 2 * math.sqrt(k / POINTS)
        found.append(Measured("edges", "ratio of the edges", mixture, bend - half, error + half))
    return tuple(found)


def _run(rows: Array, k: int) -> tuple[float, float]:
    """Size and shape of the centres, when a step changes them by less than a sample does."""
    centres = rows[:k]
    for _ in range(400):
        before, centres = centres, _step(rows[:PART], centres)
        if np.abs(centres - before).max() < 1e-5:
            break
    else:
        raise ArithmeticError(f"Lloyd's algorithm did not settle at k = {k}")
    for _ in range(STEPS):
        centres = _step(rows, centres)
    found, after = _size_and_shape(centres), _size_and_shape(_step(rows, centres))
    if max(abs(x - y) for x, y in zip(found, after, strict=True)) > 1e-3:
        raise ArithmeticError(f"the shape of Lloyd's centres did not settle at k = {k}")
    return found


def _step(rows: Array, centres: Array) -> Array:
    """Every centre to the mean of its cell."""
    cells = (rows @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
    sums = np.stack([np.bincount(cells, column, len(centres)) for column in rows.T], axis=1)
    return np.asarray(sums / np.bincount(cells, minlength=len(centres))[:, None])


def _size_and_shape(centres: Array) -> tuple[float, float]:
    """Root mean square of the norms about the mean, and the longest edge over the shortest."""
    k = len(centres)
    centred = centres - centres.mean(axis=0)
    edges = [float(np.linalg.norm(centres[i] - centres[j])) for i in range(k) for j in range(i)]
    return float(np.sqrt((centred**2).sum() / k)), max(edges) / min(edges)


@cache
def _r0(k: int) -> float:
    found = r0(k, 12)
    if isinstance(found, Inconclusive):
        raise ArithmeticError(found.reason)
    return float(found.value)


RADIUS = Seen("radius", letter("r"))
_EDGE = Fence(sign("|"), Row((letter("c_i"), sign("-", " − "), letter("c_j"))), sign("|"))
_PAIR = Row((letter("i"), sign(r"\ne", "≠"), letter("j")))
_LONGEST, _SHORTEST = (
    Row(
        (Script(sign(rf"\{kind}", kind), Row((letter("i"), sign(r"\ne", "≠"), letter("j")))), _EDGE)
    )
    for kind in ("max", "min")
)
EDGES = Seen("edges", Over(_LONGEST, _SHORTEST))
R0 = Quantity(Row((letter("R_0"), sign("("), letter("k"), sign(")"))), lambda m, env: _r0(m.k))
HALF = expr(Fraction(1, 2))


def simplex_of(radius: Expr, edges: Any = 1) -> Form:
    """The norm of the centres, and the ratio of their edges."""
    return form(Both((equals(RADIUS, radius), equals(EDGES, edges))))


LLOYD = Claim(
    id="X6",
    title="experiment lloyd: from random starts to the regular simplex of radius R₀",
    statement=r"From random starts Lloyd's algorithm on data $N(0,I_{k-1})$ comes to centres $c_j$ "
    f"of norm $r$ with {simplex_of(R0).payload.tex}.",
    source=f"math.md K1, K2; {SUMMARY}, Mechanism 3",
    depends=(),
    measure=_lloyd,
    judge=sampled,
    stated=simplex_of(R0),
    mutants=(
        simplex_of(Fraction(102, 100) * R0),
        simplex_of(Root((K - 1) / K, HALF) * R0),  # E max of k normals
        simplex_of(R0, Root(expr(2), HALF)),  # a square or a sector
    ),
    hypotheses=(f"{STARTS} samples of {POINTS} rows, seed {SEED}; turning, cell proportions and "
                "d other than k − 1 are in the experiment",),
    free_of=("π",),
    theta="random starts",
)  # fmt: skip

CLAIMS = (LIMIT, LLOYD)
