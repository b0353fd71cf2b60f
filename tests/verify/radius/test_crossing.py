"""γ to many digits: by two ways, over one amplitude and over two, and certified."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.errors import OutOfReach
from overspec.verbs.radius import radius
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.extended import extended
from overspec.verify.engines.moments import Moments
from overspec.verify.engines.spectrum import sigma
from overspec.verify.radius import crossing, sector
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma
from overspec.verify.radius.search import RadiusEstimate, gamma
from overspec.verify.radius.slack import anywhere

pytestmark = pytest.mark.numeric

Case = tuple[Mixture, str, str, int]

PAIR = Mixture.simplex(2, "9/10,1/10")
HEAVY = Mixture.simplex(3, "one-heavy:9/10")
INSIDE = Mixture.simplex(4, "34/44,1/44,3/44,6/44")  # fails first at two amplitudes
GAPS = {INSIDE: "19/20"}


def exact(found: RadiusEstimate) -> Fraction:
    assert found.exact is not None
    return found.exact


def by_hand(digits: int, power: int) -> Fraction:
    """k = 2, c = 9/10: where E tanh^2(rx + log 3) or L'' is 0.9 · 0.64, by a sum and bisection."""
    context = mpmath.MPContext()
    context.dps = digits + 10
    h, top = context.mpf(1) / 32, 32 * math.ceil(math.sqrt(5 * digits) + 3)
    nodes = [(n * h, context.exp(-((n * h) ** 2) / 2) * h) for n in range(-top, top + 1)]
    norm, shift = context.sqrt(2 * context.pi), context.log(3)

    def level(r: Any) -> Any:
        total = context.mpf(0)
        for x, w in nodes:
            gap = context.sech(r * x + shift) ** 2
            total += w * gap * x**power
        return 1 - total / norm - context.mpf(576) / 1000

    return Fraction(str(context.findroot(level, (0.3, 0.65), solver="anderson", tol=1e-80)))


@pytest.mark.parametrize(
    ("kind", "power"),
    slow_but([("factor", 0), ("jacobian", 2)], [("factor", 0)], several=True),
)
def test_two_components_by_hand(kind: str, power: int) -> None:
    found = gamma(PAIR, kind, "9/10", digits=40)
    assert abs(exact(found) - by_hand(40, power)) < Fraction(1, 10**40)
    assert found.engines == ("laplace", "multiprecision")
    assert found.lower <= float(exact(found)) <= found.upper


@pytest.mark.parametrize(
    "case",
    slow_but(
        [
            (HEAVY, "factor", "all", 25),
            (HEAVY, "jacobian", "all", 25),
            (HEAVY, "jacobian", "all", 50),
            (Mixture.simplex(5, "one-heavy:9/10"), "jacobian", "simplex", 20),
            (Mixture.simplex(10**6, "one-heavy:9/10"), "factor", "simplex", 30),
            (Mixture.of(6, "one-heavy:9/10", {1: 1}), "jacobian", "all", 14),
            (Mixture.simplex(4, "one-heavy:9/10"), "factor", "all", 25),
            (INSIDE, "factor", "all", 20),
            (INSIDE, "jacobian", "all", 30),
        ],
        quick=lambda case: case[3] == 14,
    ),
)
def test_more_digits_agree_with_fewer_and_two_engines(case: Case) -> None:
    mixture, kind, orbit, digits = case
    gap = GAPS.get(mixture, "9/10")
    few = gamma(mixture, kind, gap, orbit, digits=9)
    many = gamma(mixture, kind, gap, orbit, digits=digits)
    assert abs(exact(many) - Fraction(few.lower + few.upper) / 2) < Fraction(1, 10**9)
    more = gamma(mixture, kind, gap, orbit, digits=min(digits + 5, 30 if mixture.k == 4 else 100))
    assert abs(exact(many) - exact(more)) < Fraction(1, 10**digits)
    assert len(set(many.engines)) == 2
    low, high = (Fraction(many.to_dict()[end]) for end in ("lower", "upper"))
    assert low < exact(many) < high
    assert high - low < Fraction(5, 10**digits)


def printed() -> list[tuple[Mixture, str, str, str, str]]:
    """The table of many digits in docs/radius.md."""
    lines = (
        (Path(__file__).parents[3] / "docs" / "radius.md").read_text(encoding="utf-8").split("\n")
    )
    start = lines.index("| k | weights | kind | c | orbit | γ |") + 2
    rows = [line.strip("| ").split(" | ") for line in lines[start : lines.index("", start)]]
    return [
        (Mixture.simplex(int(k.replace("10⁶", "1000000")), weights), kind, gap, orbit, value)
        for k, weights, kind, gap, orbit, value in rows
    ]


@pytest.mark.parametrize("row", slow_but(printed(), []), ids=str)
def test_the_printed_digits(row: tuple[Mixture, str, str, str, str]) -> None:
    """All of them; those at k ≥ 4 by a search of some seconds."""
    mixture, kind, gap, orbit, value = row
    digits = len(value.partition(".")[2])
    found = exact(gamma(mixture, kind, gap, orbit, digits=digits))
    assert digits >= 30
    assert abs(found - Fraction(value)) <= Fraction(1, 2 * 10**digits)


@pytest.mark.slow
def test_no_direction_near_by_fails_earlier() -> None:
    start = (0.557, 0.226)  # near enough
    found = sector.over_two_amplitudes(INSIDE, "factor", Fraction(19, 20), start, 16)
    assert found.turn is not None
    slack, r = anywhere(INSIDE, "factor", 0.95 * sigma(INSIDE)), float(found.radius)
    for shift in (-0.001, 0.0, 0.001):
        angle = 2 * math.atan(float(found.turn)) + shift
        ray = np.array([math.cos(angle), math.sin(angle)])
        assert slack(r * (1 - 1e-10) * ray, 1e-14) > 0
        assert (slack(r * (1 + 1e-10) * ray, 1e-14) < 0) == (shift == 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weights", "kind", "share", "start", "radius"),
    [
        ("30/41,7/82,9/82,3/82,3/82", "factor", "19/20", (0.0616, 0.4872), 0.491130006398276),
        ("one-heavy:9/10", "jacobian", "9/10", (0.0, 0.34498739092), 0.344987390901428),
    ],
)
def test_five_components_to_fifteen_digits(
    weights: str, kind: str, share: str, start: tuple[float, float], radius: float
) -> None:
    """Within the sector, and on an axis of it, where the two engines are others.

    The start is off by 5 %, so that the direction has to be found; the radius is that of a search
    which starts nearer.
    """
    if not extended():
        pytest.skip("no numbers of 64 bits on this processor")
    mixture = Mixture.simplex(5, weights)
    found = sector.over_two_amplitudes(mixture, kind, Fraction(share), start, 15)
    assert found.apart < 1e-16
    assert abs(float(found.radius) - radius) < 2e-15
    assert ("low-rank, extended" in found.engines) == (0 not in start)
    assert found.turn is not None
    slack = anywhere(mixture, kind, float(Fraction(share)) * sigma(mixture))
    r, here = float(found.radius), 2 * math.atan(float(found.turn))
    for shift in (-0.01, 0.0, 0.01):
        ray = np.array([abs(math.cos(here + shift)), math.sin(here + shift)])
        ray[ray < 1e-9] = 0.0
        at_once = slack(r * (1 + 1e-6) * ray, 1e-11) < 0
        assert at_once == (shift == 0.0)
        assert slack(r * (1 - 1e-6) * ray, 1e-11) > 0


@pytest.mark.parametrize(
    ("mixture", "kind", "orbit"),
    [
        (HEAVY, "jacobian", "all"),
        (Mixture.simplex(4, "linear"), "factor", "simplex"),
        (Mixture.simplex(5, "one-heavy:9/10"), "jacobian", "simplex"),
        (Mixture.simplex(10**6, "one-heavy:9/10"), "factor", "simplex"),
        (Mixture.of(6, "one-heavy:9/10", {1: 1}), "jacobian", "all"),
    ],
)
def test_both_engines_have_the_same_level(mixture: Mixture, kind: str, orbit: str) -> None:
    """At a radius, to 14 digits; of simplices a third one has it in doubles."""
    _, (one, other) = crossing._levels(mixture, kind, orbit)
    found, again = (level(Fraction(1, 3), 14) for level in (one, other))
    assert abs(found - again) < 1e-13
    if mixture.action.is_simplex:
        known = evaluate(mixture, Energies.regular_simplex(mixture.k, Fraction(1, 3)), 9)
        values = known.g[1:] if kind == "factor" else known.hessian_eigenvalues
        assert float(found) == pytest.approx(float(min(values)), abs=1e-8)


def test_engines_that_do_not_agree_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    true = crossing.lattice_digits.moments

    def off(*given: Any) -> Moments:
        found = true(*given)
        return replace(found, g=tuple(g + mpmath.mpf(10) ** -14 for g in found.g))

    monkeypatch.setattr(crossing.lattice_digits, "moments", off)
    with pytest.raises(OutOfReach, match="laplace and multiprecision place"):
        gamma(PAIR, "factor", "9/10", digits=20)


@pytest.mark.parametrize(
    ("mixture", "options", "words"),
    [
        (Mixture.simplex(6, "one-heavy:9/10"), {"digits": 11}, "at most 10"),
        (Mixture.simplex(5, "linear"), {"digits": 16}, "at most 1[05]"),
        (INSIDE, {"digits": 31}, "at most 30"),
        (
            Mixture.simplex(13, "one-heavy:9/10"),
            {"digits": 101, "orbit": "simplex"},
            "at most 100",
        ),
        (
            Mixture.simplex(13, "7/10,1/10,1/110x2,2/99x9"),
            {"digits": 20, "orbit": "simplex", "gap": "99/100"},
            "k = 12",
        ),
    ],
)
def test_what_is_out_of_reach_is_said(
    mixture: Mixture, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        gamma(mixture, **options)


@pytest.mark.parametrize(
    "case",
    slow_but(
        [
            (PAIR, "factor", "all", 20),
            (PAIR, "jacobian", "all", 30),
            (HEAVY, "factor", "all", 50),
            (HEAVY, "jacobian", "all", 50),
            (Mixture.simplex(10**6, "one-heavy:9/10"), "factor", "simplex", 50),
            (Mixture.simplex(5, "one-heavy:9/10"), "jacobian", "simplex", 30),
        ],
        quick=lambda case: case[3] == 20,
    ),
)
def test_certified_to_many_digits(case: Case) -> None:
    """The bracket is as narrow as asked, and holds the estimate, which other engines made."""
    mixture, kind, orbit, digits = case
    width = Fraction(1, 10**digits)
    found = certified_gamma(mixture, kind, "9/10", orbit, width)
    assert isinstance(found, CertifiedRadius)
    assert isinstance(found.upper, Fraction)
    assert found.upper - found.lower <= width * found.upper
    other = exact(gamma(mixture, kind, "9/10", orbit, digits=digits + 2))
    assert found.lower < other < found.upper
    assert found.cover.points < 60 + 3 * digits  # width costs digits, few points
    shown = found.to_dict()
    assert Fraction(shown["lower"]) <= found.lower < found.upper <= Fraction(shown["upper"])
    assert Fraction(shown["upper"]) - Fraction(shown["lower"]) < 2 * width * found.upper


@pytest.mark.slow
def test_over_two_amplitudes_to_eight_digits() -> None:
    heavy = Mixture.simplex(4, "one-heavy:9/10")
    found = radius(heavy, "factor", "9/10", digits=8, certify=True)
    assert isinstance(found, CertifiedRadius)
    assert found.upper - found.lower <= Fraction(1, 10**8) * Fraction(found.upper)
    assert found.lower < exact(gamma(heavy, "factor", "9/10", digits=20)) < found.upper


@pytest.mark.parametrize(
    ("k", "digits", "words"), [(4, 31, "1 to 30"), (5, 9, "1 to 8"), (3, 101, "1 to 100")]
)
def test_certified_digits_have_an_end(k: int, digits: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        radius(Mixture.simplex(k, "one-heavy:9/10"), "factor", "9/10", digits=digits, certify=True)
