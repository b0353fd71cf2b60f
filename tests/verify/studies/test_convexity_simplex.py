"""Conjecture G on simplices near one-heavy weights: how far these may move; what is published."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from overspec import InputError, Mixture
from overspec.verify.radius.far.tail import range_moment
from overspec.verify.radius.slack import along_simplex
from overspec.verify.studies import convexity_simplex
from overspec.verify.studies.convexity_simplex import (
    Ratios,
    certified_interval,
    certified_ratios,
    main,
)

PAGE = Path(__file__).parents[3] / "docs" / "radius.md"
HEAD = "| k | ratio from | to | η at least | intervals | points |"
MIDDLE = Fraction(5, 2)


def least(weights: np.ndarray) -> float:
    parts = [Fraction(w).limit_denominator(10**6) for w in weights / weights.sum()]
    mixture = Mixture.simplex(len(parts), [p / sum(parts) for p in parts])
    slack = along_simplex(mixture, "convexity", 0.0)
    return min(slack(np.array([r]), 1e-8) for r in (0.01, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0, 3.0))


def test_eigenvalues_move_by_no_more_than_the_weights_allow() -> None:
    """Logarithms that change by a vector of range η: by less than η K_2/8, by a fifteenth of it."""
    rng, eta, centre = np.random.default_rng(3), 0.2, np.array([math.exp(2.5), 1, 1, 1])
    room, middle, most = eta * float(range_moment(4, 2)) / 8, least(centre), 0.0
    for _ in range(12):
        moved = centre * np.exp(eta * rng.choice([-0.5, 0.0, 0.5], 4))
        most = max(most, abs(least(moved) - middle))
    assert room / 15 < most < room


@pytest.mark.slow
def test_an_interval_is_as_wide_as_the_least_eigenvalue_allows() -> None:
    wide = least(np.array([math.exp(2.5), 1, 1, 1])) * 8 / float(range_moment(4, 2))
    eta = Fraction(wide * 0.8)
    found = certified_interval(4, MIDDLE, eta)
    assert found is not None
    (low, high), _ = found
    assert float(high - low) == pytest.approx(2 * float(eta), rel=1e-5)
    assert float(high + low) / 2 == pytest.approx(float(MIDDLE), abs=1e-5)
    assert low < MIDDLE < high
    assert certified_interval(4, MIDDLE, Fraction(wide * 1.05)) is None


def test_what_is_no_range_of_ratios() -> None:
    for k, first, last in ((3, 1, 2), (4, 0, 1), (4, 2, 2)):
        with pytest.raises(InputError, match="k >= 4"):
            certified_ratios(k, Fraction(first), Fraction(last))


def test_a_gap_between_intervals_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def aside(k: int, middle: Fraction, eta: Fraction) -> tuple[tuple[Fraction, Fraction], int]:
        return (middle - eta / 2, middle + eta), 1

    monkeypatch.setattr(convexity_simplex, "certified_interval", aside)
    found = certified_ratios(4, Fraction(3), Fraction(4))
    assert not isinstance(found, Ratios)
    assert "gap" in found.reason


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = []
    monkeypatch.setattr(
        convexity_simplex, "certified_ratios", lambda *asked: seen.append(asked) or "proved"
    )
    monkeypatch.setattr("sys.argv", ["convexity_simplex", "5", "--first", "3/2"])
    assert main() == 0
    assert seen == [(5, Fraction(3, 2), Fraction(6))]
    assert "proved" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 5, 6])
def test_published_ranges_are_proved_again(k: int) -> None:
    rows = PAGE.read_text(encoding="utf-8").split(HEAD)[1].split("\n\n")[0].splitlines()
    found_rows = [[c.strip() for c in row.split("|")[1:-1]] for row in rows if row[:2] == "| "]
    cells = {name: rest for name, *rest in found_rows}
    first, last, eta, intervals, points = cells[str(k)]
    found = certified_ratios(k, Fraction(first.strip("e^")), Fraction(last.strip("e^")))
    assert isinstance(found, Ratios)
    assert float(eta) <= float(found.narrowest) < float(eta) * 1.1
    assert (found.intervals, found.points) == (int(intervals), int(points))
