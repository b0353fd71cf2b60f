"""Rows of docs/data/gamma.csv, by engines that did not make them, to all digits."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from overspec import Energies, Mixture
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.spectrum import real_context, to_mpf
from overspec.verify.radius.root import least
from overspec.verify.sweep.spec import read_spec

ROOT = Path(__file__).parents[3]
HEAVY = Fraction(9, 10)
SPARE = 8  # digits beyond those of the row


def rows() -> list[dict[str, str]]:
    text = (ROOT / "docs" / "data" / "gamma.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()[1:]))


def threshold(row: dict[str, str]) -> Fraction:
    """cσ, exactly: |π̂_m| = 9/10 − (1/10)/(k − 1) for every m ≠ 0."""
    return Fraction(row["gap"]) * (HEAVY - (1 - HEAVY) / (int(row["k"]) - 1)) ** 2


def level(row: dict[str, str], radius: Fraction, digits: int) -> Any:
    """λ on the regular simplex, polygon or, for every θ at k = 4, in frequency 2, where it falls
    first: by Laplace (balls) where k > 3 on simplices, else by the lattice (MPFR)."""
    k, kind, hessian = int(row["k"]), row["kind"], row["kind"] != "factor"
    mixture = Mixture.simplex(k, row["weights"])
    alone = int(row["frequencies"]) if row["frequencies"] else 2 if row["orbit"] == "all" else None
    if alone:
        point = Energies(k, tuple((radius**2 * (m == alone), 1) for m in range(1, k // 2 + 1)))
        if row["frequencies"]:
            mixture = Mixture.of(k, row["weights"], {alone: 1})
        found = lattice_digits.moments(mixture, point, digits, hessian)
        if row["frequencies"]:
            found = replace(found, g=(found.g[0], found.g[alone]))
        return least(found, kind, digits)
    point = Energies.regular_simplex(k, radius)
    if k <= 3:
        return least(lattice_digits.moments(mixture, point, digits, hessian), kind, digits)
    modes = 1 if k > laplace_digits.MAX_K else None
    return least(laplace_digits.moments(mixture, point, digits, modes, hessian), kind, digits)


def between(row: dict[str, str], shift: Fraction = Fraction(0)) -> bool:
    """Whether λ falls through its threshold between the ends, moved by ``shift``."""
    digits = int(row["digits"]) + SPARE
    context = real_context(digits + 10)
    limit = to_mpf(threshold(row), context)
    low, high = (level(row, end + shift, digits) for end in ends(row))
    return bool(low > limit > high)


def ends(row: dict[str, str]) -> tuple[Fraction, Fraction]:
    """Of a bracket; of a measured row half a unit beside γ."""
    low, high = Fraction(row["lower"]), Fraction(row["upper"])
    if row["evidence"] == "certified":
        return low, high
    half = Fraction(1, 2 * 10 ** int(row["digits"]))
    return (low + high) / 2 - half, (low + high) / 2 + half


def some_rows() -> Iterator[object]:
    """The largest gap: proved on simplices, all 30 digits at k = 4, and polygons."""
    for row in rows():
        k, digits = int(row["k"]), int(row["digits"])
        other = row["orbit"] == "all" and (
            (k == 4 and digits == 30) or (k == 5 and row["frequencies"])
        )
        mine = (row["orbit"] == "simplex" and int(row["d"]) == k - 1) or other
        if mine and row["gap"] == "9/10" and row["upper"] not in ("", "inf"):
            quick = not other and k in (2, 6, 10**12) and row["kind"] == "factor"
            marks = [] if quick else [pytest.mark.slow]
            name = f"{k} {row['d']} {row['kind']} {row['orbit']} {row['frequencies']} {digits}"
            yield pytest.param(row, marks=marks, id=name)


@pytest.mark.parametrize("row", list(some_rows()))
def test_another_engine_finds_the_crossing_there_and_a_digit_aside_it_does_not(
    row: dict[str, str],
) -> None:
    """No bracket is wider than a unit of its last digit, so that a unit aside is false."""
    unit = Fraction(1, 10 ** int(row["digits"]))
    low, high = ends(row)
    assert high - low <= unit
    assert between(row)
    assert not between(row, unit)
    assert not between(row, -unit)


def test_the_file_answers_the_specification_and_no_row_is_typed_twice() -> None:
    """Every question of examples/gamma.toml in its order, d ≥ k − 1 alike, the bound below γ."""
    asked = read_spec((ROOT / "examples" / "gamma.toml").read_text(encoding="utf-8"))
    found = rows()
    names = ("k", "d", "frequencies", "weights", "kind", "gap", "orbit", "digits", "certify")
    assert [tuple(row[n] for n in names) for row in found] == [
        tuple(str(getattr(task, n)) for n in names) for task in asked
    ]
    answers: dict[Any, set[tuple[str, str]]] = {}
    for task, row in zip(asked, found, strict=True):
        answers.setdefault(task.question, set()).add((row["lower"], row["upper"]))
        if row["upper"] not in ("", "inf"):
            assert 0 < Fraction(row["bound"]) < Fraction(row["lower"]) <= Fraction(row["upper"])
            share = Fraction(row["bound"]) / Fraction(row["upper"]) - Fraction(row["ratio"])
            assert 0 <= share < Fraction(1, 10**3)
    assert all(len(ends) == 1 for ends in answers.values())


def test_every_orbit_in_full_dimension_is_proved() -> None:
    whole = [row for row in rows() if not row["frequencies"]]
    open_ = {(row["k"], row["kind"], row["gap"]) for row in whole if row["evidence"] != "certified"}
    assert open_ == {("9", "jacobian", "1/2"), ("10", "jacobian", "1/2")}  # which the page names
