"""The law on null blocks: exact against the recursion run in doubles, and against EM itself."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from sizes import slow_but

from overspec import InputError, Mixture
from overspec.proofs.rates.null_law import _least, null_law

COUPLED = [
    (6, "1/4,1/6,1/12,1/4,1/6,1/12", (1, 3), "9/56"),
    (9, "1/9,1/18,1/6,1/9,1/18,1/6,1/9,1/18,1/6", (1, 2, 4), "9/28"),
    (10, "1/10,3/20,1/20,3/20,1/20,1/10,3/20,1/20,3/20,1/20", (1, 3, 5), "25/96"),
]


@pytest.mark.parametrize("k", range(2, 13))
def test_uniform_weights_give_a_sixteenth_of_the_dimension(k: int) -> None:
    law = null_law(Mixture.simplex(k, "uniform"))
    assert law is not None
    assert law.divergence_limit == sympy.Rational(k - 1, 16)
    assert law.energy_limit == sympy.Rational(k - 1, 2)


def test_one_null_block_has_the_constant_of_the_source() -> None:
    plane = null_law(Mixture.simplex(4, "3/10,1/5,3/10,1/5"))
    line = null_law(Mixture.simplex(4, "2/5,3/10,1/10,1/5"))
    assert plane is not None
    assert line is not None
    # c = (1 + |π̂_2|²)/2 with π̂_2 = 1/5, and c = 1
    assert (plane.frequencies, plane.least) == ((1,), sympy.Rational(13, 25))
    assert (line.frequencies, line.least) == ((2,), 1)
    assert null_law(Mixture.simplex(4, "2/5,3/10,1/5,1/10")) is None


@pytest.mark.parametrize(("k", "weights", "nulls", "limit"), COUPLED)
def test_the_minimum_is_one(k: int, weights: str, nulls: tuple[int, ...], limit: str) -> None:
    law = null_law(Mixture.simplex(k, weights))
    assert law is not None
    assert law.frequencies == nulls
    assert law.divergence_limit == sympy.Rational(limit)
    assert sum(law.direction) == 1
    form = np.array(law.form.evalf(30).tolist(), dtype=float)
    assert np.linalg.eigvalsh(form).min() > 0
    least = float(law.least)
    rng = np.random.default_rng(0)
    for share in rng.dirichlet(np.ones(len(nulls)), size=500):
        assert share @ form @ share >= least - 1e-12


@pytest.mark.parametrize(
    ("k", "weights", "nulls", "limit"), slow_but(COUPLED, COUPLED[:1], several=True)
)
def test_the_recursion_finds_it(k: int, weights: str, nulls: tuple[int, ...], limit: str) -> None:
    law = null_law(Mixture.simplex(k, weights))
    assert law is not None
    form = np.array(law.form.evalf(30).tolist(), dtype=float)
    a = np.linspace(0.3, 0.6, len(nulls))
    steps = 200_000
    for _ in range(steps):
        a *= 1 - form @ a**2
    e = a**2
    assert steps * e.sum() == pytest.approx(float(law.energy_limit), rel=1e-3)
    assert e / e.sum() == pytest.approx([float(u) for u in law.direction], rel=0.02)
    assert steps**2 * (e @ form @ e) / 4 == pytest.approx(float(Fraction(limit)), rel=2e-3)


def test_the_minimum_of_a_form_may_lie_on_a_face() -> None:
    """No weights tried lead here; the search must be right all the same."""
    assert _least(sympy.ImmutableMatrix([[1, 2], [2, 5]])) == ((1, 0), 1)
    assert _least(sympy.ImmutableMatrix([[5, 2], [2, 1]])) == ((0, 1), 1)
    assert _least(sympy.ImmutableMatrix([[2, 1], [1, 2]])) == (
        (sympy.Rational(1, 2), sympy.Rational(1, 2)), sympy.Rational(3, 2))  # fmt: skip


@pytest.mark.slow
def test_em_itself_finds_it() -> None:
    """k = 6, the odd frequencies null: EM in R³ by tensor Gauss–Hermite, not by our engines."""
    k, weights = 6, np.array([3, 2, 1, 3, 2, 1]) / 12
    law = null_law(Mixture.simplex(k, "1/4,1/6,1/12,1/4,1/6,1/12"))
    assert law is not None
    nodes, masses = np.polynomial.hermite_e.hermegauss(14)
    masses = masses / math.sqrt(2 * math.pi)
    x = np.array(list(product(nodes, repeat=3)))
    mass = np.array([math.prod(m) for m in product(masses, repeat=3)])
    turns = []
    for j in range(k):
        c, s = math.cos(math.pi * j / 3), math.sin(math.pi * j / 3)
        turns.append(np.array([[c, -s, 0], [s, c, 0], [0, 0, (-1) ** j]]))
    theta, steps = np.array([0.45, 0.0, 0.3]), 3000
    back = np.stack([x @ r for r in turns])  # R^{-j}x
    for _ in range(steps):
        z = np.stack([x @ (r @ theta) for r in turns])
        w = weights[:, None] * np.exp(z)
        w /= w.sum(axis=0)
        theta = np.einsum("jn,jnd,n->d", w, back, mass)
    # corrections are of order log(t)/t
    assert steps * (theta @ theta) == pytest.approx(float(law.energy_limit), rel=0.02)
    assert theta[2] ** 2 / (theta @ theta) == pytest.approx(float(law.direction[1]), rel=0.02)


def test_what_cannot_be_answered_says_so() -> None:
    with pytest.raises(InputError, match="more than once"):
        null_law(Mixture.of(4, "uniform", {1: 2}))
    with pytest.raises(InputError, match="at most 12"):
        null_law(Mixture.simplex(40, "uniform"))
