"""Numbers of the literature's notes that were first computed in doubles, again by enclosures.

Each row has the number as it was printed and an enclosure of it. Rows of `CORRECTED` have a number
that an enclosure excludes, and the one that it confirms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeAlias

import pytest
from flint import arb, arb_mat
from sizes import slow_but

import overspec as ov
from overspec.decimals import Number
from overspec.models.truth import Truth
from overspec.verify.enclosures.ball import Ball
from overspec.verify.gallery.line import ball, em, em_slope, number, pair, precision, tanh_moment
from overspec.verify.gallery.papers import balakrishnan_2017 as balakrishnan
from overspec.verify.gallery.papers import daskalakis_2017 as daskalakis
from overspec.verify.gallery.papers import dwivedi_2020 as dwivedi
from overspec.verify.gallery.papers import dwivedi_2020_scale as scale
from overspec.verify.gallery.papers import wu_2021, xu_2018
from overspec.verify.gallery.papers.means import (
    chen_2024,
    jin_2016,
    segol_2021,
    wang_2026,
    xu_2024,
)
from overspec.verify.gallery.softmax import Means, excess, uniform
from overspec.verify.models import balls
from overspec.verify.models.ball_lattice import in_balls, lattice
from overspec.verify.models.fixed_points import kind_of

pytestmark = pytest.mark.numeric

#: A number as printed, and what gives an enclosure of it.
Row: TypeAlias = tuple[str, str, Callable[[], Ball | Number]]
ZERO, ONE = arb(0), arb(1)
SMALL = Fraction(1, 50)  # where a limit is looked at


def ends(found: Ball | Number) -> tuple[Fraction, Fraction]:
    found = found if isinstance(found, Number) else number(found)
    return found.lower, found.upper


def agrees(printed: str, found: Ball | Number) -> bool:
    """Whether an enclosure has a number that rounds to this one, and is not much wider."""
    unit = Fraction(1, 10 ** len(printed.partition(".")[2]))
    low, high = ends(found)
    near = low <= Fraction(printed) + unit / 2 and high >= Fraction(printed) - unit / 2
    return near and high - low <= 2 * unit


def balanced(mu: Fraction) -> tuple[tuple[Ball, Ball], ...]:
    return ((ONE, ball(mu)),)


def best_c(eta: str) -> Number:
    """c in κ = e^{−cη²} over the ball of radius η/4."""
    at = Fraction(eta)
    found = balakrishnan.greatest(at)
    assert isinstance(found, Number)
    powers = [-ball(end).sqrt().log() / ball(at) ** 2 for end in (found.upper, found.lower)]
    return Number.between(ends(powers[0])[0], ends(powers[1])[1])


def delta(weight: str) -> Number:
    found = xu_2018.delta(2 * Fraction(weight) - 1)
    assert isinstance(found, Number)
    return found


def gap(near: int, far: int) -> Ball:
    """The excess of KL at (0, γR, γR)."""
    three = (uniform([arb(m) for m in means]) for means in ((0, far, far), (-near, near, far)))
    return excess(*three)


def sharing(near: int, far: int, a: Fraction) -> Ball:
    """t a² in the limit, by one step of EM for two centres at γR ± a: 1/(1/a'² − 1/a²)."""
    truth = uniform([arb(-near), arb(near), arb(far)])
    law = tuple(zip(truth.weights, truth.means, strict=True))
    _, left, right = uniform([ZERO, ball(far - a), ball(far + a)]).em(law)
    return 1 / (4 / (right - left) ** 2 - 1 / ball(a) ** 2)


def corner(radius: int, share: str, signs: tuple[int, ...] = (1, 1, 1)) -> Ball:
    return segol_2021.corner(Fraction(radius), Fraction(share), signs)


def pace(d: int, power: int) -> Ball:
    """t θ^power of the pair with a learned scale, by one step: 1/(θ'^−power − θ^−power)."""
    with precision(128):
        before = ball(SMALL)
        after = before * (1 - scale.loss(SMALL, d))
        return 1 / (after**-power - before**-power)


def loss_over_sixth() -> Ball:
    with precision(128):
        return scale.loss(SMALL, 1) / ball(SMALL) ** 6


def slopes(mu: Fraction, rho: Fraction) -> tuple[Ball, Ball]:
    """Along θ* and across it, at the truth."""
    shift, law = ball(rho).atanh(), pair(ball(mu), ball(rho))
    return em_slope(ball(mu), shift, law), tanh_moment(ball(mu), shift, law, sech=2)


def lost(mu: Fraction, rho: Fraction, across: bool) -> Ball:
    """(1 − ρ² − slope)/θ*² for small parameters."""
    return (1 - ball(rho) ** 2 - slopes(mu, rho)[across]) / ball(mu) ** 2


def worst_constant() -> Ball:
    rho, theta = dwivedi.WORST
    return dwivedi.squared(ball(theta), ball(rho).atanh()) / ball(rho) ** 2


def error_after_ten(mu: str) -> Ball:
    return 100 * (daskalakis.from_infinity(ball(Fraction(mu)), 10) / ball(Fraction(mu)) - 1)


def by_the_factor() -> Number:
    found = daskalakis.certified_by_factor(daskalakis.Steps())
    assert isinstance(found, Number)
    return found


def threshold() -> Number:
    return daskalakis.threshold(daskalakis.Steps())


def trapped_weight() -> Number:
    found = xu_2018.limit_at_zero(Fraction(1), Fraction(1, 10), Fraction(9, 10))
    assert found is not None
    return Number.between((1 + found.lower) / 2, (1 + found.upper) / 2)


def escaped() -> Ball:
    """θ of EM2 from (0.1, 0.8), after 80 steps."""
    point = ball(Fraction(1, 10)), ball(Fraction(3, 5))
    for _ in range(80):
        point = xu_2018.learned(*point, pair(ONE, ZERO))
    return point[0]


def scaled_kl(steps: int) -> Number:
    """t² KL of gradient EM from (−1, 0, 1), step 1."""
    low, high = xu_2024.descend(Fraction(1), Fraction(1), Fraction(1), steps)
    found = xu_2024.divergence(low, high)
    return Number.between(found.lower * steps**2, found.upper * steps**2)


def limit_of_scaled_kl() -> Ball:
    """(1/√L' − 1/√L)^{−2} for one step of gradient EM at (−a, 0, a), as dL/dt ~ L^{3/2}."""
    with precision(128):
        a = SMALL / 10
        moved = ball(a) - xu_2024.speed(ball(a))
        after, before = (-wang_2026.three(m).mean_log() for m in (moved, ball(a)))
        return (1 / after.sqrt() - 1 / before.sqrt()) ** -2


def three_quarters() -> Ball:
    with precision(100):
        after, before = (wang_2026.three(ball(a * SMALL / 40)).mean_log() for a in (3, 4))
        return after / before


def pair_ten() -> Number:
    with precision(160):
        return wang_2026.in_em_metric(wang_2026.WEIGHTS[3], wang_2026.START, 10)


def worst_time() -> Ball:
    """2tθ_t² of the worst case, from 1."""
    return 4000 * wu_2021.iterate(ONE, 2000) ** 2


def all_slow() -> Iterator[Row]:
    """Rows that take a second or more."""
    for eta, c in (("1/10", "0.92"), ("1/2", "0.85"), ("1", "0.75"), ("2", "0.63"), ("4", "0.54")):
        yield f"1408.2156: c at |theta*| = {eta}", c, lambda eta=eta: best_c(eta)
    yield "1609.00368: ten steps", "0.4872", threshold
    for w, found in (("51/100", "0.0400"), ("9/10", "1.507"), ("99/100", "2.16")):
        yield f"1810.11344: delta({w})", found, lambda w=w: delta(w)
    yield "2101.00575: R = 14, lambda = 0.45", "0.542", lambda: corner(14, "9/20")
    yield "1908.10935: 2tθ² at t = 2000", "1.00", worst_time


QUICK: tuple[Row, ...] = (
    ("1609.00368: % after ten steps at 0.4", "3.4", lambda: error_after_ten("2/5")),
    ("1609.00368: % after ten steps at 0.1", "143", lambda: error_after_ten("1/10")),
    ("1609.00368: what the factor certifies", "0.850", by_the_factor),
    ("1609.00368: E x² sech²(x) at mu = 1", "0.266", lambda: slopes(Fraction(1), Fraction(0))[0]),
    ("1609.00368: e^{−1/2}", "0.607", lambda: arb("-0.5").exp()),
    ("1609.00368: E sech²(x) at mu = 1", "0.4496", lambda: slopes(Fraction(1), Fraction(0))[1]),
    ("1609.00368: 1 − 2μ² along", "2.0", lambda: lost(SMALL, Fraction(0), False)),
    ("1609.00368: 1 − μ² across", "1.0", lambda: lost(SMALL, Fraction(0), True)),
    ("1810.00828: inf E tanh²/ρ²", "0.8166", worst_constant),
    ("1810.00828: Φ(1)", "0.8413", dwivedi.phi_one),
    ("1902.00194: tθ² at d = 3", "0.75", lambda: pace(3, 2)),
    ("1902.00194: tθ⁶ at d = 1", "0.25", lambda: pace(1, 6)),
    ("1902.00194: the loss over θ⁶", "0.67", loss_over_sixth),
    ("1810.11344: weight from (0.1, 0.95)", "0.948", trapped_weight),
    ("1810.11344: mean from (0.1, 0.8)", "1.00", escaped),
    ("2103.15653: 1 − ρ² − 2θ*² along", "2.0", lambda: lost(SMALL, SMALL, False)),
    ("2103.15653: 1 − ρ² − θ*² across", "1.0", lambda: lost(SMALL, SMALL, True)),
    ("1609.00978: R²/3 − (ln 2)/3 and more at R = 4", "5.1023", lambda: gap(4, 16)),
    ("1609.00978: ta² where two share", "0.50", lambda: sharing(2, 16, Fraction(1, 50))),
    ("2101.00575: R = 5", "0.797", lambda: corner(5, "2/5")),
    ("2101.00575: R = 8", "0.544", lambda: corner(8, "2/5")),
    ("2101.00575: R = 10", "0.406", lambda: corner(10, "2/5")),
    ("2101.00575: R = 3", "1.09", lambda: corner(3, "2/5", (1, 1, -1))),
    ("2407.00490: the limit of t²KL", "0.5625", limit_of_scaled_kl),
    ("2605.30936: 81/256", "0.3164", lambda: arb(81) / 256),
    ("2605.30936: KL after a to 3a/4", "0.3164", three_quarters),
    ("2605.30936: KL after pair 10, weights 0.7, 0.2, 0.1", "0.316", pair_ten),
)
SLOW = tuple(all_slow())

#: What was printed first, what is right, and its enclosure.
CORRECTED: tuple[tuple[str, str, str, Callable[[], Ball | Number]], ...] = (
    ("1810.11344: delta(0.55)", "0.2003", "0.2000", lambda: delta("55/100")),
    ("1810.11344: delta(0.6)", "0.400", "0.399", lambda: delta("6/10")),
    ("1810.11344: delta(0.7)", "0.784", "0.783", lambda: delta("7/10")),
    ("1810.11344: delta(0.8)", "1.138", "1.137", lambda: delta("8/10")),
    ("2407.00490: t²KL at 6400 from (−1, 0, 1)", "0.5646", "0.5651", lambda: scaled_kl(6400)),
    ("1609.00978: gap at R = 2", "1.1426", "1.1425", lambda: gap(2, 12)),
    ("1609.00978: gap at R = 3", "2.7715", "2.7694", lambda: gap(3, 12)),
)


@pytest.mark.quick
@pytest.mark.parametrize(("printed", "compute"), [row[1:] for row in QUICK],
                         ids=[row[0] for row in QUICK])  # fmt: skip
def test_an_enclosure_confirms_it(printed: str, compute: Callable[[], Ball | Number]) -> None:
    with precision(53):
        found = compute()
    assert agrees(printed, found), ends(found)


@pytest.mark.slow
@pytest.mark.parametrize(("printed", "compute"), [row[1:] for row in SLOW],
                         ids=[row[0] for row in SLOW])  # fmt: skip
def test_an_enclosure_confirms_it_slowly(
    printed: str, compute: Callable[[], Ball | Number]
) -> None:
    with precision(53):
        found = compute()
    assert agrees(printed, found), ends(found)


@pytest.mark.parametrize(
    ("first", "right", "compute"),
    [pytest.param(*row[1:], marks=pytest.mark.slow if "1609" not in row[0] else ())
     for row in CORRECTED],
    ids=[row[0] for row in CORRECTED],
)  # fmt: skip
def test_an_enclosure_corrects_it(
    first: str, right: str, compute: Callable[[], Ball | Number]
) -> None:
    with precision(53):
        found = compute()
    assert agrees(right, found)
    assert not agrees(first, found)


@pytest.mark.parametrize(("means", "truth", "steps"), [((0, -0.3, 0.3), (-2, 2, 8), 60)])
@pytest.mark.slow
def test_em_leaves_a_place_that_is_no_trap(
    means: tuple[float, ...], truth: tuple[int, ...], steps: int
) -> None:
    """1609.00978 at (R, γ) = (2, 4): from (0, γR ± 0.3) EM comes to the truth, in balls."""
    with precision(53):
        model = uniform([arb(m) for m in truth])
        law = tuple(zip(model.weights, model.means, strict=True))
        here = uniform([ball(Fraction(str(m)) + (truth[2] if m else 0)) for m in means])
        for _ in range(steps):
            here = Means(here.weights, here.em(law))
        assert all(abs(m - t) < arb("1e-6") for m, t in zip(here.means, model.means, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("near", "gamma"), [(2, 6), (3, 4), (4, 4)])
def test_em_stays_in_a_trap(near: int, gamma: int) -> None:
    """1609.00978: D holds (0, γR ± 0.3), and EM maps it into itself."""
    far = Fraction(gamma * near)
    with precision(jin_2016.BITS):
        truth = uniform([arb(-near), arb(near), ball(far)])
        assert jin_2016.kept(far, tuple(zip(truth.weights, truth.means, strict=True)))
    assert jin_2016.PAIR - Fraction(3, 10) > 0


#: R and γR, near the fixed point, and numbers between which the least eigenvalue lies.
TRAPS = [
    ("3/2", "9", ("-0.00551874824", "8.7916641", "9.1866296"), ("0.01214", "0.01215")),
    ("2", "16", ("-6.57922644e-9", "15.99968", "16.00032"), ("3.41e-8", "3.42e-8")),
]


@pytest.mark.parametrize(
    ("near", "far", "place", "least"), slow_but(TRAPS, TRAPS[:1], several=True)
)
def test_the_trap_is_strict(
    near: str, far: str, place: tuple[str, ...], least: tuple[str, ...]
) -> None:
    """1609.00978: one fixed point of EM in a box, a strict local minimum of KL, by interval Newton.

    The notes had 4·10⁻⁵, still falling, for the least eigenvalue of the second: it is 3.4·10⁻⁸.
    """
    truth, model = Truth([f"-{near}", near, far], "uniform"), ov.Model.free(3, 1)
    with precision(128):
        maps, middle = in_balls(model), [ball(Fraction(a)) for a in place]

        def newton(box: list[Ball]) -> tuple[list[Ball], list[list[Ball]]]:
            nodes = lattice(maps, truth, box, 24)
            over = balls.enclosed(maps, box, nodes, jacobian=False).hessian
            here = balls.enclosed(maps, middle, nodes, jacobian=False).gradient
            move = arb_mat(over).solve(arb_mat([[g] for g in here]))
            return [m - move[i, 0] for i, m in enumerate(middle)], over

        for _ in range(4):
            middle = [arb(m.mid()) for m in newton(middle)[0]]
        box = [m + arb(0, "1e-13") for m in middle]
        image, over = newton(box)
        assert all(b.contains_interior(m) for b, m in zip(box, image, strict=True))
        for end, kind in zip(least, ("minimum", "saddle"), strict=True):
            moved = [
                [h - arb(end) * (a == b) for b, h in enumerate(row)] for a, row in enumerate(over)
            ]
            assert kind_of(moved) == kind


def short_steps(weights: tuple[Fraction, ...], short: int, pairs: int) -> list[Ball]:
    """KL over KL before, after a Polyak step along ∇L and so many short steps, 1 each."""
    model, found = Means(tuple(map(ball, weights)), tuple(map(ball, wang_2026.START))), []
    last = -model.mean_log()
    for _ in range(pairs):
        size = last / sum((x * x for x in model.gradient()), ZERO)
        for step in (size, *[ONE] * short):
            moved = (m - step * x for m, x in zip(model.means, model.gradient(), strict=True))
            model = Means(model.weights, tuple(moved))
        found.append(-model.mean_log() / last)
        last = -model.mean_log()
    return found


def test_short_steps_in_the_euclidean_metric() -> None:
    """2605.30936: at unequal weights one between Polyak steps does not suffice, ten do."""
    with precision(160):
        one, ten = (short_steps(wang_2026.WEIGHTS[3], *n) for n in ((1, 6), (10, 6)))
    assert one[5] > 1
    assert all(ratio < arb("0.33") for ratio in ten)


@pytest.mark.slow
@pytest.mark.parametrize("s", [6, 8])
def test_three_estimates_come_to_the_truth(s: int) -> None:
    """2009.13040, from two at −s and one between; at s = 10 it takes 264 bits and a minute."""
    assert chen_2024.reaches(Fraction(s)) is not None


@pytest.mark.parametrize(
    ("mu", "share", "within"),
    [("1/20", "99/100", True), ("1/10", "99/100", False), ("1/2", "1/100", True)],
)
def test_where_the_published_factor_is_nearly_the_slope(mu: str, share: str, within: bool) -> None:
    """e^{−λ²/2} over (M(λ) − μ)/(λ − μ), λ below μ: within 0.4 % for small λ, not μ alone."""
    with precision(128):
        place = Fraction(mu) * Fraction(share)
        at, true = ball(place), ball(Fraction(mu))
        slope = (true - em(at, ZERO, pair(true, ZERO))) / (true - at)
        over = (-at * at / 2).exp() / slope - 1
    assert over > 0
    assert (over < ball(Fraction(4, 1000))) is within
    assert (over > ball(Fraction(4, 1000))) is not within
